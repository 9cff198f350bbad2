"""Limiter and breakers that all integrations of a process share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from argosy.core.clock import Clock
from argosy.core.ports import EventBus
from argosy.infrastructure.logging.context import bound
from argosy.infrastructure.resilience.breaker import DEFAULT_POLICY, BreakerPolicy, Breakers, announcer
from argosy.infrastructure.resilience.limits import RateLimiter
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.redis_breaker import RedisBreakers
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter


def bound_correlation_id() -> str | None:
    """Return the correlation id of the present run, or None outside of runs."""
    return bound().get("correlation_id")


@dataclass(frozen=True, slots=True)
class Shared:
    limiter: RateLimiter | None = None
    breakers: Breakers | None = None
    correlation_id: Callable[[], str | None] = bound_correlation_id


def shared(
    redis_url: str | None,
    clock: Clock,
    events: EventBus | None = None,
    policy: BreakerPolicy = DEFAULT_POLICY,
) -> Shared:
    """Return limits and breakers in Redis for all workers, or in memory without Redis.

    Memory serves a single process. With `events` every change of a breaker is published.
    """
    on_change = None if events is None else announcer(events, clock)
    if redis_url is None:
        return Shared(MemoryRateLimiter(clock), MemoryBreakers(clock, policy, on_change))
    return Shared(RedisRateLimiter(redis_url), RedisBreakers(redis_url, policy=policy, on_change=on_change))
