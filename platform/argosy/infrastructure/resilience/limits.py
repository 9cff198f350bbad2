"""Rate limits of venues and endpoints, and the port that enforces them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from argosy.core.clock import Clock
from argosy.errors import RateLimited


@dataclass(frozen=True, slots=True)
class Limit:
    """A token bucket: `capacity` units at once, refilled evenly in `per_s` seconds.

    A venue's "6000 weight a minute" is Limit("binance", 6000, 60). The start of the venue's own window is
    unknown, so choose less than the venue allows.
    """

    name: str
    capacity: float
    per_s: float

    def __post_init__(self) -> None:
        if self.capacity <= 0 or self.per_s <= 0:
            raise ValueError(f"limit {self.name}: capacity and per_s must be positive")

    @property
    def rate(self) -> float:
        """Units for each second."""
        return self.capacity / self.per_s


@dataclass(frozen=True, slots=True)
class Charge:
    """Units to take from `limit`: 1 for a request, unless the venue weighs requests."""

    limit: Limit
    cost: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.cost <= self.limit.capacity:
            raise ValueError(f"limit {self.limit.name}: a cost of {self.cost} never fits into its capacity")


class RateLimiter(Protocol):
    """Token buckets shared by all users of one limiter (with Redis: by all workers)."""

    def take(self, charges: Sequence[Charge]) -> float:
        """Take all charges and return 0.0, or take none and return the seconds until they fit."""
        ...

    def penalise(self, name: str, seconds: float) -> None:
        """Block the limit `name` for `seconds`, as the venue demanded."""
        ...


def acquire(limiter: RateLimiter, charges: Sequence[Charge], *, wait_s: float, clock: Clock) -> None:
    """Wait up to `wait_s` seconds in all for the charges; raise RateLimited if more is needed."""
    if not charges:
        return
    start = clock.monotonic()
    while (short := limiter.take(charges)) > 0:
        left = wait_s - (clock.monotonic() - start)
        if short > left:
            names = ", ".join(charge.limit.name for charge in charges)
            raise RateLimited(
                f"our own rate limit for {names} is used up",
                expected=f"a free slot within {wait_s:g} s",
                found=f"the next one in {short:.3g} s",
                retry_after_s=short,
            )
        clock.sleep(short)
