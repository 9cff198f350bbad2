"""kill -9 in mid-run: every run ends in a final state, no node's effect is lost, no lock stays."""

from __future__ import annotations

import time
from collections import Counter

import pytest
from support.engine import Engine, compiled, document, wait_for

from argosy.graph.runs import NodeStatus
from argosy.infrastructure import redis as connections

pytestmark = pytest.mark.integration

FAN = [(a, b) for i in range(8) for a, b in ((("s", f"m{i}")), (f"m{i}", "j"))]


def no_lock_stays(stack: Engine) -> bool:
    client = connections.client(stack.runtime.endpoints.redis_url)
    return not client.keys("argosy:lock:*") and not client.zcard("argosy:runs:active")


@pytest.mark.parametrize("pool", ["solo", "threads", "prefork"])
def test_a_killed_worker_loses_nothing(stack: Engine, pool: str) -> None:
    victim = stack.start(pool)
    nodes = {f"m{i}": {"params": {"sleep_s": 0.4}} for i in range(8)}
    run_id = stack.launch(compiled(document(FAN, nodes=nodes)))
    wait_for(lambda: any(key.startswith("m") for key, *_ in stack.trace(run_id)), why="a middle node began")
    victim.kill()
    stack.start(pool)
    snapshot = stack.wait(run_id, timeout_s=45)
    assert (snapshot.status, snapshot.counts["success"]) == ("success", 10)
    ends = Counter(stack.ends(run_id))
    assert set(ends) == set(snapshot.nodes)
    assert ends["j"] == 1
    assert no_lock_stays(stack)


def test_a_node_that_kills_its_pool_child_once_is_run_again(stack: Engine) -> None:
    stack.start("prefork")
    run_id = stack.launch(
        compiled(document([("a", "b"), ("b", "c")], nodes={"b": {"params": {"kill_once": True}}}))
    )
    snapshot = stack.wait(run_id, timeout_s=45)
    assert snapshot.status == "success"
    assert stack.ends(run_id) == ["a", "b", "c"]


def test_a_node_that_always_kills_its_worker_ends_failed_instead_of_looping(stack: Engine) -> None:
    worker = stack.start("prefork", concurrency=1)
    run_id = stack.launch(
        compiled(document([("a", "b"), ("b", "c")], nodes={"b": {"params": {"kill_always": True}}}))
    )
    snapshot = stack.wait(run_id, timeout_s=60)
    assert snapshot.nodes["b"].status is NodeStatus.FAILED
    assert "worker died" in (snapshot.nodes["b"].reason or "")
    starts = [1 for key, word, *_ in stack.trace(run_id) if (key, word) == ("b", "start")]
    assert len(starts) == 3
    time.sleep(0)  # nothing more may come: the count is taken again after another whole run
    after = stack.wait(stack.launch(compiled(document([("a", "b")]))))
    assert after.status == "success"
    assert len([1 for key, word, *_ in stack.trace(run_id) if (key, word) == ("b", "start")]) == 3
    assert worker.process.poll() is None


def test_a_long_node_is_not_delivered_twice_past_the_visibility_timeout(stack: Engine) -> None:
    """The lease: 9 s of work under a visibility timeout of 4 s, on a solo worker that cannot answer meanwhile."""
    stack.start("solo")
    stack.start("solo")
    nodes = {"a": {"params": {"sleep_s": 9}, "timeoutS": 30}}
    run_id = stack.launch(compiled(document([("a", "b")], nodes=nodes)))
    snapshot = stack.wait(run_id, timeout_s=40)
    assert snapshot.status == "success"
    assert [(k, w) for k, w, *_ in stack.trace(run_id)] == [
        ("a", "start"),
        ("a", "end"),
        ("b", "start"),
        ("b", "end"),
    ]
    client = connections.client(stack.runtime.endpoints.redis_url)
    # Node a and b were two messages; a redelivery would have made it restore or delay more.
    assert int(client.hget(f"argosy:run:{run_id}", "seq") or 0) == 2


def test_doubled_deliveries_run_every_node_once(stack: Engine) -> None:
    """Every message is copied while it waits in the queue, as a broker that restores too early would."""
    client = connections.client(stack.runtime.endpoints.redis_url)
    run_id = stack.launch(compiled(document(FAN)))
    heads = client.lrange("argosy.quick", 0, -1)
    for raw in heads:
        for copy in range(3):
            client.lpush("argosy.quick", raw.replace(b'"delivery_tag":"', b'"delivery_tag":"copy%d.' % copy))
    stack.start("threads", concurrency=4)
    stack.start("solo")
    snapshot = stack.wait(run_id)
    assert snapshot.status == "success"
    assert max(Counter(stack.ends(run_id)).values()) == 1


def test_a_message_lost_between_queue_and_worker_is_sent_again(stack: Engine) -> None:
    run_id = stack.launch(compiled(document([("a", "b")])))
    connections.client(stack.runtime.endpoints.redis_url).delete("argosy.quick")
    stack.start("solo")
    snapshot = stack.wait(run_id, timeout_s=20)
    assert (snapshot.status, stack.ends(run_id)) == ("success", ["a", "b"])


def test_sigterm_lets_the_node_at_work_finish_and_leaves_the_rest_to_others(stack: Engine) -> None:
    first = stack.start("prefork", concurrency=1)
    nodes = {"a": {"params": {"sleep_s": 1.0}}}
    run_id = stack.launch(compiled(document([("a", "b"), ("b", "c")], nodes=nodes)))
    wait_for(lambda: stack.trace(run_id), why="a began")
    first.terminate()
    stack.start("solo")
    snapshot = stack.wait(run_id, timeout_s=30)
    assert snapshot.status == "success"
    assert stack.ends(run_id) == ["a", "b", "c"]
