"""A dashboard served by uvicorn in a thread, on the session's real servers."""

from __future__ import annotations

import dataclasses
import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from support.engine import Engine, engine, node_types, wait_for
from websockets.sync.client import ClientConnection, connect

from argosy.core.event import Event, EventType
from argosy.core.schedule.schedule import IntervalSchedule
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import AsyncDatabase
from argosy.infrastructure.storage.history.recording import HistoryWriter
from dashboard.__main__ import server_config
from dashboard.app import create_app
from dashboard.ports import Ports

STRATEGY = {
    "id": "pair",
    "name": "Pair arbitrage",
    "kind": "strategy",
    "schema": 1,
    "nodes": [
        {"id": "a", "type": "test.mark", "params": {"sleepS": 0}},
        {"id": "b", "type": "test.mark"},
    ],
    "edges": [{"source": "a", "sourceHandle": "value", "target": "b", "targetHandle": "items"}],
}
BOT = {
    "id": "flow",
    "name": "Flow",
    "kind": "bot",
    "schema": 1,
    "nodes": [
        {"id": "first", "type": "test.mark"},
        {
            "id": "arb",
            "type": "strategy",
            "params": {
                "strategy": "pair",
                "weight": "0.6",
                "configOverrides": {"a": {"sleepS": 0.01}},
            },
        },
    ],
    "edges": [],
}
RUNNABLE = {
    "id": "runnable",
    "name": "Runnable",
    "kind": "bot",
    "schema": 1,
    "nodes": [{"id": "a", "type": "test.mark"}, {"id": "b", "type": "test.mark"}],
    "edges": [{"source": "a", "sourceHandle": "value", "target": "b", "targetHandle": "items"}],
}


@dataclass
class Live:
    """A socket that reads with a time limit."""

    socket: ClientConnection

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def subscribe(
        self, kind: str = "all", *, after: str | None = None, batch: bool = False, **ids: str
    ) -> None:
        self.say(op="subscribe", scope={"kind": kind, **ids}, after=after, batch=batch)

    def next(self, timeout_s: float = 30) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.socket.recv(timeout_s))
        return found

    def until(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = 60) -> list[dict[str, Any]]:
        """Messages up to and with the first that is wanted."""
        ends = time.monotonic() + timeout_s
        got: list[dict[str, Any]] = []
        while True:
            message = self.next(max(0.01, ends - time.monotonic()))
            got.append(message)
            if wanted(message):
                return got


