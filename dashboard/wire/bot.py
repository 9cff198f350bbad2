"""Bots and the strategies in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from dashboard.wire.base import Instant, Json, Metrics, View
from dashboard.wire.run import NodeState, RunSummary
from dashboard.wire.workflow import WorkflowDocument


class StrategySummary(View):
    """A strategy instance: `strategy` is the template's id, `weight` the share of the bot's capital."""

    id: str
    strategy: str
    name: str
    enabled: bool
    weight: Decimal
    metrics: Metrics


class BotWarning(View):
    """A problem for a person, with its remedy; `count` is how often it happened since `since`."""

    code: Literal["overlap", "failing"]
    text: str
    count: int
    since: Instant


class BotSummary(View):
    """`state` is halted when an emergency flag stops the bot, whatever the operator set.

    `health` is failing when each of the newest runs failed: three at least, or all that there are.
    """

    id: str
    name: str
    domain: str
    mode: Literal["paper", "sandbox", "live"]
    state: Literal["running", "paused", "halted", "archived"]
    health: Literal["ok", "failing"]
    warnings: list[BotWarning]
    base_currency: str
    schedule_text: str
    next_run_at: Instant | None
    active_run_id: str | None
    last_run: RunSummary | None
    metrics: Metrics
    strategies: list[StrategySummary]


class BotList(View):
    items: list[BotSummary]


class BotDetail(BotSummary):
    """`schedule` is the spec in force, null for a bot that is only started by hand."""

    workflow: WorkflowDocument
    workflow_digest: str
    schedule: Json | None


class BotRef(View):
    id: str
    name: str


class StrategyView(View):
    """`tweaks` are values in force but not saved, `latest` the newest state of each node, both by node id."""

    bot: BotRef
    strategy: StrategySummary
    workflow: WorkflowDocument
    digest: str
    tweaks: dict[str, Json]
    latest: dict[str, NodeState]
    runs: list[RunSummary]
