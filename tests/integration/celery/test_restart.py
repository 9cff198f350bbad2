"""Nodes of pytest-celery restarted and killed in mid-run: the run ends in success, nothing is doubled."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_celery import CeleryTestSetup
from support.engine import Engine, compiled, document, wait_for

from argosy.infrastructure import redis as connections

from .conftest import StartWorkers

pytestmark = pytest.mark.integration

LINE = [("a", "b"), ("b", "c"), ("c", "d")]


@pytest.fixture(scope="module")
def default_worker_container(start_workers: StartWorkers) -> Any:
    (container,) = start_workers(app="support.worker_app", pool="prefork", concurrency=1)
    return container


def run_in_mid_node(stack: Engine, **params: Any) -> str:
    """A run whose first node is at work, for a second or as `params` say."""
    run_id = stack.launch(compiled(document(LINE, nodes={"a": {"params": params or {"sleepS": 1}}})))
    wait_for(lambda: stack.trace(run_id), why="the first node began")
    return run_id


def test_a_restarted_worker_ends_the_run_with_every_node_once(
    celery_setup: CeleryTestSetup, stack: Engine
) -> None:
    worker = celery_setup.worker
    before = worker.pid
    run_id = run_in_mid_node(stack)
    answer = celery_setup.app.control.inspect(destination=[worker.hostname()], timeout=20).ping()
    assert answer == {worker.hostname(): {"ok": "pong"}}  # while the node runs
    worker.restart()
    assert worker.pid != before
    snapshot = stack.wait(run_id)
    assert (snapshot.status, snapshot.counts["success"]) == ("success", 4)
    assert [(key, word) for key, word, *_ in stack.trace(run_id)] == [
        (key, word) for key in "abcd" for word in ("start", "end")
    ]


def test_a_killed_worker_is_started_again_and_no_effect_is_doubled(
    celery_setup: CeleryTestSetup, stack: Engine
) -> None:
    worker = celery_setup.worker
    run_id = run_in_mid_node(stack, gated=True)
    worker.kill()
    assert worker.container.status == "exited"
    assert stack.ends(run_id) == []
    stack.open_gate(run_id)
    worker.restart()
    snapshot = stack.wait(run_id)
    assert snapshot.status == "success"
    assert stack.ends(run_id) == ["a", "b", "c", "d"]
    starts = Counter(key for key, word, *_ in stack.trace(run_id) if word == "start")
    assert starts == {"a": 2, "b": 1, "c": 1, "d": 1}  # the one that was interrupted, and no other


def test_a_killed_broker_comes_back_with_its_messages_and_the_worker_finds_it(
    celery_setup: CeleryTestSetup, stack: Engine
) -> None:
    worker, broker = celery_setup.worker, celery_setup.broker
    before = worker.pid
    run_id = run_in_mid_node(stack)
    broker.kill()
    assert broker.container.status == "exited"
    broker.restart()
    snapshot = stack.wait(run_id)
    assert snapshot.status == "success"
    assert set(stack.ends(run_id)) == set("abcd")
    assert not connections.client(broker.config()["host_url"]).keys("argosy:lock:*")
    assert (worker.pid, worker.container.status) == (before, "running")
