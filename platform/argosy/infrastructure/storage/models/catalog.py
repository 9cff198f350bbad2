"""Configuration: workflows and bots with their versions, schedules, domains of venues."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class Workflow(Base):
    """Immutable workflow document, named by its digest.

    `version` is the first version of its workflow with this document.
    """

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
    """Version of a workflow: its number, document and author.

    `version` counts from 1. Restoring an earlier document makes a new version.
    """

    __tablename__ = "workflow_versions"
    __table_args__ = (Index(None, "digest"),)

    workflow_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(ForeignKey("workflows.digest"))
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class BotRow(Base):
    """Bot as configured. `capital` is in `base_currency`.

    A paused bot keeps its schedule but is not dispatched. An archived bot takes no risk and is hidden from lists.
    """

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
    """Bot as configured at one time, with its schedules; `version` counts from 1.

    See `storage.bot_versions`.
    """

    __tablename__ = "bot_versions"

    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[JsonObject]
    note: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class VenueDomain(Base):
    """Domain that brought a venue.

    Its limits and emergency states apply to every bot that acts at the venue.
    """

    __tablename__ = "venue_domains"

    venue: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str]


class Schedule(Base):
    """Schedule of a bot. `spec` is the wire form of `argosy.core.schedule.schedule.Schedule`.

    `next_due_at` is the due time that the leading beat waits for. A beat that starts later finds missed ticks by
    it. Triggers send `NOTIFY argosy_schedules` on every change that matters to beat.
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
