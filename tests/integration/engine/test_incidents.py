"""Nodes that end their workers pause their bot; node types that a worker lacks go to another one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.engine import Engine, compiled, document, wait_for

from argosy.bootstrap.incidents import DEADLY_RUNS
from argosy.core.event import Event
from argosy.graph.runs import NodeStatus, RunMeta
from argosy.infrastructure.state.fleet import troubles
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.safety import audit
from workers.sweep import Sweeper

pytestmark = pytest.mark.integration


def alarms(stack: Engine) -> list[Event]:
    return [event for event in stack.runtime.events.read(limit=10_000) if event.type == "alarm"]


@pytest.fixture
def bot(stack: Engine) -> str:
    database = stack.runtime.database
    saved = database.run(workflows.save(document([("a", "b")]), "test"))
    database.run(
        bots.save(
            id="b", name="B", domain="trading", workflow_id=saved.workflow_id, workflow_digest=saved.digest,
            mode="paper", capital=Decimal(100), base_currency="USDT", config={},
        )
    )  # fmt: skip
    return "b"


def deadly(stack: Engine, run_id: str, *, reason: str = "the worker died 3 times") -> None:
    flow = compiled(document([("a", "b")]))
    meta = RunMeta(
        run_id=run_id, bot_id="b", domain="trading", mode="paper", kind="bot", digest=flow.digest, trigger="schedule",
        correlation_id="c", started_ms=0, deadline_ms=1,
    )  # fmt: skip
    stack.runtime.incidents.deadly(meta, flow.nodes["a"], reason)


def test_a_node_that_ends_its_worker_run_after_run_pauses_its_bot(stack: Engine, bot: str) -> None:
    database = stack.runtime.database
    for number in range(DEADLY_RUNS - 1):
        deadly(stack, f"r{number}")
        deadly(stack, f"r{number}")  # told twice: one run
    assert database.run(bots.get(bot)).state == "running"
    deadly(stack, "last")
    assert database.run(bots.get(bot)).state == "paused"
    (row,) = [row for row in database.run(audit.newest(limit=20)) if row.action == "bot.state"]
    assert (row.actor, row.subject) == ("engine", "bot:b")
    assert "node a ended its worker in 3 runs in a row: the worker died 3 times" in row.reason
    (alarm,) = alarms(stack)
    assert (alarm.bot_id, alarm.data["code"]) == ("b", "bot_paused")
    assert "argosy bots resume b" in alarm.data["message"]


def test_after_a_person_resumes_it_counts_anew(stack: Engine, bot: str) -> None:
    database = stack.runtime.database
    for number in range(DEADLY_RUNS):
        deadly(stack, f"r{number}")
    database.run(bots.set_state(bot, "running"))
    deadly(stack, "next")
    assert database.run(bots.get(bot)).state == "running"


def test_a_bot_that_is_gone_is_only_logged(stack: Engine) -> None:
    for number in range(DEADLY_RUNS):
        deadly(stack, f"r{number}")
    assert alarms(stack) == []


def test_a_type_that_one_worker_lacks_waits_for_another(stack: Engine) -> None:
    stack.start("solo", app="support.bare_worker_app")
    run_id = stack.launch(compiled(document([("a", "b")])), deadline_s=300)
    wait_for(lambda: stack.runtime.runs.unrunnable(run_id), why="the node was handed back")

    def told() -> list[Event]:
        return [event for event in alarms(stack) if event.data["code"] == "unknown_node_type"]

    (alarm,) = wait_for(told, why="the missing type is an alarm")
    assert "test.mark" in alarm.data["message"]
    stack.start("solo")
    snapshot = stack.wait(run_id, timeout_s=120)
    assert snapshot.status == "success", [(snapshot.reason, *snapshot.nodes.values())]
    assert stack.runtime.runs.snapshot(run_id).nodes["a"].attempt == 1  # type: ignore[union-attr]
    found = [each.text for each in troubles(RedisOverview(stack.runtime.endpoints.redis_url).workers())]
    assert len([text for text in found if "differs: other node types" in text]) == 1, found
    assert len(told()) == 1  # once for each process, however often it is handed back


def test_a_type_that_nobody_knows_fails_the_run_at_its_deadline(stack: Engine) -> None:
    stack.start("solo", app="support.bare_worker_app")
    run_id = stack.launch(compiled(document([("a", "b")])), deadline_s=4)
    snapshot = stack.wait(run_id, timeout_s=40)
    assert snapshot.status == "failed"
    assert (snapshot.reason or "").startswith("unknown_node_type: ")
    assert "test.mark" in (snapshot.reason or "")
    # The worker fails the node, or the sweep comes first and cancels what is left.
    assert snapshot.nodes["a"].status in (NodeStatus.FAILED, NodeStatus.CANCELLED)
    assert snapshot.nodes["b"].status is NodeStatus.CANCELLED
    codes = [event.data["code"] for event in alarms(stack)]
    assert codes.count("unknown_node_type") == 2  # the worker's, and the run's
    ended: Any = [event for event in alarms(stack) if event.run_id == run_id][-1]
    assert ended.bot_id == snapshot.meta.bot_id
    assert Sweeper().sweep(stack.runtime).ended == 0
