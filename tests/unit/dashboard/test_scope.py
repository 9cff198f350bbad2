from __future__ import annotations

import pytest

from argosy.core.event import Event, EventType
from dashboard.live.scope import coalescing_key, concerns
from dashboard.live.wire import LiveScope

ALL = LiveScope()
BOT = LiveScope(kind="bot", bot_id="b")
STRATEGY = LiveScope(kind="strategy", bot_id="b", strategy_id="s")


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
        (event("emergency", bot="another", strategy="other"), {"all", "bot", "strategy"}),
        (event("worker", bot=None), {"all", "bot", "strategy"}),
    ],
)
def test_who_hears_what(happened: Event, heard: set[str]) -> None:
    assert {scope.kind for scope in (ALL, BOT, STRATEGY) if concerns(scope, happened)} == heard


def test_states_of_one_node_in_one_run_replace_each_other_and_nothing_else_does() -> None:
    keys = {
        coalescing_key(event("node_execution", strategy="s", node="n"), aggregated=False),
        coalescing_key(event("node_execution", strategy="s", node="m"), aggregated=False),
        coalescing_key(event("node_execution", strategy=None, node="n"), aggregated=False),
        coalescing_key(Event("node_execution", 1, "b", "s", "other", "n"), aggregated=False),
        coalescing_key(event("bot_metrics"), aggregated=False),
        coalescing_key(event("strategy_metrics", strategy="s"), aggregated=False),
    }
    assert len(keys) == 6
    assert None not in keys
    assert coalescing_key(event("run_finished"), aggregated=False) is None
    assert coalescing_key(event("run_finished"), aggregated=True) is not None
    for aggregated in (False, True):
        assert coalescing_key(event("action", strategy="s"), aggregated=aggregated) is None
        assert coalescing_key(event("emergency", bot=None), aggregated=aggregated) is None
