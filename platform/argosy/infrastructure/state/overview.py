"""The plumbing in Redis as an onlooker sees it: is it there, how long are the queues, who lives, what waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from redis.exceptions import RedisError, ResponseError

from argosy.errors import Unavailable
from argosy.infrastructure.redis import PREFIX, probe_client

QUEUES = ("argosy.quick", "argosy.io", "argosy.heavy", "argosy.control")
RECORDER = "recorder"


@dataclass(frozen=True, slots=True)
class WorkerSign:
    """A worker process that said it lives. `owner` is "<host>:<pid>:<unique>", `ttl_ms` how long that holds."""

    owner: str
    pid: int | None
    ttl_ms: int


@contextmanager
def reachable() -> Iterator[None]:
    """A Redis that does not answer is our own `Unavailable`."""
    try:
        yield
    except RedisError as error:
        raise Unavailable(
            "Redis does not answer", found=str(error), remedy="`argosy doctor` checks the servers"
        ) from error


class RedisOverview:
    """Answers within about a second or raises Unavailable: it never retries, unlike the clients that work."""

    def __init__(self, url: str, *, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self._client = probe_client(url)

    def ping(self) -> None:
        with reachable():
            self._client.ping()

    def queue_lengths(self) -> dict[str, int]:
        """Messages that wait, by queue; those a worker holds are not counted."""
        with reachable(), self._client.pipeline(transaction=False) as pipe:
            for queue in QUEUES:
                pipe.llen(queue)
            return dict(zip(QUEUES, pipe.execute(), strict=True))

    def workers(self) -> list[WorkerSign]:
        """Worker processes with a living sign, by owner."""
        start = f"{self._prefix}alive:"
        with reachable(), self._client.pipeline(transaction=False) as pipe:
            names = sorted(cast("Any", self._client.scan_iter(match=f"{start}*", count=1000)))
            for name in names:
                pipe.pttl(name)
            ttls = pipe.execute() if names else []
        found = []
        for name, ttl in zip(names, ttls, strict=True):
            owner = name.decode().removeprefix(start)
            pid = owner.split(":")[1] if owner.count(":") >= 1 else ""
            if ttl > 0:
                found.append(WorkerSign(owner, int(pid) if pid.isdigit() else None, int(ttl)))
        return found

    def unrecorded(self) -> int:
        """Published events that the recorder has not committed: not read yet, or read and not acknowledged."""
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


def _text(group: Any) -> str:
    return cast("bytes", group["last-delivered-id"]).decode()
