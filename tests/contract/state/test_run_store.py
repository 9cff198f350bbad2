"""Contract of run stores, in memory and in Redis: the base of the engine."""

from __future__ import annotations

import orjson
import pytest
from support.builders import meta, workflow
from support.stores import Handle, token

from argosy.core.event import Event
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.graph.runs import NodeStatus, Outcome, Verdict

NORMAL = EmergencyFlag("platform", EmergencyState.NORMAL, 1)


def done(value: object = 1, *, branch: str | None = None, **more: object) -> Outcome:
    return Outcome(
        status=NodeStatus.SUCCESS,
        data=orjson.dumps({"status": "success"}),
        outputs=orjson.dumps({"value": value}),
        branch=branch,
        worker="w1",
        **more,  # type: ignore[arg-type]
    )


def launch(handle: Handle, flow, run_id: str = "run-1", **kwargs):  # type: ignore[no-untyped-def]
    return handle.store.launch(meta(run_id, now_ms=handle.now_ms()), flow, **kwargs)


def step(handle: Handle, key: str, outcome: Outcome | None = None, run_id: str = "run-1"):  # type: ignore[no-untyped-def]
    t = token()
    begun = handle.store.begin(run_id, key, t)
    assert begun.verdict is Verdict.RUN
    return handle.store.finish(run_id, key, t, outcome or done())


def types(handle: Handle) -> list[str]:
    return [e.type for e in handle.events()]


def test_heads_are_enqueued_and_the_run_is_announced(handle: Handle) -> None:
    launched = launch(handle, workflow([("a", "c"), ("b", "c")]))
    assert launched.started
    assert sorted(handle.take()) == [("run-1", "a"), ("run-1", "b")]
    (event,) = handle.events()
    assert (event.type, event.bot_id, event.run_id) == ("run_started", "bot1", "run-1")
    assert event.data["nodes"] == 3
    assert event.data["correlationId"] == "c0ffee"


