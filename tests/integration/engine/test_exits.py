"""A node whose code asks the process to exit fails; its worker goes on, whatever the pool."""

from __future__ import annotations

import pytest
from support.engine import Engine, compiled, document

from argosy.graph.runs import NodeStatus

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("kind", ["exit", "interrupt", "generator", "group", "cancelled"])
def test_an_exit_fails_the_node_and_not_the_worker(pooled: Engine, kind: str) -> None:
    nodes = {"a": {"type": "test.raise", "params": {"kind": kind}, "onError": "continue"}}
    snapshot = pooled.wait(pooled.launch(compiled(document([("a", "x"), ("b", "x")], nodes=nodes))))
    assert snapshot.status == "success"
    assert snapshot.nodes["a"].status is NodeStatus.FAILED
    assert snapshot.nodes["a"].attempt == 1
    assert all(worker.process.poll() is None for worker in pooled.workers)


def test_a_signal_still_stops_a_worker_in_mid_node(stack: Engine) -> None:
    from support.engine import wait_for

    worker = stack.start("prefork")
    nodes = {"a": {"params": {"sleep_s": 30}, "timeoutS": 60}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
    wait_for(lambda: stack.trace(run_id), why="the node began")
    worker.terminate()
    snapshot = stack.runtime.runs.snapshot(run_id)
    assert snapshot is not None
    assert snapshot.nodes["a"].status is not NodeStatus.FAILED
