"""Servers that are away, and memory over time."""

from __future__ import annotations

import os
import socket

import psutil
import pytest

from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.risk.desk import Places
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage import bots
from argosy.infrastructure.storage.database import AsyncDatabase

from .conftest import World, serving

pytestmark = pytest.mark.integration


@pytest.fixture
def nobody() -> str:
    """A loopback address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_without_postgres_it_says_so_and_is_no_500(servers_only: World, nobody: str) -> None:
    world = servers_only
    with serving(world, database=AsyncDatabase(f"postgresql://argosy@{nobody}/argosy")):
        health = world.get("/healthz", 503)
        assert health["status"] == "unavailable"
        assert [reason.partition(":")[0] for reason in health["reasons"]] == [
            "workers",
            "recorder",
            "Postgres",
        ]
        error = world.get("/api/v1/bots", 503)["error"]
        assert (error["code"], error["message"]) == ("unavailable", "Postgres does not answer")
        assert world.get("/api/v1/system")["emergency"]["state"] == "NORMAL"


def test_without_redis_it_says_so_and_history_still_shows(servers_only: World, nobody: str) -> None:
    world = servers_only
    with serving(world, overview=RedisOverview(f"redis://{nobody}/0")):
        health = world.get("/healthz", 503)
        assert [reason.partition(":")[0] for reason in health["reasons"]] == ["Redis", "beat"]
        assert len(world.get("/api/v1/bots")["items"]) == 2
        assert 'argosy_up{server="redis"} 0.0' in world.client.get(world.url + "/metrics").text


@pytest.mark.parametrize("hasty", [True, False], ids=["refused", "no answer in time"])
def test_what_is_saved_is_answered_so_though_nobody_can_be_told(
    servers_only: World, nobody: str, hasty: bool
) -> None:
    world = servers_only
    events = RedisEventBus(world.engine.runtime.endpoints.redis_url)
    events.publish = RedisEventBus(f"redis://{nobody}/0", hasty=hasty).publish  # type: ignore[method-assign]
    with serving(world, events=events, places=lambda: Places({"trading"}, {"kraken"})):
        body = {"scope": "bot:btc", "kind": "position_size", "limit": "5.5"}
        reply = world.client.put(f"{world.url}/api/v1/risk/limits/size", json=body, timeout=10)
        assert (reply.status_code, reply.json()["limit"]) == (200, "5.5")
        assert [each["id"] for each in world.get("/api/v1/risk/limits")["items"]] == ["size"]
        world.client.timeout = 10
        assert world.post("/api/v1/bots/btc/pause")["state"] == "paused"
    database = world.engine.runtime.database
    assert database.run(bots.get("btc")).state == "paused"


def test_memory_stays_flat_while_events_pass(world: World) -> None:
    process = psutil.Process(os.getpid())

    def load(start: int) -> int:
        for n in range(start, start + 40):
            world.start(f"r{n}")
            for node in range(100):
                last = world.node(f"r{n}", f"n{node}", outputs={"t": "x" * 400})
            last = world.finish(f"r{n}")
        world.caught_up(last)
        return process.memory_info().rss

    with world.live() as live:
        live.subscribe("bot", botId="btc")
        live.next()
        first = load(0)
        second = load(40)
    assert second - first < 12_000_000, (first, second)
