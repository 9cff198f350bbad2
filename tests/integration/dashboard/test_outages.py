"""Servers that are away, and memory over time."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import psutil
import pytest
from support.engine import wait_for
from support.relay import postgres_relay, redis_relay

from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.risk.limits import KnownScopes
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.database import AsyncDatabase

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
    with serving(world, events=events, places=lambda: KnownScopes({"trading"}, {"kraken"})):
        body = {"scope": "bot:btc", "kind": "position_size", "limit": "5.5"}
        reply = world.client.put(f"{world.url}/api/v1/risk/limits/size", json=body, timeout=10)
        assert (reply.status_code, reply.json()["limit"]) == (200, "5.5")
        assert [each["id"] for each in world.get("/api/v1/risk/limits")["items"]] == ["size"]
        world.client.timeout = 10
        assert world.post("/api/v1/bots/btc/pause")["state"] == "paused"
    database = world.engine.runtime.database
    assert database.run(bots.get("btc")).state == "paused"


def test_a_hung_postgres_hangs_no_page_and_leaves_the_emergency_state(servers_only: World) -> None:
    world = servers_only
    with postgres_relay(world.database_url) as (server, url):
        database = AsyncDatabase(url, patience_s=1)
        with serving(world, database=database, clock=world.engine.runtime.clock):
            assert len(world.get("/api/v1/bots")["items"]) == 2
            assert len(world.get("/api/v1/emergency")["effective"]) == 2
            world.engine.runtime.flags.write(EmergencyFlag("bot:btc", EmergencyState.HALT, 9**9, "drill"))
            server.hang()
            for _ in range(2):  # the second finds connections that hang already
                system = bounded(world, "/api/v1/system", 200)
                assert system["silent"] == ["postgres"]
                assert (system["emergency"]["state"], system["emergency"]["known"]) == ("NORMAL", True)
                assert system["beat"] == {"known": False, "leader": None, "lastTick": None}
                overview = bounded(world, "/api/v1/emergency", 200)
                assert overview["recorded"] is False
                assert {each["scope"]: each["state"] for each in overview["states"]}["bot:btc"] == "HALT"
                assert {each["botId"]: each["state"] for each in overview["effective"]} == {
                    "btc": "HALT",
                    "run": "NORMAL",
                }
                assert bounded(world, "/api/v1/bots", 503)["error"]["code"] == "unavailable"
                health = bounded(world, "/healthz", 503)
                assert "Postgres" in [reason.partition(":")[0] for reason in health["reasons"]]
            server.go_on()
            wait_for(lambda: world.get("/api/v1/system")["silent"] == [], timeout_s=30, why="it is back")
            assert len(world.get("/api/v1/bots")["items"]) == 2


def test_a_hung_redis_is_said_and_no_number_is_made_up(servers_only: World) -> None:
    world = servers_only
    runtime = world.engine.runtime
    with redis_relay(runtime.endpoints.redis_url) as (server, url):
        hanging = {
            "events": RedisEventBus(url),
            "flags": RedisEmergencyFlags(url, hasty=True),
            "overview": RedisOverview(url),
        }
        with serving(world, **hanging), world.live() as live:
            live.subscribe("bot", botId="btc")
            first = live.next()
            assert (first["type"], abs(first["now"] - runtime.clock.now_ms()) < 5_000) == ("snapshot", True)
            seq = world.publish("alarm", title="t")
            assert live.next()["seq"] == seq
            server.hang()
            told = live.next(10)
            assert (told["type"], told["state"]) == ("stream", "stalled")
            assert told["readAt"] <= told["now"]
            system = bounded(world, "/api/v1/system", 200)
            assert system["silent"] == ["redis"]
            assert (system["workers"], system["recorder"]["lagEvents"]) == (None, None)
            assert (system["emergency"]["state"], system["emergency"]["known"]) == ("HALT", False)
            bounded(world, "/healthz", 503)
            bounded(world, "/api/v1/emergency", 200)
            server.go_on()
            told = live.next(10)
            assert (told["type"], told["state"]) == ("stream", "live")
            seq = world.publish("alarm", title="t")
            assert live.next(10)["seq"] == seq


def bounded(world: World, path: str, status: int) -> Any:
    """The answer, which must not take longer than the parts of it may wait."""
    began = time.monotonic()
    reply = world.client.get(world.url + path, timeout=20)
    assert time.monotonic() - began < 6, path
    assert reply.status_code == status, reply.text
    return reply.json()


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
