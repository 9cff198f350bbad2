"""Runs and their nodes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from dashboard.wire import Instant, Json, View

RunStatus = Literal["running", "success", "failed", "cancelled"]
NodeStatus = Literal["pending", "running", "success", "failed", "skipped", "cancelled"]


class RunCounts(View):
    """Number of nodes by their final status."""

    success: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0


class RunSummary(View):
    id: str
    bot_id: str
    kind: Literal["bot", "strategy"]
    trigger: str
    status: RunStatus
    reason: str | None
    correlation_id: str | None
    scheduled_at: Instant | None
    started_at: Instant
    finished_at: Instant | None
    duration_ms: float | None
    counts: RunCounts
    opportunities: int
    actions: int


class NodeFailure(View):
    """Error of a node.

    `traceback` shows where the node's code raised the error, bounded and without secrets. It is null when it
    adds nothing.
    """

    code: str
    message: str
    traceback: str | None = None


class NodeState(View):
    """State of a node in one run. Outputs and inputs are previews when `truncated`.

    `executions` and `success_rate` (0 to 1) cover all runs. They are set only in a strategy's latest states.
    """

    node_id: str
    strategy_id: str | None
    run_id: str | None
    type: str | None
    status: NodeStatus
    attempt: int
    started_at: Instant | None
    execution_time_ms: float | None
    outputs: Json
    inputs: Json | None
    truncated: bool
    tweaked: bool
    error: NodeFailure | None
    reason: str | None
    branch: str | None
    worker: str | None
    executions: int | None = None
    success_rate: float | None = None


class RunDetail(RunSummary):
    workflow_digest: str
    nodes: list[NodeState]


class RunPage(View):
    """One page of runs.

    `next_before` is the `before` of the next page; null at the end.
    """

    items: list[RunSummary]
    next_before: str | None


class RunQuery(View):
    """Filter of the runs; they come newest first."""

    bot: str | None = Field(default=None, pattern=ID_PATTERN)
    strategy: str | None = Field(default=None, pattern=ID_PATTERN, description="needs `bot`")
    status: RunStatus | None = None
    before: str | None = Field(
        default=None,
        max_length=200,
        description="`nextBefore` of the page before",
        json_schema_extra={"pattern": r"^[0-9]{1,17}\.[A-Za-z0-9_.:-]{1,160}$"},
    )
    limit: int = Field(default=50, ge=1, le=500)


class NodeQuery(View):
    """Strategy instance of the node; null for the bot's own nodes."""

    strategy: str | None = Field(default=None, pattern=ID_PATTERN)


class RunTicket(View):
    """Answer to the request for a run.

    `run_id` is the id of the run if it starts. With `skipped`, `reason` says why it did not.
    """

    run_id: str | None
    status: Literal["started", "skipped"]
    reason: str | None
