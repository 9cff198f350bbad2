from __future__ import annotations

import asyncio
from typing import Any

from argosy.core.event import Event, EventType
from dashboard.live.now import KEPT_RUNS, Now, figures

_seq = iter(range(1, 1_000_000))


def event(
    type: EventType,
    run: str | None = "r",
    *,
    strategy: str | None = None,
    node: str | None = None,
    **data: Any,
) -> Event:
    n = next(_seq)
    return Event(type, n, "b", strategy, run, node, data, seq=f"{n}-0")


def test_counts_of_a_running_run_grow_with_its_nodes_and_its_end_has_the_last_word() -> None:
    now = Now()
    now.apply(event("run_started", trigger="manual"))
    now.apply(event("node_execution", strategy="s", node="a", status="running"))
    now.apply(event("node_execution", strategy="s", node="a", status="success"))
    now.apply(event("node_execution", node="x", status="failed"))
    now.apply(event("opportunity", strategy="s"))
    active = now.active_run("b")
    assert active is not None
    assert (active.status, active.counts.success, active.counts.failed, active.opportunities) == (
        "running",
        1,
        1,
        1,
    )
    now.apply(event("run_finished", status="failed", counts={"success": 7, "failed": 1}, durationMs=3))
    assert now.active_run("b") is None
    [run] = now.of_bot("b")
    assert (run.status, run.counts.success, run.duration_ms) == ("failed", 7, 3)
    [own] = now.of_strategy("b", "s")
    assert (own.status, own.counts.success, own.counts.failed, own.opportunities) == ("success", 1, 0, 1)
    assert now.of_strategy("b", "other") == []


def test_an_action_that_changes_is_one_action() -> None:
    now = Now()
    now.apply(event("run_started"))
    for before, status in (
        (None, "planned"),
        ("planned", "submitted"),
        ("submitted", "filled"),
        (None, "denied"),
    ):
        now.apply(event("action", strategy="s", before=before, status=status))
    active = now.active_run("b")
    assert active is not None
    assert active.actions == 2


def test_an_end_without_a_beginning_is_no_run() -> None:
    now = Now()
    now.apply(event("run_finished", status="success"))
    assert now.of_bot() == []


def test_runs_kept_are_bounded() -> None:
    now = Now()
    for n in range(KEPT_RUNS + 50):
        now.apply(event("run_started", run=f"r{n}"))
    assert len(now.runs) == KEPT_RUNS
    assert "r0" not in now.runs
    assert now.active_run("b") is not None


def test_the_newest_state_and_metrics_win() -> None:
    now = Now()
    now.apply(event("node_execution", strategy="s", node="a", status="running"))
    now.apply(event("node_execution", strategy="s", node="a", status="success"))
    now.apply(event("bot_metrics", metrics={"pnl": "1.5", "odd": None, "flag": True, "trades": 3}))
    assert now.nodes["b", "s"]["a"].data["status"] == "success"
    assert now.metrics["b", None][1] == {"pnl": "1.5", "trades": 3}
    assert figures({"a": [1]}) == {}


def test_the_first_word_on_a_run_is_told_to_who_waits() -> None:
    async def ask(happens: Event | None) -> Event | None:
        now = Now()
        waiting = asyncio.create_task(now.first_word("r", 0.05 if happens is None else 5))
        await asyncio.sleep(0)
        if happens is not None:
            now.apply(happens)
        found = await waiting
        assert now._waiting == {}
        return found

    skipped = event("run_skipped", reason="overlap")
    assert asyncio.run(ask(skipped)) is skipped
    assert asyncio.run(ask(None)) is None


def test_a_word_that_came_before_the_question_is_still_heard() -> None:
    now = Now()
    started = event("run_started", run="quick")
    now.apply(started)
    assert asyncio.run(now.first_word("quick", 0.01)) is started
