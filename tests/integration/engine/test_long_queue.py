"""Runs that wait their turn in a long queue, with the sweep going round: no message twice, none forgotten."""

from __future__ import annotations

import pytest
from support.engine import Engine, compiled, document, wait_for

from argosy.infrastructure import redis as connections
from argosy.infrastructure.supervisor.table import process_table
from beat_schedule import QUEUES, SETTLE_INTENTS

pytestmark = pytest.mark.integration

RUNS = 6


def seconds(sleep_s: float) -> dict[str, object]:
    return {"a": {"params": {"sleep_s": sleep_s}, "timeoutS": 30}}


def messages(stack: Engine, run_id: str) -> int:
    """How many messages were ever made for the run."""
    return int(connections.client(stack.runtime.endpoints.redis_url).hget(f"argosy:run:{run_id}", "seq") or 0)


def test_what_waits_is_not_enqueued_again_by_the_sweep(stack: Engine) -> None:
    stack.start("solo")
    slow = stack.launch(compiled(document([], nodes=seconds(4))))
    wait_for(lambda: stack.trace(slow), why="the slow node began")
    waiting = [stack.launch(compiled(document([("a", "b")]))) for _ in range(RUNS)]
    progress = {run.run_id: run.progress_ms for run in stack.runtime.runs.active()}

    def swept_twice() -> bool:
        now = {run.run_id: run.progress_ms for run in stack.runtime.runs.active()}
        return all(now[run_id] > progress[run_id] + 1_500 for run_id in waiting)

    wait_for(swept_twice, why="two rounds of the sweep saw the waiting runs")
    assert stack.trace(waiting[0]) == []
    assert connections.client(stack.runtime.endpoints.redis_url).llen("argosy.quick") == RUNS
    assert [messages(stack, run_id) for run_id in waiting] == [1] * RUNS
    for run_id in waiting:
        assert stack.wait(run_id).status == "success"
        # One that a worker is just taking, and has not begun, may be held for lost, once.
        assert messages(stack, run_id) in (2, 3)


def test_what_was_lost_from_a_queue_that_others_fill_is_sent_again(stack: Engine) -> None:
    client = connections.client(stack.runtime.endpoints.redis_url)
    lost = stack.launch(compiled(document([("a", "b")])))
    client.delete("argosy.quick")
    others = [stack.launch(compiled(document([("a", "b")], nodes=seconds(0.2)))) for _ in range(RUNS)]
    stack.start("solo")
    assert stack.wait(lost).status == "success"
    assert messages(stack, lost) == 3
    for run_id in others:
        assert stack.wait(run_id).status == "success"
        # One that a worker is just taking, and has not begun, may be held for lost, once.
        assert messages(stack, run_id) in (2, 3)


def test_maintenance_that_asks_venues_waits_behind_no_queue_of_nodes(stack: Engine) -> None:
    client = connections.client(stack.runtime.endpoints.redis_url)
    nodes = {"a": {"type": "test.mark_io", "params": {"sleep_s": 0.2}, "timeoutS": 30}}
    runs = [stack.launch(compiled(document([], nodes=nodes))) for _ in range(30)]
    queue = QUEUES[SETTLE_INTENTS]
    stack.runtime.dispatcher.send(SETTLE_INTENTS, [], queue=queue, expires_s=60)
    spec = next(
        each
        for each in process_table(stack.runtime.settings, stack.runtime.endpoints)
        if each.name == "worker-io1"
    )
    stack.start("threads", queues=spec.argv[spec.argv.index("-Q") + 1], concurrency=1)
    wait_for(lambda: client.llen(queue) == 0, why="maintenance was taken")
    assert client.llen("argosy.io") > 20
    for run_id in runs:
        assert stack.wait(run_id).status == "success"
