"""Runs on real worker processes, in every pool."""

from __future__ import annotations

import itertools

import pytest
from support.engine import Engine, compiled, document, wait_for

from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.graph.runs import NodeStatus
from argosy.infrastructure import redis as connections

pytestmark = pytest.mark.integration

DIAMOND = [("a", "b"), ("a", "c"), ("a", "d"), ("b", "e"), ("c", "e"), ("d", "e")]
epochs = itertools.count(10)


def flag(stack: Engine, scope: str, state: EmergencyState, reason: str = "") -> None:
    assert stack.runtime.flags.write(EmergencyFlag(scope, state, next(epochs), reason))


def test_a_diamond_runs_in_order_each_node_once(pooled: Engine) -> None:
    run_id = pooled.launch(compiled(document(DIAMOND)))
    snapshot = pooled.wait(run_id)
    assert (snapshot.status, snapshot.counts["success"]) == ("success", 5)
    ends = pooled.ends(run_id)
    assert sorted(ends) == ["a", "b", "c", "d", "e"]
    assert ends[0] == "a"
    assert ends[-1] == "e"


def test_a_node_past_its_time_limit_fails_and_the_worker_lives_on(pooled: Engine) -> None:
    busy = {
        "a": {"type": "test.busy", "params": {"seconds": 20}, "timeoutS": 0.5, "retry": {"maxAttempts": 1}}
    }
    snapshot = pooled.wait(pooled.launch(compiled(document([("a", "b")], nodes=busy))), timeout_s=15)
    assert snapshot.nodes["a"].status is NodeStatus.FAILED
    assert "longer than its limit of 0.5 s" in (snapshot.nodes["a"].reason or "")
    after = pooled.wait(pooled.launch(compiled(document(DIAMOND))))
    assert after.status == "success"


def test_channels_stay_flat(pooled: Engine) -> None:
    """Celery's own backend keeps a subscription for every header task of a chord; ours keeps none."""
    workflow = compiled(document(DIAMOND))
    for run_id in [pooled.launch(workflow) for _ in range(30)]:
        pooled.wait(run_id)
    client = connections.client(pooled.runtime.endpoints.redis_url)
    assert client.pubsub_channels("celery-task-meta-*") == []


def test_a_failed_node_is_data_and_the_rest_goes_on(solo: Engine) -> None:
    nodes = {"b": {"params": {"fail": True}}}
    snapshot = solo.wait(solo.launch(compiled(document(DIAMOND, nodes=nodes))))
    assert snapshot.status == "failed"
    assert snapshot.reason == "node b failed"
    assert snapshot.nodes["b"].reason == "RuntimeError: told to fail"
    assert snapshot.nodes["e"].status is NodeStatus.SUCCESS  # a many-port takes the live edges


def test_a_retryable_error_is_retried_until_it_passes(solo: Engine) -> None:
    run_id = solo.launch(compiled(document([("a", "b")], nodes={"a": {"params": {"flaky": 2}}})))
    snapshot = solo.wait(run_id)
    assert snapshot.status == "success"
    assert snapshot.nodes["a"].attempt == 3
    starts = [attempt for key, word, attempt, _ in solo.trace(run_id) if (key, word) == ("a", "start")]
    assert starts == [1, 2, 3]


def test_retries_end_with_the_policy(solo: Engine) -> None:
    nodes = {"a": {"params": {"flaky": 9}, "retry": {"maxAttempts": 2, "delayS": 0.05}}}
    snapshot = solo.wait(solo.launch(compiled(document([("a", "b")], nodes=nodes))))
    assert snapshot.nodes["a"].status is NodeStatus.FAILED
    assert snapshot.nodes["a"].attempt == 2


def test_a_condition_takes_one_branch_and_the_other_is_skipped(solo: Engine) -> None:
    raw = document([("a", "f")], nodes={"f": {"type": "test.fork"}, "l": {}, "r": {}, "after_r": {}, "m": {}})
    raw["edges"] += [
        {"source": "f", "sourceHandle": "left", "target": "l", "targetHandle": "when"},
        {"source": "f", "sourceHandle": "right", "target": "r", "targetHandle": "when"},
        {"source": "r", "sourceHandle": "value", "target": "after_r", "targetHandle": "when"},
        {"source": "l", "sourceHandle": "value", "target": "m", "targetHandle": "items"},
        {"source": "after_r", "sourceHandle": "value", "target": "m", "targetHandle": "items"},
    ]
    snapshot = solo.wait(solo.launch(compiled(raw)))
    assert {key: node.status.value for key, node in snapshot.nodes.items()} == {
        "a": "success",
        "f": "success",
        "l": "success",
        "r": "skipped",
        "after_r": "skipped",
        "m": "success",
    }
    assert snapshot.nodes["r"].reason == "f took branch left"
    assert snapshot.status == "success"


