"""Retry, circuit breaker and rate limit around a call. Run it with `python examples/resilience.py`."""

from __future__ import annotations

from datetime import UTC, datetime

from argosy.core.clock import DrivenClock
from argosy.errors import CircuitOpen, RateLimited, VenueUnavailable
from argosy.infrastructure.resilience.breaker import BreakerPolicy, guard_call
from argosy.infrastructure.resilience.limits import Charge, Limit, acquire
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.retry import CallRetryPolicy


class Venue:
    """Venue that fails a given number of times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def price(self) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise VenueUnavailable("the venue does not answer")
        return 100


def main() -> int:
    clock = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
    venue = Venue(failures=2)
    price = CallRetryPolicy(attempts=3, wait_initial_s=0.01, jitter_s=0.0).run(venue.price)
    print(f"retry: {price} after {venue.calls} calls")

    down = Venue(failures=2)
    breakers = MemoryBreakers(clock, BreakerPolicy(failures=2, open_s=10.0))
    for _ in range(3):
        try:
            with guard_call(breakers, "venue"):
                down.price()
        except CircuitOpen:
            print(f"breaker: open after {down.calls} calls")
        except VenueUnavailable:
            pass
    clock.advance(11)
    with guard_call(breakers, "venue"):
        print(f"breaker: probe returns {down.price()}")

    limiter, charge = MemoryRateLimiter(clock), Charge(Limit("venue", capacity=2, per_s=10))
    for number in (1, 2, 3):
        try:
            acquire(limiter, [charge], wait_s=1.0, clock=clock)
            print(f"limit: call {number} may start")
        except RateLimited as error:
            print(f"limit: call {number} waits {error.retry_after_s:g} s")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
