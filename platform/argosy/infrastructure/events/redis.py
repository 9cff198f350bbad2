"""Event bus on a Redis stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, cast

import orjson
import redis.asyncio

from argosy.core.event import Event, EventType, seq_key
from argosy.errors import EventsTrimmed
from argosy.infrastructure import redis as connections

STREAM = "events"


def decode(seq: bytes, fields: dict[bytes, bytes]) -> Event:
    """Return the event of one stream entry."""
    return Event(
        type=cast("EventType", fields[b"t"].decode()),
        timestamp=int(fields[b"ts"]),
        bot_id=fields[b"b"].decode() or None,
        strategy_id=fields[b"s"].decode() or None,
        run_id=fields[b"r"].decode() or None,
        node_id=fields[b"n"].decode() or None,
        data=orjson.loads(fields[b"d"]),
        seq=seq.decode(),
    )


def encode(event: Event) -> dict[str, Any]:
    return {
        "t": event.type,
        "b": event.bot_id or "",
        "s": event.strategy_id or "",
        "r": event.run_id or "",
        "n": event.node_id or "",
        "ts": event.timestamp,
        "d": orjson.dumps(event.data),
    }


class RedisEventBus:
    """Event bus on the stream `events`.

    Reads block for at most half a second at a time. So a subscriber notices `stop` or a lost server within a
    second.
    """

    _SLICE_MS = 500

    def __init__(self, url: str, *, prefix: str = connections.PREFIX, hasty: bool = False) -> None:
        """Store the address; no connection is opened.

        `hasty`: publishing fails within about two seconds, for callers that must not wait.
        """
        self._url = url
        self._hasty = hasty
        self.stream = f"{prefix}{STREAM}"
        self._async: dict[int, redis.asyncio.Redis] = {}

    def publish(self, event: Event) -> str:
        return cast(
            "bytes",
            connections.client(self._url, hasty=self._hasty).xadd(self.stream, cast("Any", encode(event))),
        ).decode()

    # --- reading ----------------------------------------------------------------------------------------

    def read(self, after: str | None = None, limit: int = 1000) -> list[Event]:
        if after is not None:
            self._check(after)
        rows = connections.client(self._url).xrange(
            self.stream, min=f"({after}" if after else "-", count=limit
        )
        return [decode(seq, fields) for seq, fields in cast("list[Any]", rows)]

    def subscribe(
        self, pattern: str = "*", after: str | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        position = self.last_seq() or "0-0" if after is None else after
        if after is not None:
            self._check(after)
        client = connections.client(self._url)
        while stop is None or not stop():
            reply = cast("Any", client.xread({self.stream: position}, count=1000, block=self._SLICE_MS))
            for seq, fields in _entries(reply):
                position = seq.decode()
                event = decode(seq, fields)
                if fnmatchcase(event.topic, pattern):
                    yield event

    async def aread(self, after: str | None, limit: int = 1000, block_ms: int = 0) -> list[Event]:
        client = self._client()
        if after is None:
            rows = await client.xrange(self.stream, count=limit)
            if rows or not block_ms:
                return [decode(seq, fields) for seq, fields in cast("Any", rows)]
        else:
            await self._acheck(after, client)
        reply = await client.xread({self.stream: after or "0-0"}, count=limit, block=block_ms or None)
        return [decode(seq, fields) for seq, fields in _entries(cast("Any", reply))]

    async def asubscribe(self, pattern: str = "*", after: str | None = None) -> AsyncIterator[Event]:
        position = await self._alast_seq() or "0-0" if after is None else after
        while True:
            for event in await self.aread(position, block_ms=self._SLICE_MS):
                position = event.seq
                if fnmatchcase(event.topic, pattern):
                    yield event

    def first_seq(self) -> str | None:
        rows = cast("list[Any]", connections.client(self._url).xrange(self.stream, count=1))
        return rows[0][0].decode() if rows else None

    def last_seq(self) -> str | None:
        rows = cast("list[Any]", connections.client(self._url).xrevrange(self.stream, count=1))
        return rows[0][0].decode() if rows else None

    async def aclose(self) -> None:
        """Close this event loop's connection."""
        client = self._async.pop(id(asyncio.get_running_loop()), None)
        if client is not None:
            await client.aclose()

    # --- helpers ----------------------------------------------------------------------------------------

    def _client(self) -> redis.asyncio.Redis:
        loop = id(asyncio.get_running_loop())
        found = self._async.get(loop)
        if found is None:
            found = self._async[loop] = connections.async_client(self._url)
        return found

    async def _alast_seq(self) -> str | None:
        rows = cast("list[Any]", await self._client().xrevrange(self.stream, count=1))
        return rows[0][0].decode() if rows else None

    def _refuse_trimmed(self, after: str, info: Any) -> None:
        """Raise EventsTrimmed if `after` is older than the first entry of a trimmed stream.

        XTRIM leaves no mark of dropped entries: after any drop, a seq before the first entry is too old.
        """
        first = info["first-entry"]
        if info["entries-added"] <= info["length"] or first is None:
            return
        oldest = first[0].decode()
        if seq_key(after) < seq_key(oldest):
            raise EventsTrimmed(
                "the events asked for are no longer kept",
                expected=f"a seq from {oldest} on",
                found=after,
                remedy="take a fresh snapshot and go on from there",
            )

    def _check(self, after: str) -> None:
        try:
            info = connections.client(self._url).xinfo_stream(self.stream)
        except redis.ResponseError:
            return  # no stream yet, so nothing was dropped
        self._refuse_trimmed(after, info)

    async def _acheck(self, after: str, client: redis.asyncio.Redis) -> None:
        try:
            info = await client.xinfo_stream(self.stream)
        except redis.ResponseError:
            return
        self._refuse_trimmed(after, info)


def _entries(reply: Any) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Return XREAD's reply in the form of either protocol version."""
    if not reply:
        return []
    pairs = reply.values() if isinstance(reply, dict) else [entries for _, entries in reply]
    rows: list[tuple[bytes, dict[bytes, bytes]]] = []
    for entries in pairs:
        for entry in entries:
            if isinstance(entry, list) and entry and isinstance(entry[0], (list, tuple)):
                rows.extend(entry)
            else:
                rows.append(entry)
    return rows