@dataclass
class World:
    """The servers behind the dashboard, and the dashboard."""

    engine: Engine
    database_url: str
    url: str = ""
    ports: Ports | None = None
    client: httpx.Client = field(default_factory=httpx.Client)
    recorded: str | None = None
    _serial: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def bus(self) -> Any:
        return self.engine.runtime.events

    def get(self, path: str, status: int = 200) -> Any:
        reply = self.client.get(self.url + path)
        assert reply.status_code == status, reply.text
        return reply.json()

    def post(self, path: str, status: int = 200, **headers: str) -> Any:
        reply = self.client.post(self.url + path, headers=headers)
        assert reply.status_code == status, reply.text
        return reply.json()

    @contextmanager
    def live(self, **options: Any) -> Iterator[Live]:
        with connect(self.url.replace("http", "ws") + "/ws", max_size=None, **options) as socket:
            yield Live(socket)

    def publish(self, type_: EventType, /, *, bot: str | None = "btc", **fields: Any) -> str:
        ids = {name: fields.pop(name, None) for name in ("strategy_id", "run_id", "node_id")}
        seq: str = self.bus.publish(
            Event(type=type_, timestamp=self.engine.runtime.clock.now_ms(), bot_id=bot, **ids, data=fields)
        )
        return seq

    def start(self, run_id: str, bot: str = "btc") -> str:
        now = self.engine.runtime.clock.now_ms()
        return self.publish(
            "run_started", bot=bot, run_id=run_id, workflow="w" * 64, kind="bot", trigger="schedule",
            correlationId="c1", scheduledAt=None, nodes=2, deadline=now + 60_000,
        )  # fmt: skip

    def node(
        self, run_id: str, node_id: str, status: str = "success", *, strategy: str | None = "arb", **data: Any
    ) -> str:
        now = self.engine.runtime.clock.now_ms()
        return self.publish(
            "node_execution", run_id=run_id, strategy_id=strategy, node_id=node_id,
            **{"status": status, "attempt": 1, "type": "test.mark", "startedAt": now, "executionTimeMs": 1.5,
               "outputs": {"value": next(self._serial)}, "truncated": False, "worker": "w1", "tweaked": False, **data},
        )  # fmt: skip

    def finish(self, run_id: str, status: str = "success", bot: str = "btc", **counts: int) -> str:
        now = self.engine.runtime.clock.now_ms()
        return self.publish(
            "run_finished", bot=bot, run_id=run_id, status=status, reason=None, correlationId="c1", startedAt=now - 5,
            durationMs=5, counts={"success": 0, "failed": 0, "skipped": 0, "cancelled": 0, **counts},
            opportunities=0, actions=0,
        )  # fmt: skip

    def record(self) -> None:
        """Writes what was published since the last call, as the recorder does."""
        feed = RecorderFeed(self.engine.runtime.endpoints.redis_url, "recorder")
        writer = HistoryWriter(self.database_url)
        try:
            while batch := feed.read(1_000, 1):
                writer.write([event for _, event in batch])
                feed.ack([seq for seq, _ in batch])
        finally:
            writer.close()

    def trim(self, seq: str) -> None:
        """Forgets what is older than `seq`, as the recorder does."""
        RecorderFeed(self.engine.runtime.endpoints.redis_url, "recorder").trim(seq)

    def caught_up(self, seq: str) -> None:
        """Until the dashboard has read the event."""
        wait_for(
            lambda: (
                self.client.get(self.url + "/metrics").status_code == 200 and self._position() >= _key(seq)
            ),
            timeout_s=30,
            why=f"the dashboard at {seq}",
        )

    def _position(self) -> tuple[int, int]:
        return _key(self.hub.position)

    @property
    def hub(self) -> Any:
        return self._app.state.hub

    def serve(self, app: Any) -> Any:
        self._app = app
        return app


def _key(seq: str) -> tuple[int, int]:
    ms, _, n = seq.partition("-")
    return int(ms), int(n)


@pytest.fixture
def servers_only(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[World]:
    """Bot `btc` with one strategy and bot `run` that workers can run; no dashboard yet."""
    with engine(redis_url, database_url, tmp_path) as made:
        database = made.runtime.database
        database.run(workflows.save(STRATEGY, "test"))
        for bot_id, document in (("btc", BOT), ("run", RUNNABLE)):
            saved = database.run(workflows.save(document, "test"))
            database.run(
                bots.save(
                    id=bot_id,
                    name=bot_id.upper(),
                    domain="trading",
                    workflow_id=saved.workflow_id,
                    workflow_digest=saved.digest,
                    capital=Decimal(1000),
                )
            )
        database.run(schedules.save(id="btc", bot_id="btc", spec=IntervalSchedule(every_s=900)))
        yield World(made, database_url)


@pytest.fixture
def world(servers_only: World) -> Iterator[World]:
    """The same with a dashboard."""
    with serving(servers_only):
        yield servers_only


@contextmanager
def serving(world: World, **others: Any) -> Iterator[World]:
    """`others` replace ports."""
    runtime = world.engine.runtime
    world.ports = Ports(
        settings=runtime.settings,
        database=AsyncDatabase(world.database_url),
        events=runtime.events,
        runs=runtime.runs,
        flags=runtime.flags,
        overview=RedisOverview(runtime.endpoints.redis_url),
        registry=node_types(),
        dispatcher=runtime.dispatcher,
        desk=runtime.desk,
        clock=runtime.clock,
        started_at=runtime.clock.now(),
        flower_url="http://127.0.0.1:1",
    )
    world.ports = dataclasses.replace(world.ports, **others)
    app = world.serve(create_app(world.ports))
    with socket.socket() as listener:
        # Accepted sockets inherit it: a client that does not read is felt soon, not after megabytes.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        listener.bind(("127.0.0.1", 0))
        world.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(server_config(app, "127.0.0.1", 0))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            wait_for(lambda: server.started, timeout_s=60, why="the dashboard serves")
            yield world
        finally:
            server.should_exit = True
            thread.join(60)
            world.client.close()
            assert not thread.is_alive()
