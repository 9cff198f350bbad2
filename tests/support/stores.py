"""Both run stores behind one handle: store, deliveries, events and clock."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Protocol

import orjson
import redis

from argosy.core.clock import DrivenClock, SystemClock
from argosy.core.event import Event
from argosy.core.safety.emergency import EmergencyFlag
from argosy.graph.runs import RunStore
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags, RedisEmergencyFlags
from argosy.infrastructure.state.memory import MemoryRunStore
from argosy.infrastructure.state.redis import RedisRunStore

QUEUES = ("argosy.quick", "argosy.io", "argosy.heavy")


class Handle(Protocol):
    store: RunStore

    def take(self) -> list[tuple[str, str]]:
        """Return the deliveries enqueued since the last call, oldest first."""
        ...

    def events(self) -> list[Event]: ...

    def write_flag(self, flag: EmergencyFlag) -> None: ...

    def now_ms(self) -> int: ...

    def pass_time(self, ms: int) -> None: ...


class MemoryHandle:
    def __init__(self) -> None:
        self.clock = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
        self.bus = MemoryEventBus(clock=self.clock)
        self.flags = MemoryEmergencyFlags()
        self._memory = MemoryRunStore(clock=self.clock, events=self.bus, flags=self.flags)
        self.store: RunStore = self._memory

    def take(self) -> list[tuple[str, str]]:
        taken = list(self._memory.queue)
        self._memory.queue.clear()
        return taken

    def events(self) -> list[Event]:
        return self.bus.read()

    def write_flag(self, flag: EmergencyFlag) -> None:
        self.flags.write(flag)

    def now_ms(self) -> int:
        return self.clock.now_ms()

    def pass_time(self, ms: int) -> None:
        self.clock.advance(ms / 1000)


class RedisHandle:
    def __init__(self, url: str) -> None:
        self.url = url
        self.client = redis.Redis.from_url(url)
        self.store: RunStore = RedisRunStore(url)
        self.bus = RedisEventBus(url)
        self.flags = RedisEmergencyFlags(url)

    def take(self) -> list[tuple[str, str]]:
        taken: list[tuple[str, str]] = []
        for queue in QUEUES:
            while raw := self.client.rpop(queue):
                run_id, key = orjson.loads(orjson.loads(raw)["body"])[0]
                taken.append((run_id, key))
        return taken

    def events(self) -> list[Event]:
        return self.bus.read(limit=10_000)

    def write_flag(self, flag: EmergencyFlag) -> None:
        self.flags.write(flag)

    def now_ms(self) -> int:
        return SystemClock().now_ms()

    def pass_time(self, ms: int) -> None:
        """Move due, claimed and enqueued entries into the past.

        The server has its own clock, which cannot be moved.
        """
        for queue in QUEUES:
            for at, raw in enumerate(self.client.lrange(queue, 0, -1)):
                message = orjson.loads(raw)
                rest, _, stamp = message["properties"]["delivery_tag"].rpartition(".")
                message["properties"]["delivery_tag"] = f"{rest}.{int(stamp) - ms}"
                self.client.lset(queue, at, orjson.dumps(message))
        for member, score in self.client.zscan_iter("argosy:delayed"):
            self.client.zadd("argosy:delayed", {member: score - ms})
        for field in ("last", "since"):
            if self.client.hexists("argosy:pulse", field):
                self.client.hincrby("argosy:pulse", field, -ms)
        for name in self.client.scan_iter(match="argosy:alive:*"):
            at, ttl, rest = self.client.get(name).decode().split("|", 2)
            left = self.client.pttl(name) - ms
            if left > 0:
                self.client.set(name, f"{int(at) - ms}|{ttl}|{rest}", px=left)
            else:
                self.client.delete(name)
        for name in self.client.scan_iter(match="argosy:run:*"):
            for field, value in self.client.hgetall(name).items():
                parts = value.decode(errors="replace").split("|")
                if field.startswith(b"q:"):
                    self.client.hset(name, field, int(value) - ms)
                if field.startswith(b"s:") and parts[0] in ("R", "W"):
                    at = 4 if parts[0] == "R" else 2
                    parts[at] = str(int(parts[at]) - ms)
                    if parts[0] == "R":
                        parts[5] = str(int(parts[5]) - ms)
                    self.client.hset(name, field, "|".join(parts))


tokens = itertools.count(1)


def token(owner: str = "w1") -> str:
    return f"{owner}#{next(tokens)}"
