"""Ends of runs that had cancelled nodes, and nodes that no worker could run."""

from __future__ import annotations

import itertools

import orjson
import pytest
from support.builders import meta, workflow
from support.stores import Handle, token

from argosy.graph.runs import NodeStatus, Outcome, Verdict

DONE = Outcome(NodeStatus.SUCCESS, b"{}", outputs=b'{"value":1}')
REFUSED = Outcome(NodeStatus.CANCELLED, b"{}", reason="side effects are refused: platform is HALT: drill")
LATE = Outcome(NodeStatus.CANCELLED, b"{}", reason="the run's deadline has passed", stop="run_deadline")
FAILED = Outcome(NodeStatus.FAILED, b"{}", reason="boom")
TOLERATED = Outcome(NodeStatus.FAILED, b"{}", reason="boom", failure=False)


def run_through(handle: Handle, *outcomes: Outcome, cancel: str | None = None, cancel_as: str = "cancelled"):  # type: ignore[no-untyped-def]
    keys = [f"n{index}" for index in range(len(outcomes))]
    flow = workflow(list(itertools.pairwise(keys)))
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), flow)
    for key, outcome in zip(keys, outcomes, strict=True):
        t = token()
        assert handle.store.begin("run-1", key, t).verdict is Verdict.RUN
        if cancel is not None and key == "n0":
            handle.store.cancel("run-1", cancel, status=cancel_as)  # type: ignore[arg-type]
        assert handle.store.finish("run-1", key, t, outcome).accepted
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    (finished,) = [e for e in handle.events() if e.type == "run_finished"]
    assert (finished.data["status"], finished.data["reason"]) == (snapshot.status, snapshot.reason)
    return snapshot


@pytest.mark.parametrize(
    ("outcomes", "status", "reason"),
    [
        ((DONE, LATE), "failed", "the run's deadline has passed"),
        ((DONE, REFUSED), "cancelled", REFUSED.reason),
        ((REFUSED, LATE), "failed", LATE.reason),
        ((FAILED, REFUSED), "failed", "node n0 failed"),
        ((TOLERATED, REFUSED), "cancelled", REFUSED.reason),
        ((TOLERATED, DONE), "success", None),
        ((DONE, TOLERATED, LATE, LATE), "failed", LATE.reason),
    ],
)
def test_a_cancelled_node_decides_how_its_run_ends(
    handle: Handle, outcomes: tuple[Outcome, ...], status: str, reason: str | None
) -> None:
    snapshot = run_through(handle, *outcomes)
    assert (snapshot.status, snapshot.reason) == (status, reason)


def test_the_first_node_past_the_deadline_raises_the_alarm(handle: Handle) -> None:
    run_through(handle, LATE, LATE, LATE)
    (alarm,) = [e for e in handle.events() if e.type == "alarm"]
    assert (alarm.bot_id, alarm.run_id, alarm.data["code"]) == ("bot1", "run-1", "run_deadline")
    assert "deadline" in alarm.data["message"]


def test_a_refusal_raises_no_alarm(handle: Handle) -> None:
    run_through(handle, REFUSED, REFUSED)
    assert [e for e in handle.events() if e.type == "alarm"] == []


@pytest.mark.parametrize("status", ["cancelled", "failed"])
def test_who_cancels_a_run_says_how_it_ends(handle: Handle, status: str) -> None:
    cancelled = Outcome(NodeStatus.CANCELLED, b"{}", reason="run cancelled: by hand")
    snapshot = run_through(handle, DONE, cancelled, cancel="by hand", cancel_as=status)
    assert (snapshot.status, snapshot.reason) == (status, "by hand")


# --- nodes that are handed back ------------------------------------------------------------------------------


def begin(handle: Handle, owner: str = "w1") -> str:
    t = token(owner)
    assert handle.store.begin("run-1", "a", t).verdict is Verdict.RUN
    return t


def test_a_node_that_is_handed_back_comes_again_ever_later_and_keeps_its_attempts(handle: Handle) -> None:
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), workflow([("a", "b")]))
    handle.take()
    delays = []
    for _ in range(12):
        delays.append(handle.store.release("run-1", "a", begin(handle), "no type x.y on host one"))
        if delays[-1]:
            assert handle.store.pump() == 0
            handle.pass_time(delays[-1] + 10)
            assert handle.store.pump() == 1
        assert handle.take() == [("run-1", "a")]
    assert delays == [0, 1000, 0, 2000, 0, 4000, 0, 8000, 0, 16_000, 0, 30_000]
    t = token("w2")
    begun = handle.store.begin("run-1", "a", t)
    assert (begun.attempt, begun.lost) == (1, 0)
    assert handle.store.finish("run-1", "a", t, DONE).accepted


def test_the_reason_is_there_while_the_node_waits(handle: Handle) -> None:
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), workflow([("a", "b")]))
    assert handle.store.unrunnable("run-1") is None
    handle.store.release("run-1", "a", begin(handle), "no type x.y | on host one")
    assert "no type x.y" in (handle.store.unrunnable("run-1") or "")
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert "no type x.y" in (snapshot.nodes["a"].reason or "")


def test_a_lost_claim_cannot_be_handed_back(handle: Handle) -> None:
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), workflow([("a", "b")]))
    first = begin(handle, "dead")
    begin(handle, "w2")
    assert handle.store.release("run-1", "a", first, "no type") == -1
    assert handle.store.release("no-such-run", "a", first, "no type") == -1


def test_a_run_that_ends_with_nodes_handed_back_fails_them_with_the_cause(handle: Handle) -> None:
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), workflow([("a", "b")]))
    handle.store.release("run-1", "a", begin(handle), "no type x.y on host one")
    assert handle.store.abort("run-1", "unknown_node_type: no type x.y on host one")
    snapshot = handle.store.snapshot("run-1")
    assert snapshot is not None
    assert (snapshot.status, snapshot.nodes["a"].status, snapshot.nodes["b"].status) == (
        "failed",
        "failed",
        "cancelled",
    )
    assert snapshot.counts == {"success": 0, "failed": 1, "skipped": 0, "cancelled": 1}
    (failed,) = [e for e in handle.events() if e.data.get("status") == "failed" and e.node_id == "a"]
    assert failed.data["error"]["code"] == "unknown_node_type"
    assert orjson.dumps(failed.data)
