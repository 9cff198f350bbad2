"""History of runs: runs, their nodes partitioned by day, and the newest state of every node."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import REAL, Index, SmallInteger, text

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject, Position
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class Run(Base):
    """One run of a bot.

    `counts` is {success, failed, skipped, cancelled} nodes. A final status never changes.
    """

    __tablename__ = "runs"
    __table_args__ = (
        Index("ix_runs_bot_newest", "bot_id", text("started_at DESC"), text("id DESC")),
        Index("ix_runs_newest", text("started_at DESC"), text("id DESC")),
        Index("ix_runs_bot_status", "bot_id", "status", text("started_at DESC"), text("id DESC")),
        Index("ix_runs_status", "status", text("started_at DESC"), text("id DESC")),
        Index("ix_runs_unfinished", "started_at", postgresql_where=text("status = 'running'")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str]
    kind: Mapped[str]
    workflow_digest: Mapped[str]
    trigger: Mapped[str]
    status: Mapped[str]
    reason: Mapped[str | None]
    correlation_id: Mapped[str | None]
    scheduled_at: Mapped[datetime | None]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    duration_ms: Mapped[float | None]
    counts: Mapped[JsonObject] = mapped_column(server_default=text("'{}'::jsonb"))
    opportunities: Mapped[int] = mapped_column(server_default="0")
    actions: Mapped[int] = mapped_column(server_default="0")


class StrategyRun(Base):
    """Part of a strategy instance in a run: the results of its nodes."""

    __tablename__ = "strategy_runs"
    __table_args__ = (
        Index("ix_strategy_runs_newest", "bot_id", "strategy_id", text("started_at DESC")),
        Index("ix_strategy_runs_age", "started_at"),
    )

    run_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str]
    started_at: Mapped[datetime]
    success: Mapped[int] = mapped_column(server_default="0")
    failed: Mapped[int] = mapped_column(server_default="0")
    skipped: Mapped[int] = mapped_column(server_default="0")
    cancelled: Mapped[int] = mapped_column(server_default="0")
    opportunities: Mapped[int] = mapped_column(server_default="0")
    actions: Mapped[int] = mapped_column(server_default="0")


class NodeExecution(Base):
    """Last attempt of one node in one run. Partitioned by day of `started_at` (UTC).

    `strategy_id` is "" for the bot's own nodes. Identity is (run, strategy, node). `started_at` is in the key only
    because a partitioned table requires this; it keeps its first value. `outputs` and `inputs` are the shortened
    previews of the event.
    """

    __tablename__ = "node_executions"
    __table_args__ = (
        Index("ix_node_executions_newest", "bot_id", "strategy_id", "node_id", text("started_at DESC")),
        {"postgresql_partition_by": "RANGE (started_at)"},
    )

    run_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(primary_key=True)
    bot_id: Mapped[str]
    type: Mapped[str]
    attempt: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    execution_time_ms: Mapped[float | None] = mapped_column(REAL)
    truncated: Mapped[bool] = mapped_column(server_default=text("false"))
    tweaked: Mapped[bool] = mapped_column(server_default=text("false"))
    outputs: Mapped[JsonObject | None]
    inputs: Mapped[JsonObject | None]
    error: Mapped[JsonObject | None]
    reason: Mapped[str | None]
    branch: Mapped[str | None]
    worker: Mapped[str | None]


class NodeStateRow(Base):
    """Newest execution of each node of a strategy instance (or bot), with totals.

    The totals outlive the dropping of old partitions. `executions` counts success and failed; skipped and cancelled
    ones are not executions.
    """

    __tablename__ = "node_states"

    bot_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    node_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[Position]
    run_id: Mapped[str]
    type: Mapped[str]
    attempt: Mapped[int] = mapped_column(SmallInteger)
    status: Mapped[str]
    started_at: Mapped[datetime]
    execution_time_ms: Mapped[float | None] = mapped_column(REAL)
    truncated: Mapped[bool]
    tweaked: Mapped[bool]
    outputs: Mapped[JsonObject | None]
    inputs: Mapped[JsonObject | None]
    error: Mapped[JsonObject | None]
    reason: Mapped[str | None]
    branch: Mapped[str | None]
    worker: Mapped[str | None]
    executions: Mapped[BigCount]
    successes: Mapped[BigCount]
    skips: Mapped[BigCount]
    total_time_ms: Mapped[float] = mapped_column(server_default="0")
