"""Contract of every rate limiter."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.core.clock import DrivenClock, SystemClock
from argosy.errors import RateLimited, Unavailable
from argosy.infrastructure.resilience.limits import Charge, Limit, RateLimiter, acquire
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter

TEN = Limit("ten", 10, 10)


def test_grants_its_capacity_at_once_and_no_more(limiter: RateLimiter) -> None:
    assert [limiter.take([Charge(TEN)]) for _ in range(10)] == [0.0] * 10
    assert limiter.take([Charge(TEN)]) == pytest.approx(1.0, abs=1e-3)


def test_refills_evenly(limiter: RateLimiter, clock: DrivenClock) -> None:
    assert limiter.take([Charge(TEN, 10)]) == 0.0
    clock.advance(2.5)
    assert limiter.take([Charge(TEN, 3)]) == pytest.approx(0.5, abs=1e-3)
    assert limiter.take([Charge(TEN, 2)]) == 0.0
    clock.advance(0.5)
    assert limiter.take([Charge(TEN)]) == 0.0


def test_never_holds_more_than_its_capacity(limiter: RateLimiter, clock: DrivenClock) -> None:
    assert limiter.take([Charge(TEN)]) == 0.0
    clock.advance(3600)
    assert limiter.take([Charge(TEN, 10)]) == 0.0
    assert limiter.take([Charge(TEN)]) > 0


def test_charges_are_taken_together_or_not_at_all(limiter: RateLimiter) -> None:
    narrow, wide = Limit("narrow", 1, 1), Limit("wide", 10, 1)
    both = [Charge(wide, 4), Charge(narrow)]
    assert limiter.take(both) == 0.0
    assert limiter.take(both) == pytest.approx(1.0, abs=1e-3)
    assert limiter.take([Charge(wide, 6)]) == 0.0, "a refused charge must cost nothing"


def test_the_same_limit_twice_in_one_step_counts_twice(limiter: RateLimiter) -> None:
    assert limiter.take([Charge(TEN, 6), Charge(TEN, 6)]) > 0
    assert limiter.take([Charge(TEN, 5), Charge(TEN, 5)]) == 0.0
    assert limiter.take([Charge(TEN)]) > 0


def test_a_penalty_blocks_until_it_is_over(limiter: RateLimiter, clock: DrivenClock) -> None:
    limiter.penalise("ten", 30)
    limiter.penalise("ten", 5)
    assert limiter.take([Charge(TEN)]) == pytest.approx(30, abs=1e-2)
    clock.advance(30.5)
    assert limiter.take([Charge(TEN)]) == 0.0


def test_acquire_waits_as_long_as_it_may(limiter: RateLimiter, clock: DrivenClock) -> None:
    limiter.take([Charge(TEN, 10)])
    start = clock.monotonic()
    acquire(limiter, [Charge(TEN, 2)], wait_s=5, clock=clock)
    assert clock.monotonic() - start == pytest.approx(2.0, abs=0.01)
    with pytest.raises(RateLimited) as caught:
        acquire(limiter, [Charge(TEN, 8)], wait_s=5, clock=clock)
    assert caught.value.retry_after_s == pytest.approx(8.0, abs=0.01)


def test_a_charge_that_never_fits_is_refused_when_written() -> None:
    with pytest.raises(ValueError, match="never fits"):
        Charge(TEN, 11)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    steps=st.lists(st.tuples(st.integers(1, 10), st.floats(0, 3, allow_nan=False)), min_size=1, max_size=40)
)
def test_both_grant_the_same(redis_url: str, clock: DrivenClock, steps: list[tuple[int, float]]) -> None:
    name = f"p{clock.monotonic()}-{len(steps)}"
    limit = Limit(name, 10, 7)
    memory, redis = MemoryRateLimiter(clock), RedisRateLimiter(redis_url, clock=clock)
    granted = 0.0
    start = clock.monotonic()
    for cost, pause in steps:
        charges = [Charge(limit, cost)]
        mine, theirs = memory.take(charges), redis.take(charges)
        assert mine == pytest.approx(theirs, abs=2e-3)
        if mine == 0.0 and theirs == 0.0:
            granted += cost
        elif mine == 0.0 or theirs == 0.0:
            break  # stored levels are rounded, so that one limiter may grant a moment earlier
        assert granted <= 10 + (clock.monotonic() - start) * limit.rate + 1e-3
        clock.advance(pause)
    clock.advance(1)


def test_without_a_clock_the_server_tells_the_time(redis_url: str) -> None:
    one, other = RedisRateLimiter(redis_url), RedisRateLimiter(redis_url)
    slow = Limit("slow", 2, 3600)
    assert one.take([Charge(slow)]) == 0.0
    assert other.take([Charge(slow)]) == 0.0
    assert 1700 < one.take([Charge(slow)]) <= 1800


def test_no_redis_is_unavailable_not_unlimited() -> None:
    limiter = RedisRateLimiter("redis://127.0.0.1:1/0", clock=SystemClock())
    with pytest.raises(Unavailable):
        limiter.take([Charge(TEN)])
