"""Read-only view of Redis: reachability, queue lengths, workers, and backlog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
from redis.exceptions import RedisError, ResponseError

from argosy.errors import Unavailable
from argosy.infrastructure.redis import PREFIX, probe_client

QUEUES = ("argosy.quick", "argosy.io", "argosy.heavy", "argosy.venue", "argosy.control")
RECORDER = "recorder"
FAILING_KEY = f"{PREFIX}failing"
"""Hash of failing maintenance tasks: {task: {"count", "since" (Unix ms), "error"}}."""


@dataclass(frozen=True, slots=True)
class WorkerSign:
    """Worker process with a heartbeat, or without one although it exists (`silent_ms`).

    `owner` is "<host>:<pid>:<unique>". `ttl_ms` is the remaining validity of the heartbeat. `about` is the
    process's description: host, version, digest of its node types, and nodes that block it past their time limit.
    """

    owner: str
    pid: int | None
    ttl_ms: int
    about: Mapping[str, Any] = field(default_factory=dict)
    silent_ms: int | None = None

    @property
    def host(self) -> str:
        return str(self.about.get("host") or self.owner.partition(":")[0])

    @property
    def name(self) -> str:
        return str(self.about.get("name") or self.owner)

    @property
    def held(self) -> list[Mapping[str, Any]]:
        """Nodes past their time limit that did not stop: run, node, limitS, sinceMs."""
        return list(self.about.get("held") or [])

    @property
    def build(self) -> tuple[str, str] | None:
        """Version and digest of node types. Two workers of one installation share both."""
        types = self.about.get("types")
        return None if types is None else (str(self.about.get("version")), str(types))


@contextmanager
def reachable() -> Iterator[None]:
    """Convert a Redis error to `Unavailable`."""
    try:
        yield
    except RedisError as error:
        raise Unavailable(
            "Redis does not answer", found=str(error), remedy="`argosy doctor` checks the servers"
        ) from error


class RedisOverview:
    """Read-only view of Redis.

    Every call answers within about a second or raises Unavailable. Unlike the working clients, this one never
    retries.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self._client = probe_client(url)

    def ping(self) -> None:
        with reachable():
            self._client.ping()

    def queue_lengths(self) -> dict[str, int]:
        """Return the number of waiting messages by queue. Messages held by workers do not count."""
        with reachable(), self._client.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.llen(queue)
            return dict(zip(QUEUES, pipe.execute(), strict=True))

    def workers(self) -> list[WorkerSign]:
        """Return worker processes, ordered by owner.

        Included are those with a heartbeat, and those that exist without one.
        """
        with reachable():
            rows = cast("Any", self._client.zrange(f"{self._prefix}workers", 0, -1))
            owners = sorted(row.decode() for row in rows)
            with self._client.pipeline(transaction=False) as pipe:
                pipe.time()
                for owner in owners:
                    pipe.pttl(f"{self._prefix}alive:{owner}")
                    pipe.get(f"{self._prefix}silent:{owner}")
                    pipe.get(f"{self._prefix}worker:{owner}")
                now, *facts = pipe.execute()
        now_ms = now[0] * 1000 + now[1] // 1000
        found = []
        for owner, ttl, silent, about in zip(owners, facts[::3], facts[1::3], facts[2::3], strict=True):
            if ttl <= 0 and silent is None:
                continue
            pid = owner.split(":")[1] if owner.count(":") >= 1 else ""
            found.append(
                WorkerSign(
                    owner,
                    int(pid) if pid.isdigit() else None,
                    max(int(ttl), 0),
                    orjson.loads(about) if about else {},
                    now_ms - int(silent) if ttl <= 0 else None,
                )
            )
        return found

    def unrecorded(self) -> int:
        """Return the number of published events that the recorder has not committed.

        They are either not read yet, or read and not acknowledged.
        """
        stream = f"{self._prefix}events"
        with reachable():
            try:
                groups = cast("Any", self._client.xinfo_groups(stream))
            except ResponseError:
                return 0
            for group in groups:
                if group["name"] == RECORDER.encode():
                    lag = group.get("lag")
                    if lag is None:
                        lag = len(cast("Any", self._client.xrange(stream, f"({_text(group)}", "+", 100_000)))
                    return int(lag) + int(group["pending"])
            return int(cast("Any", self._client.xlen(stream)))

    def failing(self) -> dict[str, tuple[int, str]]:
        """Return failing maintenance tasks with the number of failures in a row and the error."""
        with reachable():
            raw = cast("dict[bytes, bytes]", self._client.hgetall(FAILING_KEY))
        found = {}
        for task, record in raw.items():
            try:
                read = orjson.loads(record)
                found[task.decode()] = (int(read["count"]), str(read["error"]))
            except (ValueError, KeyError, TypeError):
                found[task.decode()] = (0, "its record cannot be read")
        return found

    def recorder_idle_s(self) -> float | None:
        """Return seconds since a recorder last asked for events; None if none ever did."""
        with reachable():
            try:
                consumers = cast("Any", self._client.xinfo_consumers(f"{self._prefix}events", RECORDER))
            except ResponseError:
                return None
        return min((int(consumer["idle"]) / 1000 for consumer in consumers), default=None)


def _text(group: Any) -> str:
    return cast("bytes", group["last-delivered-id"]).decode()
