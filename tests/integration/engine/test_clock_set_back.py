"""A clock that was ahead for a while and is set back silences nothing that Redis and Postgres have dates of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.clocks import ServerClock, SettableClock
from support.engine import Engine, compiled, document

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import to_ms
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.infrastructure import redis as connections
from argosy.infrastructure.config import Settings
from argosy.infrastructure.resilience.breaker import BreakerPolicy, BreakerState
from argosy.infrastructure.resilience.limits import Charge, Limit
from argosy.infrastructure.resilience.redis_breaker import RedisBreakers
from argosy.infrastructure.resilience.redis_limits import RedisRateLimiter
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import notices
from workers.sweep import Sweeper
from workers.turns import take_turn

pytestmark = pytest.mark.integration
HOUR_S = 3600


@pytest.fixture
def clock() -> SettableClock:
    """Begins at the server's time, for scripts ask the server."""
    return SettableClock(datetime.now(UTC))


@pytest.fixture
def stack(redis_url: str, database_url: str, clock: SettableClock, tmp_path: Path) -> Iterator[Engine]:
    """Ports on a settable clock; no worker."""
    settings = Settings(home=tmp_path, redis_url=redis_url, database_url=database_url)
    runtime = Runtime(settings, Endpoints(redis_url, database_url), clock=clock)
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
    yield Engine(runtime, {}, tmp_path)
    runtime.close()


def test_a_run_whose_message_was_lost_is_revived(stack: Engine, clock: SettableClock) -> None:
    run_id = stack.launch(compiled(document([("a", "b")])))
    client = connections.client(stack.runtime.endpoints.redis_url)
    client.delete("argosy.quick")
    sweeper = Sweeper()
    assert sweeper.sweep(stack.runtime).revived == 0, "it made progress just now"
    clock.step(-HOUR_S)
    assert sweeper.sweep(stack.runtime).revived == 1
    assert client.llen("argosy.quick") == 1
    assert stack.runtime.runs.meta(run_id) is not None


def test_a_run_that_began_ahead_of_the_clock_ends_after_its_own_time(
    stack: Engine, clock: SettableClock
) -> None:
    run_id = stack.launch(compiled(document([("a", "b")])), deadline_s=20)
    clock.step(-HOUR_S)
    sweeper = Sweeper()
    assert sweeper.sweep(stack.runtime).ended == 0
    clock.advance(19)
    assert sweeper.sweep(stack.runtime).ended == 0
    clock.advance(1)
    assert sweeper.sweep(stack.runtime).ended == 1
    snapshot = stack.runtime.runs.snapshot(run_id)
    assert snapshot is not None
    assert (snapshot.status, snapshot.reason) == ("failed", "the run's deadline has passed")


def test_a_turn_that_lasts_longer_than_it_may_ends(redis_url: str) -> None:
    client = connections.client(redis_url)
    assert take_turn(client, "turn", "a", 5000)
    assert not take_turn(client, "turn", "b", 5000)
    client.pexpire("turn", HOUR_S * 1000)  # what the server makes of five seconds when its clock goes back
    assert take_turn(client, "turn", "b", 5000)
    assert (client.get("turn"), client.pttl("turn") <= 5000) == (b"b", True)


def test_a_rate_limit_fills_again_and_a_penalty_ends(redis_url: str) -> None:
    clock = ServerClock(datetime.now(UTC))
    limiter, limit = RedisRateLimiter(redis_url, clock=clock), Limit("venue", 10, 10)
    assert limiter.take([Charge(limit, 10)]) == 0
    clock.step(-HOUR_S)
    assert limiter.take([Charge(limit, 10)]) == pytest.approx(10, abs=0.01)
    clock.advance(10)
    assert limiter.take([Charge(limit, 10)]) == 0
    limiter.penalise("venue", 30)
    clock.step(-HOUR_S)
    clock.advance(10)
    assert limiter.take([Charge(limit, 1)]) == pytest.approx(30, abs=0.01)
    clock.advance(30)
    assert limiter.take([Charge(limit, 1)]) == 0


def test_an_open_breaker_asks_again_after_its_time(redis_url: str) -> None:
    clock = ServerClock(datetime.now(UTC))
    policy = BreakerPolicy(failures=1, window_s=60, open_s=10, open_max_s=25, probe_s=30)
    breakers = RedisBreakers(redis_url, policy=policy, clock=clock)
    breakers.failure(breakers.enter("venue"))
    clock.step(-HOUR_S)
    assert breakers.status("venue").state is BreakerState.OPEN
    clock.advance(1)
    assert 0 < breakers.status("venue").retry_after_s <= 10
    clock.advance(10)
    breakers.enter("venue")
    assert breakers.status("venue").state is BreakerState.HALF_OPEN


def test_messages_to_people_are_sent_and_none_is_swallowed(database_url: str, clock: SettableClock) -> None:
    database = Database(database_url)
    try:
        draft = notices.Draft(key="k", level="error", title="t", body="b", at=clock.now())
        ahead = clock.now().timestamp() + 365 * 24 * HOUR_S
        early = notices.Draft(
            key="k", level="error", title="t", body="b", at=datetime.fromtimestamp(ahead, UTC), window_s=900
        )
        assert database.run(notices.post(early)) is not None
        assert database.run(notices.post(draft)) is not None, (
            "a message of its own, not a repeat of next year's"
        )
        leased = database.run(notices.lease(clock.now(), limit=10, lease_s=60))
        assert len(leased) == 2
        assert to_ms(clock.now()) < ahead * 1000
    finally:
        database.close()
