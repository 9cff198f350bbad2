from __future__ import annotations

import pytest

from argosy.core.event import Event, EventType
from dashboard.live.scope import coalescing_key, concerns
from dashboard.wire.live import Scope

ALL = Scope()
BOT = Scope(kind="bot", bot_id="b")
STRATEGY = Scope(kind="strategy", bot_id="b", strategy_id="s")


def event(
    type: EventType, bot: str | None = "b", strategy: str | None = None, node: str | None = None
) -> Event:
    return Event(
        type=type, timestamp=1, bot_id=bot, strategy_id=strategy, run_id="r", node_id=node, seq="1-0"
    )


@pytest.mark.parametrize(
    ("happened", "heard"),
    [
        (event("node_execution", strategy="s", node="n"), {"bot", "strategy"}),
        (event("node_execution", strategy="other", node="n"), {"bot"}),
        (event("node_execution", node="n"), {"bot"}),
        (event("run_started"), {"all", "bot", "strategy"}),
        (event("run_finished"), {"all", "bot", "strategy"}),
        (event("bot_metrics"), {"all", "bot", "strategy"}),
        (event("strategy_metrics", strategy="s"), {"all", "bot", "strategy"}),
        (event("strategy_metrics", strategy="other"), {"all", "bot"}),
        (event("action", strategy="s"), {"all", "bot", "strategy"}),
        (event("opportunity", strategy="other"), {"all", "bot"}),
        (event("run_finished", bot="another"), {"all"}),
        (event("emergency", bot=None), {"all", "bot", "strategy"}),
        (event("emergency"), {"all", "bot", "strategy"}),
        (event("worker", bot=None), {"all", "bot", "strategy"}),
    ],
)
def test_who_hears_what(happened: Event, heard: set[str]) -> None:
    assert {scope.kind for scope in (ALL, BOT, STRATEGY) if concerns(scope, happened)} == heard


def test_states_of_one_node_in_one_run_replace_each_other_and_nothing_else_does() -> None:
    keys = {
        coalescing_key(BOT, event("node_execution", strategy="s", node="n")),
        coalescing_key(BOT, event("node_execution", strategy="s", node="m")),
        coalescing_key(BOT, event("node_execution", strategy=None, node="n")),
        coalescing_key(BOT, Event("node_execution", 1, "b", "s", "other", "n")),
    }
    assert len(keys) == 4
    assert coalescing_key(BOT, event("run_finished")) is None
    assert coalescing_key(BOT, event("action", strategy="s")) is None
    assert coalescing_key(ALL, event("action", strategy="s")) is None
    assert coalescing_key(ALL, event("run_finished")) is not None
