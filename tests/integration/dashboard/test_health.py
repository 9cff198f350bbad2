"""`/healthz` is green only while runs can happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from support.clocks import SettableClock

from argosy.core.event import Event
from argosy.infrastructure import redis as connections
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.storage.catalog import schedules
from argosy.infrastructure.storage.engine.leadership import Leadership

from .conftest import World, serving

pytestmark = pytest.mark.integration


@contextmanager
def leading(world: World) -> Iterator[None]:
    leadership = Leadership(world.database_url, channel=schedules.CHANNEL)
    assert leadership.acquire(1)
    yield
    leadership.resign()


def reasons(world: World, status: int = 503) -> list[str]:
    return [reason.partition(":")[0] for reason in world.get("/healthz", status)["reasons"]]


def test_green_needs_a_leading_beat_a_worker_and_a_recorder(servers_only: World) -> None:
    runtime = servers_only.engine.runtime
    clock = SettableClock(runtime.clock.now())
    with serving(servers_only, clock=clock) as world:
        assert reasons(world) == ["workers", "recorder", "beat"]
        with leading(world):
            assert reasons(world) == ["workers", "recorder"]
            runtime.runs.beat("host:1:x", 60_000)
            assert reasons(world) == ["recorder"]
            feed = RecorderFeed(runtime.endpoints.redis_url)
            feed.read(10, 0)
            assert world.get("/healthz", 200) == {"status": "ok", "reasons": []}

            # The recorder reads, and cannot write: what waits stays the same.
            runtime.events.publish(Event(type="alarm", timestamp=clock.now_ms(), data={"title": "t"}))
            assert reasons(world, 200) == []
            clock.advance(61)
            assert reasons(world) == ["recorder"]
            feed.ack([seq for seq, _ in feed.read(10, 0)])
            assert reasons(world, 200) == []

            # No worker is alive any more.
            connections.client(runtime.endpoints.redis_url).delete("argosy:alive:host:1:x")
            assert reasons(world) == ["workers"]
        assert "beat" in reasons(world)


def test_a_worker_of_other_queues_only_starts_no_run(servers_only: World) -> None:
    runtime = servers_only.engine.runtime
    with serving(servers_only) as world, leading(world):
        RecorderFeed(runtime.endpoints.redis_url).read(10, 0)
        runtime.runs.beat("host:1:x", 60_000)
        data = {"name": "heavy1", "owner": "host:1:x", "queues": ["argosy.heavy"]}
        seq = runtime.events.publish(Event(type="worker", timestamp=runtime.clock.now_ms(), data=data))
        world.caught_up(seq)
        control, venue = world.get("/healthz", 503)["reasons"]
        assert "none takes from argosy.control" in control
        assert "none takes from argosy.venue" in venue
