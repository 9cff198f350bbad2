"""Rate limits shared by all workers through Redis: one token bucket for each limit.

Several charges are taken in one atomic step.
"""

from __future__ import annotations

from collections.abc import Sequence

from argosy.core.clock import Clock
from argosy.infrastructure.redis import PREFIX
from argosy.infrastructure.resilience.limits import Charge
from argosy.infrastructure.resilience.scripts import Scripts


class RedisRateLimiter:
    """Token buckets in the Redis keys `argosy:limit:<name>`.

    The time is the server's unless a `clock` is given. All methods raise Unavailable.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX, clock: Clock | None = None) -> None:
        self._scripts = Scripts(url, clock)
        self._prefix = prefix

    def take(self, charges: Sequence[Charge]) -> float:
        if not charges:
            return 0.0
        numbers: list[object] = []
        for charge in charges:
            numbers += (charge.limit.capacity, charge.limit.per_s * 1000, charge.cost)
        keys = [self._key(charge.limit.name) for charge in charges]
        return int(self._scripts.run("take", keys, *numbers)) / 1_000_000

    def penalise(self, name: str, seconds: float) -> None:
        self._scripts.run("penalise", [self._key(name)], seconds * 1000)

    def _key(self, name: str) -> str:
        return f"{self._prefix}limit:{name}"
