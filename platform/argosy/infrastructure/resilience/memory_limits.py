"""Rate limits inside one process, equal to the Redis limiter: for tests, replays, notebooks."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from argosy.core.clock import Clock
from argosy.infrastructure.resilience.limits import Charge


class MemoryRateLimiter:
    """Token buckets on the clock's monotonic time; safe for threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}
        self._blocked: dict[str, float] = {}

    def take(self, charges: Sequence[Charge]) -> float:
        with self._lock:
            now = self._clock.monotonic()
            wait = 0.0
            levels: dict[str, float] = {}
            for charge in charges:
                limit = charge.limit
                tokens, at = self._buckets.get(limit.name, (limit.capacity, now))
                tokens = levels.get(limit.name, min(limit.capacity, tokens + (now - at) * limit.rate))
                levels[limit.name] = tokens - charge.cost
                wait = max(
                    wait,
                    (charge.cost - tokens) / limit.rate if tokens < charge.cost else 0.0,
                    self._blocked.get(limit.name, now) - now,
                )
            if wait <= 0:
                self._buckets.update((name, (tokens, now)) for name, tokens in levels.items())
            return max(0.0, wait)

    def penalise(self, name: str, seconds: float) -> None:
        with self._lock:
            until = self._clock.monotonic() + seconds
            self._blocked[name] = max(self._blocked.get(name, until), until)
