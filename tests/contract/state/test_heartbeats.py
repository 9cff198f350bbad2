"""Conditions for taking over a claim: never while another process may still work on it."""

from __future__ import annotations

import pytest
from support.builders import meta, workflow
from support.stores import Handle, RedisHandle, token

from argosy.graph.runs import NodeStatus, Outcome, Verdict

TTL_MS = 6_000
DONE = Outcome(NodeStatus.SUCCESS, b"{}")


def launch(handle: Handle) -> None:
    handle.store.launch(meta("run-1", now_ms=handle.now_ms()), workflow([("a", "b")]))
    handle.take()


def claimed(handle: Handle, owner: str) -> str:
    t = token(owner)
    assert handle.store.begin("run-1", "a", t).verdict is Verdict.RUN
    return t


def test_a_claim_past_its_time_stays_with_a_process_that_says_it_works_on_it(handle: Handle) -> None:
    launch(handle)
    handle.store.beat("w1", TTL_MS)
    t = claimed(handle, "w1")
    handle.pass_time(60_000)
    handle.store.beat("w1", TTL_MS, [token("w1"), t])
    handle.pass_time(TTL_MS * 2)  # the grace after the gap is over
    handle.store.beat("w1", TTL_MS, [t])
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    assert handle.store.revive("run-1") == []
    handle.store.beat("w1", TTL_MS)
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.RUN


def test_nothing_is_taken_over_while_nobody_could_give_a_heartbeat(handle: Handle) -> None:
    launch(handle)
    handle.store.beat("w1", TTL_MS)
    handle.store.beat("w2", TTL_MS)
    t = claimed(handle, "w1")
    handle.pass_time(TTL_MS * 4)  # Redis refused writes
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    assert handle.store.revive("run-1") == []
    handle.store.beat("w2", TTL_MS)  # Redis accepts writes again: w1 has the time of one heartbeat
    assert handle.store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    handle.store.beat("w1", TTL_MS, [t])
    assert handle.store.finish("run-1", "a", t, DONE).accepted


def test_after_that_time_the_claim_of_a_dead_process_is_free(handle: Handle) -> None:
    launch(handle)
    for owner in ("w1", "w2"):
        handle.store.beat(owner, TTL_MS)
    claimed(handle, "w1")
    handle.pass_time(TTL_MS * 4)
    for _ in range(7):
        handle.store.beat("w2", TTL_MS)
        handle.pass_time(1_000)
    begun = handle.store.begin("run-1", "a", token("w2"))
    assert (begun.verdict, begun.lost, begun.overran) == (Verdict.RUN, 1, False)


def test_a_single_slow_process_does_not_keep_the_dead_alive_for_ever(handle: Handle) -> None:
    launch(handle)
    handle.store.beat("w1", TTL_MS)
    claimed(handle, "dead")
    verdicts = set()
    for _ in range(12):
        handle.pass_time(3_500)
        handle.store.beat("w1", TTL_MS)
        verdicts.add(handle.store.begin("run-1", "a", token("w1")).verdict)
        if Verdict.RUN in verdicts:
            break
    assert Verdict.RUN in verdicts


# --- what one process knows of another on its machine: Redis only ---------------------------------------------


def test_a_silent_process_keeps_its_claim_and_is_found(redis_url: str) -> None:
    handle = RedisHandle(redis_url)
    launch(handle)
    store = handle.store
    store.beat("w1", TTL_MS, about='{"pid": 7}')  # type: ignore[attr-defined]
    t = claimed(handle, "w1")
    handle.client.zadd("argosy:workers", {"w1": handle.now_ms() - 9_000})
    handle.client.delete("argosy:alive:w1")
    store.beat("w2", TTL_MS)
    assert store.quiet(4_000) == [("w1", {"pid": 7})]  # type: ignore[attr-defined]
    assert store.mark_silent("w1", 15_000) >= 9_000  # type: ignore[attr-defined]
    assert store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    assert store.owner_alive("w1")  # type: ignore[attr-defined]
    store.beat("w1", TTL_MS, [t])
    assert store.quiet(4_000) == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("looked", [True, False], ids=["its machine looked", "its machine is gone"])
def test_a_claim_is_kept_until_its_machine_looked_or_had_the_time(redis_url: str, looked: bool) -> None:
    handle = RedisHandle(redis_url)
    launch(handle)
    store = handle.store
    store.beat("w1", TTL_MS, about='{"pid": 7}')  # type: ignore[attr-defined]
    claimed(handle, "w1")
    handle.client.delete("argosy:alive:w1")
    store.beat("w2", TTL_MS)
    assert store.begin("run-1", "a", token("w2")).verdict is Verdict.BUSY
    if looked:
        store.forget_worker("w1")  # type: ignore[attr-defined]
    else:
        handle.client.zadd("argosy:workers", {"w1": handle.now_ms() - 3 * TTL_MS})
    assert store.begin("run-1", "a", token("w2")).verdict is Verdict.RUN


def test_a_process_that_stood_still_past_the_limit_leaves_an_overrun_node(redis_url: str) -> None:
    handle = RedisHandle(redis_url)
    launch(handle)
    store = handle.store
    store.beat("w1", TTL_MS)
    claimed(handle, "w1")
    store.beat("w2", TTL_MS)
    handle.client.delete("argosy:alive:w1")
    handle.pass_time(20_000)
    store.beat("w2", TTL_MS)
    store.mark_silent("w1", 15_000)  # type: ignore[attr-defined]
    handle.client.delete("argosy:pulse")
    store.forget_worker("w1")  # type: ignore[attr-defined]
    begun = store.begin("run-1", "a", token("w2"))
    assert (begun.verdict, begun.lost, begun.overran) == (Verdict.RUN, 1, True)
