"""Both implementations of each port, driven by one clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from argosy.core.clock import DrivenClock
from argosy.infrastructure.resilience.breaker import BreakerPolicy, Breakers, BreakerStatus
from argosy.infrastructure.resilience.limits import RateLimiter
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.redis_breaker import RedisBreakers
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter

POLICY = BreakerPolicy(failures=3, window_s=60, open_s=10, open_max_s=25, probe_s=30)


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(datetime(2026, 6, 8, tzinfo=UTC))


@pytest.fixture(params=["memory", "redis"])
def limiter(request: pytest.FixtureRequest, clock: DrivenClock) -> RateLimiter:
    if request.param == "memory":
        return MemoryRateLimiter(clock)
    return RedisRateLimiter(request.getfixturevalue("redis_url"), clock=clock)


@pytest.fixture
def changes() -> list[BreakerStatus]:
    return []


@pytest.fixture(params=["memory", "redis"])
def make_breakers(
    request: pytest.FixtureRequest, clock: DrivenClock, changes: list[BreakerStatus]
) -> Callable[[], Breakers]:
    """Return a function that makes one more worker, which shares the same breakers."""
    if request.param == "redis":
        url = request.getfixturevalue("redis_url")
        return lambda: RedisBreakers(url, policy=POLICY, on_change=changes.append, clock=clock)
    shared = MemoryBreakers(clock, POLICY, changes.append)
    return lambda: shared
