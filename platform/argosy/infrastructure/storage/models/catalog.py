"""Configuration: workflows and bots with their versions, schedules, and the domains of venues."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject


class Workflow(Base):
    """One immutable document, named by its digest. `version` is the first of its workflow that had it."""

    __tablename__ = "workflows"
    __table_args__ = (
        UniqueConstraint("workflow_id", "version"),
        CheckConstraint("kind IN ('bot', 'strategy')", name="kind"),
    )

    digest: Mapped[str] = mapped_column(primary_key=True)
    workflow_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    version: Mapped[int]
    document: Mapped[JsonObject]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class WorkflowVersion(Base):
    """Which document a workflow had when; `version` counts from 1. A restored document is a version of its own."""

    __tablename__ = "workflow_versions"
    __table_args__ = (Index(None, "digest"),)

    workflow_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("workflows.digest"))
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class Bot(Base):
    """`capital` is in `base_currency`. A paused bot keeps its schedule but is not dispatched; an archived one
    takes no risk and is not shown among the others."""

    __tablename__ = "bots"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused', 'archived')", name="state"),
        CheckConstraint("mode IN ('paper', 'sandbox', 'live')", name="mode"),
        CheckConstraint("capital >= 0", name="capital"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    domain: Mapped[str]
    mode: Mapped[str]
    state: Mapped[str]
    workflow_id: Mapped[str]
    workflow_digest: Mapped[str] = mapped_column(ForeignKey("workflows.digest"))
    capital: Mapped[Decimal]
    base_currency: Mapped[str]
    config: Mapped[JsonObject] = mapped_column(server_default=text("'{}'::jsonb"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BotVersion(Base):
    """A bot as it was configured, with its schedules; `version` counts from 1. See `storage.bot_versions`."""

    __tablename__ = "bot_versions"

    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[JsonObject]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class VenueDomain(Base):
    """The domain that brought a venue: its limits and emergency states bind every bot that acts there."""

    __tablename__ = "venue_domains"

    venue: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str]


class Schedule(Base):
    """When a bot runs. `spec` is `argosy.core.schedule.Schedule` on the wire.

    `next_due_at` is the due time the leading beat waits for; a beat that starts later than that knows by it
    what was missed. Triggers tell listeners (`NOTIFY argosy_schedules`) of every change that matters to beat.
    """

    __tablename__ = "schedules"
    __table_args__ = (Index(None, "bot_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"))
    spec: Mapped[JsonObject]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    next_due_at: Mapped[datetime | None]
    last_due_at: Mapped[datetime | None]
    last_dispatched_at: Mapped[datetime | None]
    dispatched: Mapped[BigCount]
    misfired: Mapped[BigCount]
    skipped: Mapped[BigCount]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