def test_halt_refuses_side_effects_and_lets_the_rest_go_on(solo: Engine) -> None:
    flag(solo, "bot:halted", EmergencyState.HALT, "drill")
    raw = document([("a", "x"), ("a", "b")], nodes={"x": {"type": "test.effect"}})
    run_id = solo.launch(compiled(raw), bot_id="halted")
    snapshot = solo.wait(run_id)
    assert snapshot.nodes["x"].status is NodeStatus.CANCELLED
    assert "bot:halted is HALT: drill" in (snapshot.nodes["x"].reason or "")
    assert sorted(solo.ends(run_id)) == ["a", "b"]


def test_shutdown_stops_runs_at_their_next_node(solo: Engine) -> None:
    nodes = {"a": {"params": {"gated": True}}}
    run_id = solo.launch(compiled(document([("a", "b"), ("b", "c")], nodes=nodes)), bot_id="shut")
    flag(solo, "bot:shut", EmergencyState.SHUTDOWN, "power")
    solo.open_gate(run_id)
    snapshot = solo.wait(run_id)
    assert "b" not in solo.ends(run_id)
    assert snapshot.nodes["c"].status is NodeStatus.CANCELLED


def test_flags_that_redis_lost_come_back_from_postgres(solo: Engine) -> None:
    solo.runtime.restore_flags()
    client = connections.client(solo.runtime.endpoints.redis_url)
    client.delete("argosy:flag:platform")
    wait_for(lambda: client.get("argosy:flag:platform"), why="the platform's flag is back")
    run_id = solo.launch(compiled(document([("a", "x")], nodes={"x": {"type": "test.effect"}})))
    assert solo.wait(run_id).nodes["x"].status is NodeStatus.SUCCESS


def test_cancel_stops_what_has_not_begun(solo: Engine) -> None:
    nodes = {"a": {"params": {"gated": True}}}
    run_id = solo.launch(compiled(document([("a", "b"), ("b", "c")], nodes=nodes)))
    solo.runtime.runs.cancel(run_id, "by hand")
    solo.open_gate(run_id)
    snapshot = solo.wait(run_id)
    assert (snapshot.status, snapshot.reason) == ("cancelled", "by hand")
    assert solo.ends(run_id) in ([], ["a"])


def test_a_tweak_reaches_the_next_execution_on_whichever_worker(solo: Engine) -> None:
    workflow = compiled(document([("a", "b")]))
    first = solo.launch(workflow, bot_id="tweaked")
    assert solo.wait(first).status == "success"
    solo.runtime.runs.tweak("tweaked", None, "a", {"fail": True})
    second = solo.wait(solo.launch(workflow, bot_id="tweaked"))
    assert second.nodes["a"].status is NodeStatus.FAILED
    solo.runtime.runs.tweak("tweaked", None, "a", {"no_such_parameter": 1})
    third = solo.wait(solo.launch(workflow, bot_id="tweaked"))
    assert "no_such_parameter" in (third.nodes["a"].reason or "")


def test_a_fused_line_travels_in_one_message(solo: Engine) -> None:
    line = [(f"n{i}", f"n{i + 1}") for i in range(19)]
    run_id = solo.launch(compiled(document(line, fuse=True)))
    assert solo.wait(run_id).counts["success"] == 20
    assert solo.ends(run_id) == [f"n{i}" for i in range(20)]
    client = connections.client(solo.runtime.endpoints.redis_url)
    messages = int(client.hget(f"argosy:run:{run_id}", "seq") or 0)
    assert messages < 20


def test_a_run_past_its_deadline_is_ended_and_frees_the_bot(solo: Engine) -> None:
    nodes = {"a": {"params": {"flaky": 99}, "retry": {"maxAttempts": 50, "delayS": 30, "jitter": False}}}
    run_id = solo.launch(compiled(document([("a", "b")], nodes=nodes)), bot_id="late", deadline_s=1)
    snapshot = solo.wait(run_id, timeout_s=15)
    assert (snapshot.status, snapshot.reason) == ("failed", "the run's deadline has passed")
    assert solo.wait(solo.launch(compiled(document(DIAMOND)), bot_id="late")).status == "success"
