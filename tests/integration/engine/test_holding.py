"""Nodes that do not stop, processes that stand still: the run goes on, and no node runs beside itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from support.engine import Engine, compiled, document, engine, wait_for

from argosy.graph.runs import NodeStatus
from argosy.infrastructure import redis as connections

pytestmark = pytest.mark.integration


def starts(stack: Engine, run_id: str, key: str = "a") -> int:
    return len([1 for at, word, *_ in stack.trace(run_id) if (at, word) == (key, "start")])


@pytest.mark.parametrize(
    ("pool", "type_"), [("solo", "test.mark"), ("threads", "test.mark_io"), ("prefork", "test.mark_heavy")]
)
def test_a_node_blocked_in_c_fails_at_its_limit_and_its_process_is_ended(
    stack: Engine, pool: str, type_: str
) -> None:
    worker = stack.start(pool, queues="argosy.quick,argosy.io,argosy.heavy,argosy.control", concurrency=2)
    nodes = {"a": {"type": type_, "params": {"sleep_s": 300}, "timeoutS": 1}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
    wait_for(
        lambda: stack.runtime.runs.snapshot(run_id).nodes["a"].status is NodeStatus.FAILED,  # type: ignore[union-attr]
        timeout_s=30,
        why="the held node failed",
    )
    if pool != "prefork":
        wait_for(lambda: worker.process.poll() is not None, why="the held process ended")
        stack.start(pool)
    snapshot = stack.wait(run_id, timeout_s=40)
    assert snapshot.status == "failed"
    assert (snapshot.nodes["a"].reason or "").startswith("node_timeout: node a took longer than its limit")
    assert starts(stack, run_id) == 1
    alarms = [e.data for e in stack.runtime.events.read(limit=10_000) if e.type == "alarm"]
    assert [data["code"] for data in alarms] == ["worker_held"]
    failed = [
        e
        for e in stack.runtime.events.read(limit=10_000)
        if e.node_id == "a" and e.data["status"] == "failed"
    ]
    assert "sleep" in failed[0].data["error"]["traceback"]


def test_a_node_that_outlives_its_run_ends_its_process_all_the_same(stack: Engine) -> None:
    worker = stack.start("threads", concurrency=2)
    nodes = {"a": {"type": "test.mark_io", "params": {"sleep_s": 300}, "timeoutS": 3}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)), deadline_s=2)
    assert stack.wait(run_id).status == "failed"
    wait_for(lambda: worker.process.poll() is not None, timeout_s=40, why="the held process ended")


def test_a_process_whose_interpreter_stands_still_ends_and_its_run_fails(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    with engine(redis_url, database_url, tmp_path, ARGOSY_ENGINE__SILENCE_S="5") as stack:
        workers = [stack.start("solo"), stack.start("solo")]
        nodes = {"a": {"type": "test.stall", "timeoutS": 1}}
        run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
        snapshot = stack.wait(run_id, timeout_s=60)
        assert snapshot.status == "failed"
        assert "stood still" in (snapshot.nodes["a"].reason or "")
        assert starts(stack, run_id) == 1
        ended = [worker for worker in workers if worker.process.poll() is not None]
        assert len(ended) == 1
        assert "re.match" in ended[0].log.read_text() or "engine_nodes.py" in ended[0].log.read_text()
        after = stack.wait(stack.launch(compiled(document([("a", "b")]))))
        assert after.status == "success"


def test_a_stopped_process_keeps_its_node_until_it_is_killed(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    with engine(redis_url, database_url, tmp_path, ARGOSY_ENGINE__SILENCE_S="5") as stack:
        frozen = stack.start("solo")
        run_id = stack.launch(
            compiled(document([("a", "b")], nodes={"a": {"params": {"sleep_s": 4}, "timeoutS": 60}}))
        )
        wait_for(lambda: starts(stack, run_id), why="the node began")
        os.kill(frozen.process.pid, signal.SIGSTOP)
        stack.start("solo")

        def killed() -> bool:
            begun = starts(stack, run_id)  # read first: a second start that is seen while it lives is a fault
            gone = frozen.process.poll() is not None
            assert gone or begun == 1, "the node began again while the stopped process lived"
            return gone

        wait_for(killed, timeout_s=40, why="the stopped process was killed")
        snapshot = stack.wait(run_id, timeout_s=40)
        assert snapshot.status == "success"
        assert starts(stack, run_id) == 2
        codes = [e.data["code"] for e in stack.runtime.events.read(limit=10_000) if e.type == "alarm"]
        assert codes == ["worker_silent"]


@pytest.mark.parametrize("pool", ["solo", "threads"])
def test_a_node_does_not_begin_beside_itself_after_redis_refused_writes(stack: Engine, pool: str) -> None:
    """Heartbeats last 1.5 s, messages come again after 4 s; Redis takes no writes for 6 s."""
    stack.start(pool)
    stack.start(pool)
    nodes = {"a": {"type": "test.mark_io", "params": {"sleep_s": 12}, "timeoutS": 60}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
    wait_for(lambda: starts(stack, run_id), why="the node began")
    client = connections.client(stack.runtime.endpoints.redis_url)
    client.config_set("maxmemory", "1mb")
    try:
        refused = client.time()[0]
        wait_for(lambda: client.time()[0] - refused >= 6, why="six seconds without writes")
    finally:
        client.config_set("maxmemory", "0")
    snapshot = stack.wait(run_id, timeout_s=60)
    assert snapshot.status == "success"
    assert [(key, word) for key, word, *_ in stack.trace(run_id)] == [
        ("a", "start"),
        ("a", "end"),
        ("b", "start"),
        ("b", "end"),
    ]


def test_an_outcome_waits_for_a_redis_that_refuses_writes(stack: Engine) -> None:
    stack.start("solo")
    nodes = {"a": {"type": "test.quiet_sleep", "params": {"sleep_s": 3}, "timeoutS": 60}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
    wait_for(
        lambda: stack.runtime.runs.snapshot(run_id).nodes["a"].status is NodeStatus.RUNNING,  # type: ignore[union-attr]
        why="the node began",
    )
    client = connections.client(stack.runtime.endpoints.redis_url)
    client.config_set("maxmemory", "1mb")
    try:
        refused = client.time()[0]
        wait_for(lambda: client.time()[0] - refused >= 6, why="the node ended while no write was taken")
    finally:
        client.config_set("maxmemory", "0")
    snapshot = stack.wait(run_id, timeout_s=60)
    assert (snapshot.status, snapshot.nodes["a"].attempt) == ("success", 1)
    # Its only execution: another one could begin only after Redis took writes again.
    assert 0 < (snapshot.nodes["a"].started_ms or 0) < (refused + 6) * 1000