def test_a_join_starts_once_after_all_its_predecessors(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    handle.take()
    step(handle, "a", done("A"))
    assert handle.take() == []
    step(handle, "b", done("B"))
    assert handle.take() == [("run-1", "c")]
    begun = handle.store.begin("run-1", "c", token())
    assert {k: orjson.loads(s.outputs or b"")["value"] for k, s in begun.sources.items()} == {
        "a": "A",
        "b": "B",
    }


def test_the_last_node_closes_the_run_and_frees_the_lock(handle: Handle) -> None:
    flow = workflow([("a", "b")])
    launch(handle, flow)
    assert not step(handle, "a").closed
    assert step(handle, "b").closed
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert (snapshot.status, snapshot.counts["success"]) == ("success", 2)
    assert handle.events()[-1].type == "run_finished"
    assert handle.events()[-1].data["counts"] == {"success": 2, "failed": 0, "skipped": 0, "cancelled": 0}
    assert handle.store.active() == []
    assert launch(handle, flow, "run-2").started


def test_one_run_of_a_bot_at_a_time(handle: Handle) -> None:
    flow = workflow([("a", "b")])
    assert launch(handle, flow).started
    second = launch(handle, flow, "run-2")
    assert (second.started, second.reason, second.active_run) == (False, "overlap", "run-1")
    assert types(handle) == ["run_started"]
    assert launch(handle, flow, "run-3", exclusive=False).started


def test_a_tick_delivered_twice_starts_one_run(handle: Handle) -> None:
    flow = workflow([("a", "b")])
    assert launch(handle, flow).started
    again = launch(handle, flow)
    assert (again.started, again.reason) == (False, "duplicate")
    assert len(handle.take()) == 1


def test_a_settled_node_is_not_run_again(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    step(handle, "a")
    assert handle.store.begin("run-1", "a", token()).verdict is Verdict.SETTLED


def test_a_second_delivery_while_a_living_worker_holds_the_node_is_put_back(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.take()
    handle.store.beat("w1", 60_000)
    first = token("w1")
    assert handle.store.begin("run-1", "a", first).verdict is Verdict.RUN
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    assert handle.store.pump() == 0
    handle.pass_time(1_100)
    assert handle.store.pump() == 1
    assert handle.take() == [("run-1", "a")]
    assert handle.store.finish("run-1", "a", first, done()).accepted


def test_the_claim_of_a_dead_worker_is_taken_over_and_its_late_answer_dropped(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.take()
    dead = token("w1")  # has never sent a heartbeat
    handle.store.begin("run-1", "a", dead)
    second = token("w2")
    begun = handle.store.begin("run-1", "a", second)
    assert (begun.verdict, begun.lost, begun.attempt) == (Verdict.RUN, 1, 1)
    assert not handle.store.finish("run-1", "a", dead, done("late")).accepted
    assert handle.store.finish("run-1", "a", second, done("good")).accepted
    assert handle.take() == [("run-1", "b")]


def test_an_expired_claim_is_taken_over_even_from_a_living_worker(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.store.beat("w1", 10_000_000)
    handle.store.begin("run-1", "a", token("w1"))
    handle.pass_time(60_000)
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.RUN


def test_the_same_delivery_may_ask_twice(handle: Handle) -> None:
    """A client that lost the answer asks again with the same token."""
    launch(handle, workflow([("a", "b")]))
    handle.store.beat("w1", 60_000)
    t = token("w1")
    assert handle.store.begin("run-1", "a", t).verdict is Verdict.RUN
    again = handle.store.begin("run-1", "a", t)
    assert (again.verdict, again.attempt, again.lost) == (Verdict.RUN, 1, 0)


def test_finishing_twice_counts_once(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    handle.take()
    t = token()
    handle.store.begin("run-1", "a", t)
    assert handle.store.finish("run-1", "a", t, done()).accepted
    assert not handle.store.finish("run-1", "a", t, done()).accepted
    assert handle.take() == []


def test_a_retry_comes_back_when_it_is_due_as_the_next_attempt(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.take()
    failed = Outcome(NodeStatus.FAILED, b'{"status":"running","attempt":1}', retry_in_ms=500)
    assert not step(handle, "a", failed).closed
    assert handle.store.pump() == 0
    handle.pass_time(600)
    assert handle.store.pump() == 1
    assert handle.take() == [("run-1", "a")]
    begun = handle.store.begin("run-1", "a", token())
    assert begun.attempt == 2


def test_a_failed_node_fails_the_run_but_its_branch_mates_go_on(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    step(handle, "a", Outcome(NodeStatus.FAILED, b"{}", reason="boom"))
    step(handle, "b")
    handle.take()
    begun = handle.store.begin("run-1", "c", token())
    assert begun.sources["a"].status is NodeStatus.FAILED
    assert begun.sources["a"].outputs is None
    t = token()
    handle.store.begin("run-1", "c", t)
    assert handle.store.finish("run-1", "c", t, done()).closed
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert snapshot.status == "failed"
    assert snapshot.reason == "node a failed"
    assert snapshot.nodes["a"].reason == "boom"


def test_a_tolerated_failure_does_not_fail_the_run(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    step(handle, "a", Outcome(NodeStatus.FAILED, b"{}", failure=False))
    step(handle, "b")
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert snapshot.status == "success"


def test_the_branch_taken_is_seen_by_successors(handle: Handle) -> None:
    flow = workflow(
        [("f", "l"), ("f", "r")], types={"f": "test.fork"}, branches={("f", "l"): "left", ("f", "r"): "right"}
    )
    launch(handle, flow)
    step(handle, "f", done(branch="left"))
    begun = handle.store.begin("run-1", "l", token())
    assert begun.sources["f"].branch == "left"


def test_cancel_is_seen_by_nodes_that_begin_later_and_ends_the_run_cancelled(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    assert handle.store.cancel("run-1", "asked by hand")
    assert not handle.store.cancel("run-1", "again")
    assert handle.store.begin("run-1", "a", token("w9")).cancel_reason == "asked by hand"
    for key in ("a", "b"):
        step(handle, key, Outcome(NodeStatus.CANCELLED, b"{}"))
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert (snapshot.status, snapshot.reason) == ("cancelled", "asked by hand")


def test_abort_ends_the_run_now_and_work_in_flight_is_dropped(handle: Handle) -> None:
    launch(handle, workflow([("a", "b"), ("b", "c")]))
    step(handle, "a")
    t = token()
    handle.store.begin("run-1", "b", t)
    assert handle.store.abort("run-1", "deadline")
    assert not handle.store.finish("run-1", "b", t, done()).accepted
    assert handle.store.begin("run-1", "c", token()).verdict in (Verdict.SETTLED, Verdict.CLOSED)
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert snapshot.status == "failed"
    assert snapshot.counts == {"success": 1, "failed": 0, "skipped": 0, "cancelled": 2}
    cancelled = [e.node_id for e in handle.events() if e.data.get("status") == "cancelled"]
    assert cancelled == ["b", "c"]
    assert launch(handle, workflow([("a", "b")]), "run-2").started
    assert not handle.store.abort("run-1", "again")


def test_revive_finds_a_lost_message_and_a_dead_worker_but_leaves_the_living(handle: Handle) -> None:
    launch(handle, workflow([("a", "x"), ("b", "x"), ("c", "x")]))
    handle.take()  # all three messages are lost
    handle.store.beat("alive", 60_000)
    handle.store.begin("run-1", "b", token("alive"))
    handle.store.begin("run-1", "c", token("dead"))
    assert sorted(handle.store.revive("run-1")) == ["a", "c"]
    assert sorted(handle.take()) == [("run-1", "a"), ("run-1", "c")]


def test_revive_enqueues_a_join_only_when_it_is_ready(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    step(handle, "a")
    handle.take()
    assert handle.store.revive("run-1") == ["b"]
    step(handle, "b")
    handle.take()  # the join's message is lost too
    assert handle.store.revive("run-1") == ["c"]


def test_revive_leaves_what_waits_in_a_queue_however_long(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    for _ in range(3):
        handle.pass_time(60_000)
        assert handle.store.revive("run-1") == []
    assert sorted(handle.take()) == [("run-1", "a"), ("run-1", "b")]


def test_revive_does_not_enqueue_twice_what_it_enqueued(handle: Handle) -> None:
    launch(handle, workflow([("a", "c"), ("b", "c")]))
    handle.take()
    handle.store.begin("run-1", "b", token("dead"))
    handle.pass_time(10)
    assert sorted(handle.store.revive("run-1")) == ["a", "b"]
    handle.pass_time(60_000)
    assert handle.store.revive("run-1") == []
    assert sorted(handle.take()) == [("run-1", "a"), ("run-1", "b")]
    assert sorted(handle.store.revive("run-1")) == ["a", "b"]  # lost once more


def test_revive_tells_a_lost_message_from_others_that_wait(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.take()
    handle.pass_time(10)
    handle.store.launch(meta("run-2", bot_id="bot2", now_ms=handle.now_ms()), workflow([("a", "b")]))
    assert handle.store.revive("run-1") == ["a"]
    assert handle.take() == [("run-2", "a"), ("run-1", "a")]


def test_revive_leaves_a_retry_that_waits_in_its_queue(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    handle.take()
    step(handle, "a", Outcome(NodeStatus.FAILED, b"{}", retry_in_ms=100))
    handle.pass_time(200)
    assert handle.store.pump() == 1
    handle.pass_time(60_000)
    assert handle.store.revive("run-1") == []
    assert handle.take() == [("run-1", "a")]


def test_revive_brings_back_a_retry_whose_message_was_lost(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")]))
    step(handle, "a", Outcome(NodeStatus.FAILED, b"{}", retry_in_ms=100))
    handle.take()
    assert handle.store.revive("run-1") == []
    handle.pass_time(200)
    handle.store.pump()
    handle.take()
    handle.pass_time(10_000)
    assert handle.store.revive("run-1") == ["a"]


def test_a_fused_successor_is_claimed_in_the_same_step(handle: Handle) -> None:
    flow = workflow([("a", "b"), ("b", "c")], fused={"a": "b"})
    launch(handle, flow)
    handle.take()
    t = token()
    handle.store.begin("run-1", "a", t)
    advanced = handle.store.finish("run-1", "a", t, done("A", inline=True))
    assert advanced.inline is not None
    assert (advanced.inline.verdict, advanced.inline.key) == (Verdict.RUN, "b")
    assert orjson.loads(advanced.inline.sources["a"].outputs or b"") == {"value": "A"}
    assert handle.take() == []
    handle.store.finish("run-1", "b", t, done(inline=True))
    assert handle.take() == [("run-1", "c")]  # b is not fused with c


def test_a_fused_line_out_of_time_goes_back_to_the_broker(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")], fused={"a": "b"}))
    handle.take()
    t = token()
    handle.store.begin("run-1", "a", t)
    assert handle.store.finish("run-1", "a", t, done(inline=False)).inline is None
    assert handle.take() == [("run-1", "b")]


def test_flags_along_the_scope_path_come_with_the_claim(handle: Handle) -> None:
    handle.write_flag(NORMAL)
    handle.write_flag(EmergencyFlag("bot:bot1", EmergencyState.ALERT, 3, "drawdown|80 %"))
    handle.write_flag(EmergencyFlag("strategy:bot1/s1", EmergencyState.HALT, 4, "stop"))
    handle.write_flag(EmergencyFlag("bot:other", EmergencyState.SHUTDOWN, 5, "not mine"))
    launch(handle, workflow([("a", "b")], strategies={"a": "s1"}))
    flags = {f.scope: f for f in handle.store.begin("run-1", "a", token()).flags}
    assert set(flags) == {"platform", "bot:bot1", "strategy:bot1/s1"}
    assert flags["bot:bot1"].reason == "drawdown|80 %"
    assert flags["strategy:bot1/s1"].state is EmergencyState.HALT


def test_tweaks_come_with_the_claim_from_the_next_execution_on(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")], strategies={"a": "s1"}))
    handle.store.tweak("bot1", "s1", "a", {"edge": "0.02"})
    handle.store.tweak("bot1", None, "a", {"edge": "wrong scope"})
    assert handle.store.begin("run-1", "a", token()).tweaks == {"edge": "0.02"}
    assert handle.store.tweaks("bot1", "s1") == {"a": {"edge": "0.02"}}
    handle.store.tweak("bot1", "s1", "a", None)
    assert handle.store.tweaks("bot1", "s1") == {}


def test_events_of_a_node_come_before_its_outcome_in_order(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")], strategies={"a": "s1"}))
    own = [Event("opportunity", 5, data={"id": "o"}), Event("action", 6, data={"clientId": "c"})]
    step(handle, "a", done(events=own, opportunities=1, actions=1))
    tail = handle.events()[-3:]
    assert [e.type for e in tail] == ["opportunity", "action", "node_execution"]
    assert {e.strategy_id for e in tail} == {"s1"}
    assert {e.run_id for e in tail} == {"run-1"}
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert (snapshot.opportunities, snapshot.actions) == (1, 1)


def test_only_nodes_that_wait_announce_that_they_run(handle: Handle) -> None:
    launch(handle, workflow([("a", "b")], types={"a": "test.io"}))
    handle.store.begin("run-1", "a", token())
    running = [e for e in handle.events() if e.data.get("status") == "running"]
    assert [e.node_id for e in running] == ["a"]


@pytest.mark.parametrize("name", ["no-such-run", "run-1"])
def test_what_is_not_there_is_gone(handle: Handle, name: str) -> None:
    launch(handle, workflow([("a", "b")]))
    assert handle.store.begin(name, "no-such-node", token()).verdict is Verdict.GONE
    assert not handle.store.finish(name, "no-such-node", token(), done()).accepted
    assert handle.store.snapshot("no-such-run") is None
    assert handle.store.meta("no-such-run") is None


def test_the_document_is_there_for_workers(handle: Handle) -> None:
    flow = workflow([("a", "b")])
    launch(handle, flow)
    assert handle.store.workflow_document(flow.digest) == {"id": "test"}
    assert handle.store.workflow_document("0" * 64) is None


def test_a_workflow_shared_by_two_bots_reads_each_bots_own_flags(handle: Handle) -> None:
    handle.write_flag(EmergencyFlag("bot:bot2", EmergencyState.HALT, 3, "two"))
    flow = workflow([("a", "b")])
    launch(handle, flow)
    handle.store.launch(meta("run-2", bot_id="bot2", now_ms=handle.now_ms()), flow)
    assert "bot:bot2" not in {f.scope for f in handle.store.begin("run-1", "a", token()).flags}
    assert "bot:bot2" in {f.scope for f in handle.store.begin("run-2", "a", token()).flags}
