"""Breakers and limits that the integrations of a process share, and their events."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from argosy.core.clock import DrivenClock, SystemClock
from argosy.errors import VenueTimeout
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.logging.context import bind
from argosy.infrastructure.resilience.breaker import BreakerPolicy, guard_call
from argosy.infrastructure.resilience.limits import Charge, Limit
from argosy.infrastructure.resilience.shared import shared


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_changes_of_a_breaker_are_published(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("redis_url") if kind == "redis" else None
    clock = DrivenClock(datetime(2026, 6, 8, tzinfo=UTC))
    bus = MemoryEventBus(clock=clock)
    common = shared(url, clock, bus, BreakerPolicy(failures=2, open_s=30))
    assert common.breakers is not None
    for _ in range(2):
        with pytest.raises(VenueTimeout), guard_call(common.breakers, "polymarket.clob"):
            raise VenueTimeout("late")
    common.breakers.reset("polymarket.clob")
    events = bus.read()
    assert [event.topic for event in events] == ["platform.breaker"] * 2
    assert [(event.data["name"], event.data["state"]) for event in events] == [
        ("polymarket.clob", "open"),
        ("polymarket.clob", "closed"),
    ]
    assert events[0].data["retryAfterS"] == pytest.approx(30, abs=0.5)
    assert common.breakers.status("polymarket.clob").state == "closed"


def test_two_workers_share_limits_through_redis(redis_url: str) -> None:
    one, other = shared(redis_url, SystemClock()), shared(redis_url, SystemClock())
    assert one.limiter is not None and other.limiter is not None
    charge = [Charge(Limit("venue", 3, 3600), 3)]
    assert one.limiter.take(charge) == 0.0
    assert other.limiter.take(charge) > 3000


def test_the_correlation_id_of_the_run_goes_along() -> None:
    common = shared(None, SystemClock())
    assert common.correlation_id() is None
    with bind(correlation_id="abc"):
        assert common.correlation_id() == "abc"
