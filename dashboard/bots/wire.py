"""Bots and the strategies in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from dashboard.bots.workflow_wire import WorkflowView
from dashboard.runs.wire import NodeState, RunSummary
from dashboard.wire import Instant, Json, Metrics, View


class StrategySummary(View):
    """Strategy instance: `strategy` is the template's id, `weight` the share of capital.

    `weight` is a part of the bot's capital, from 0 to 1.
    """

    id: str
    strategy: str
    name: str
    enabled: bool
    weight: Decimal
    metrics: Metrics


class BotWarning(View):
    """Problem for a person, with its remedy in the text.

    It happened `count` times since `since`.
    """

    code: Literal["overlap", "failing"]
    text: str
    count: int
    since: Instant


class BotSummary(View):
    """A bot with its newest state.

    `state` is halted while an emergency flag stops the bot, even if the operator set it to running.

    `health` is failing when each of the newest three runs failed, or each run of a bot with fewer.
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
    """A bot with its workflow. `schedule` is the spec in force.

    `schedule` is null for a bot that only a person starts.
    """

    workflow: WorkflowView
    workflow_digest: str
    schedule: Json | None


class BotRef(View):
    id: str
    name: str


class StrategyView(View):
    """Strategy instance with its workflow and runs.

    `tweaks` are values in force that are not saved. `latest` is the newest state of each node. Both are keyed
    by node id.
    """

    bot: BotRef
    strategy: StrategySummary
    workflow: WorkflowView
    digest: str
    tweaks: dict[str, Json]
    latest: dict[str, NodeState]
    runs: list[RunSummary]
