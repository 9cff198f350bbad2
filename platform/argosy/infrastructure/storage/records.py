"""Results of operations: frozen records, no ORM objects. Times are aware UTC.

Money is Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    digest: str
    workflow_id: str
    kind: str
    name: str
    version: int
    document: Mapping[str, Any]
    created_at: datetime
    created_by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class BotVersionRecord:
    """Version of a bot.

    `settings` hold name, domain, mode, workflow, capital, currency, config and schedules of that time.
    """

    bot_id: str
    version: int
    settings: Mapping[str, Any]
    note: str
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class BotRecord:
    id: str
    name: str
    domain: str
    mode: str
    state: str
    workflow_id: str
    workflow_digest: str
    capital: Decimal
    base_currency: str
    config: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """Schedule of a bot.

    `spec` is the wire form of `argosy.core.schedule.schedule.Schedule`; `bot_running` is True if the bot is in state
    running.
    """

    id: str
    bot_id: str
    spec: Mapping[str, Any]
    enabled: bool
    bot_running: bool
    next_due_at: datetime | None
    last_due_at: datetime | None
    last_dispatched_at: datetime | None
    dispatched: int
    misfired: int
    skipped: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class RunRecord:
    id: str
    bot_id: str
    kind: str
    workflow_digest: str
    trigger: str
    status: str
    reason: str | None
    correlation_id: str | None
    scheduled_at: datetime | None
    started_at: datetime
    finished_at: datetime | None
    duration_ms: float | None
    counts: Mapping[str, int]
    opportunities: int
    actions: int


@dataclass(frozen=True, slots=True)
class StrategyRunRecord:
    """Run with the counts of one strategy instance's own nodes."""

    run: RunRecord
    strategy_id: str
    counts: Mapping[str, int]
    opportunities: int
    actions: int


@dataclass(frozen=True, slots=True)
class NodeExecutionRecord:
    """Execution of a node. `strategy_id` None means a node of the bot itself.

    `outputs` and `inputs` are shortened previews.
    """

    run_id: str
    bot_id: str
    strategy_id: str | None
    node_id: str
    type: str
    attempt: int
    status: str
    started_at: datetime
    execution_time_ms: float | None
    outputs: Mapping[str, Any] | None
    inputs: Mapping[str, Any] | None
    truncated: bool
    tweaked: bool
    error: Mapping[str, Any] | None
    reason: str | None
    branch: str | None
    worker: str | None


@dataclass(frozen=True, slots=True)
class NodeStateRecord:
    """Newest execution of a node, with totals: `executions` (success + failed), `successes`."""

    last: NodeExecutionRecord
    seq: str
    executions: int
    successes: int
    skips: int
    total_time_ms: float

    @property
    def success_rate(self) -> float | None:
        """Return the success rate from 0 to 1; None before the first execution."""
        return self.successes / self.executions if self.executions else None


@dataclass(frozen=True, slots=True)
class OpportunityRecord:
    id: str
    seq: str
    bot_id: str
    strategy_id: str | None
    run_id: str | None
    node_id: str | None
    at: datetime
    type: str
    confidence: float | None
    expected_profit: Decimal | None
    cost: Decimal | None
    risk: Decimal | None
    expires_at: datetime | None
    taken: bool
    reason: str | None
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ActionRecord:
    client_id: str
    seq: str
    bot_id: str
    strategy_id: str | None
    run_id: str | None
    node_id: str | None
    at: datetime
    updated_at: datetime
    venue: str
    kind: str
    symbol: str
    label: str
    side: str | None
    quantity: Decimal | None
    price: Decimal | None
    status: str
    filled: Decimal | None
    average_price: Decimal | None
    fee: Decimal | None
    reason: str | None
    paper: bool


@dataclass(frozen=True, slots=True)
class MetricRecord:
    """Point of figures. `strategy_id` None means the bot itself."""

    bot_id: str
    strategy_id: str | None
    at: datetime
    seq: str
    run_id: str | None
    equity: Decimal | None
    pnl: Decimal | None
    metrics: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ParamChangeRecord:
    seq: str
    at: datetime
    bot_id: str
    strategy_id: str | None
    node_id: str | None
    param: str
    old: Any
    new: Any
    saved: bool
    actor: str


@dataclass(frozen=True, slots=True)
class EmergencyRecord:
    """Emergency state of a scope; see `models.emergency.EmergencyRow`."""

    scope: str
    state: str
    epoch: int
    actor: str
    reason: str
    at: datetime
    automatic: bool
    cause: str
    clears_at: datetime | None
    armed_for: str | None
    armed_code: str | None
    armed_until: datetime | None
    flatten: bool


@dataclass(frozen=True, slots=True)
class EmergencyChangeRecord:
    """Change of an emergency state; see `models.emergency.EmergencyChange`."""

    epoch: int
    scope: str
    before: str
    after: str
    actor: str
    origin: str
    reason: str
    automatic: bool
    cause: str
    at: datetime
    flatten: bool
    announced: bool
    enforced_at: datetime | None
    report: str | None


@dataclass(frozen=True, slots=True)
class SkipRecord:
    """Skipped runs of a bot for one reason: number, first and last time.

    `seq` is the one of the newest.
    """

    bot_id: str
    reason: str
    count: int
    first: datetime
    last: datetime
    seq: str


@dataclass(frozen=True, slots=True)
class ActivityRecord:
    """One recent event, with its `type` and `data`; the caller turns them into text."""

    seq: str
    at: datetime
    type: str
    bot_id: str | None
    strategy_id: str | None
    run_id: str | None
    node_id: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProgressRecord:
    stream: str
    last_seq: str
    recorded: int
    updated_at: datetime
