"""Contract of every store of circuit breakers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.core.clock import DrivenClock
from argosy.errors import AuthFailed, CircuitOpen, NoQuote, UnknownOutcome, VenueTimeout
from argosy.infrastructure.resilience.breaker import (
    BreakerPolicy,
    Breakers,
    BreakerState,
    BreakerStatus,
    CallPermit,
    guard_call,
)
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.redis_breaker import RedisBreakers

Make = Callable[[], Breakers]


def fail(breakers: Breakers, times: int = 1) -> None:
    for _ in range(times):
        breakers.failure(breakers.enter("venue"))


def test_opens_after_failures_in_a_row_for_every_worker(
    make_breakers: Make, changes: list[BreakerStatus]
) -> None:
    one, other = make_breakers(), make_breakers()
    fail(one, 2)
    assert other.status("venue").state is BreakerState.CLOSED
    fail(other)
    with pytest.raises(CircuitOpen) as caught:
        one.enter("venue")
    assert caught.value.details["retry_after_s"] == pytest.approx(10, abs=0.01)
    assert [change.state for change in changes] == [BreakerState.OPEN]


def test_a_success_in_between_starts_the_count_again(make_breakers: Make) -> None:
    breakers = make_breakers()
    fail(breakers, 2)
    breakers.success(breakers.enter("venue"))
    fail(breakers, 2)
    assert breakers.status("venue").state is BreakerState.CLOSED


def test_failures_far_apart_do_not_add_up(make_breakers: Make, clock: DrivenClock) -> None:
    breakers = make_breakers()
    for _ in range(6):
        fail(breakers)
        clock.advance(61)
    assert breakers.status("venue").state is BreakerState.CLOSED


def test_half_open_lets_one_probe_through_at_a_time(
    make_breakers: Make, clock: DrivenClock, changes: list[BreakerStatus]
) -> None:
    one, other = make_breakers(), make_breakers()
    fail(one, 3)
    clock.advance(10)
    probe = one.enter("venue")
    assert one.status("venue").state is BreakerState.HALF_OPEN
    for worker in (one, other):
        with pytest.raises(CircuitOpen):
            worker.enter("venue")
    one.success(probe)
    other.enter("venue")
    assert [change.state for change in changes] == [
        BreakerState.OPEN,
        BreakerState.HALF_OPEN,
        BreakerState.CLOSED,
    ]
    assert [change.epoch for change in changes] == [1, 2, 3]


def test_a_failed_probe_opens_for_longer_up_to_the_maximum(make_breakers: Make, clock: DrivenClock) -> None:
    breakers = make_breakers()
    fail(breakers, 3)
    for expected in (20, 25, 25):
        clock.advance(breakers.status("venue").retry_after_s)
        fail(breakers)
        assert breakers.status("venue").retry_after_s == pytest.approx(expected, abs=0.01)


def test_a_probe_that_never_answers_makes_room_for_another(make_breakers: Make, clock: DrivenClock) -> None:
    breakers = make_breakers()
    fail(breakers, 3)
    clock.advance(10)
    lost = breakers.enter("venue")
    clock.advance(31)
    second = breakers.enter("venue")
    breakers.failure(lost)
    assert breakers.status("venue").state is BreakerState.HALF_OPEN, "the lost probe has no say any more"
    breakers.success(second)
    assert breakers.status("venue").state is BreakerState.CLOSED


def test_a_released_probe_decides_nothing(make_breakers: Make, clock: DrivenClock) -> None:
    breakers = make_breakers()
    fail(breakers, 3)
    clock.advance(10)
    breakers.release(breakers.enter("venue"))
    assert breakers.status("venue").state is BreakerState.HALF_OPEN
    breakers.success(breakers.enter("venue"))
    assert breakers.status("venue").state is BreakerState.CLOSED


def test_calls_from_before_it_opened_have_no_say(make_breakers: Make, clock: DrivenClock) -> None:
    breakers = make_breakers()
    early = [breakers.enter("venue") for _ in range(4)]
    fail(breakers, 3)
    clock.advance(10)
    probe = breakers.enter("venue")
    breakers.success(early[0])
    breakers.failure(early[1])
    assert breakers.status("venue").state is BreakerState.HALF_OPEN
    breakers.success(probe)
    for permit in early * 2:
        breakers.failure(permit)
    assert breakers.status("venue").state is BreakerState.CLOSED


def test_names_are_separate_and_listed(make_breakers: Make) -> None:
    breakers = make_breakers()
    fail(breakers, 3)
    breakers.enter("another")
    assert [(status.name, status.state) for status in breakers.statuses()] == [
        ("another", BreakerState.CLOSED),
        ("venue", BreakerState.OPEN),
    ]
    assert breakers.status("never used") == BreakerStatus("never used", BreakerState.CLOSED)


def test_reset_closes_by_hand(make_breakers: Make) -> None:
    breakers = make_breakers()
    fail(breakers, 3)
    breakers.reset("venue")
    breakers.enter("venue")
    assert breakers.status("venue").failures == 0


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (VenueTimeout("late"), BreakerState.OPEN),
        (UnknownOutcome("dropped"), BreakerState.OPEN),
        (AuthFailed("no"), BreakerState.CLOSED),
        (NoQuote("ours"), BreakerState.CLOSED),
        (ZeroDivisionError(), BreakerState.CLOSED),
    ],
)
def test_which_errors_count(make_breakers: Make, error: Exception, state: BreakerState) -> None:
    breakers = make_breakers()
    for _ in range(3):
        with pytest.raises(type(error)), guard_call(breakers, "venue"):
            raise error
    assert breakers.status("venue").state is state


OPERATIONS = st.sampled_from(["enter", "success", "failure", "release", "wait", "wait long"])


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(operations=st.lists(OPERATIONS, max_size=40))
def test_both_go_through_the_same_states(redis_url: str, clock: DrivenClock, operations: list[str]) -> None:
    policy = BreakerPolicy(failures=2, window_s=30, open_s=5, open_max_s=12, probe_s=7)
    name = f"b{clock.monotonic()}"
    clock.advance(0.001)
    stores: list[Breakers] = [
        MemoryBreakers(clock, policy),
        RedisBreakers(redis_url, policy=policy, clock=clock),
    ]
    permits: list[list[CallPermit]] = [[], []]
    for step, operation in enumerate(operations):
        outcomes = []
        for store, held in zip(stores, permits, strict=True):
            if operation == "enter":
                try:
                    held.append(store.enter(name))
                    outcomes.append("granted")
                except CircuitOpen:
                    outcomes.append("refused")
            elif operation.startswith("wait"):
                outcomes.append("")
            elif held:
                getattr(store, operation)(held[step % len(held)])
                outcomes.append(operation)
        if operation.startswith("wait"):
            clock.advance(2.3 if operation == "wait" else 6.1)
        assert len(set(outcomes)) <= 1
        mine, theirs = (store.status(name) for store in stores)
        assert (mine.state, mine.epoch) == (theirs.state, theirs.epoch)
        assert mine.retry_after_s == pytest.approx(theirs.retry_after_s, abs=0.01)
