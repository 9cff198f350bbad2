"""Emergency states with real workers: changes are carried out, flags come back, nobody needs to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.emergency.conftest import ANN
from support.engine import compiled, document, engine, wait_for

from argosy.bootstrap.dispatch import CONTROL_QUEUE
from argosy.core.safety.emergency import EmergencyState
from argosy.graph.runs import NodeStatus
from argosy.infrastructure import redis as connections
from argosy.infrastructure.safety.status import ArmedStatus
from argosy.infrastructure.state.envelope import control
from argosy.infrastructure.storage.safety import emergency

pytestmark = pytest.mark.integration


def test_a_worker_restores_enforces_and_keeps_watch(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    with engine(redis_url, database_url, tmp_path) as stack:
        runtime, client = stack.runtime, connections.client(redis_url)
        desk = runtime.desk
        client.flushdb()
        stack.start()
        assert [flag.scope for flag in runtime.flags.every()] == ["platform"], (
            "its start has brought them back"
        )

        # A run that waits between two nodes is stopped by a shutdown, and history says what was done.
        slow = {"a": {"type": "test.mark", "params": {"gated": True}, "timeoutS": 60}}
        run_id = stack.launch(compiled(document([("a", "b")], nodes=slow)))
        wait_for(lambda: ("a", "start") in [row[:2] for row in stack.trace(run_id)], why="node a at work")
        armed = desk.arm("platform", EmergencyState.SHUTDOWN, actor=ANN, reason="fire")
        assert isinstance(armed, ArmedStatus)
        epoch = desk.confirm("platform", armed.code, actor=ANN).epoch
        stack.open_gate(run_id)
        snapshot = stack.wait(run_id, timeout_s=20)
        assert snapshot.nodes["b"].status is NodeStatus.CANCELLED
        assert "b" not in stack.ends(run_id)

        def enforced() -> str | None:
            change = runtime.database.run(emergency.change_of(epoch))
            return None if change is None or change.enforced_at is None else change.report

        assert "cancelled 0 order(s)" in (wait_for(enforced, why="the shutdown enforced") or "")

        # Redis loses everything: the next sweep of the worker brings the flags back, as they were.
        client.flushdb()
        assert runtime.flags.effective(["platform"]).state is EmergencyState.HALT
        wait_for(lambda: runtime.flags.read(["platform"]), why="the flags restored", timeout_s=20)
        assert runtime.flags.effective(["platform"]).state is EmergencyState.SHUTDOWN

        client.lpush(CONTROL_QUEUE, control("argosy.guard", [], tag="watch", queue=CONTROL_QUEUE))

        def watched() -> bool:
            memory = client.get("argosy:guard")
            return memory is not None and b'"recordedAt":0' not in memory

        wait_for(watched, why="the guard's round")
