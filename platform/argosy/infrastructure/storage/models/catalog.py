"""What is configured: workflow versions, bots, and when bots run."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject


class Workflow(Base):
    """One immutable version of a workflow document; `version` counts per `workflow_id` from 1."""

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


class Bot(Base):
    """`capital` is in `base_currency`. A paused bot keeps its schedule but is not dispatched."""

    __tablename__ = "bots"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'paused')", name="state"),
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
