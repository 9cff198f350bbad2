"""Read the event stream for the recorder, in a consumer group that protects unread events."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

import redis

from argosy.core.event import Event
from argosy.errors import Unavailable
from argosy.infrastructure import redis as connections
from argosy.infrastructure.events.redis import STREAM, decode

T = TypeVar("T")
Entry = tuple[bytes, dict[bytes, bytes]]

_CLAIM_PAGE = 500
_FORGET_AFTER_MS = 3_600_000

_GROUP_FIELD = """
local function group_field(wanted)
  for _, fields in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
    local found, own = nil, false
    for i = 1, #fields, 2 do
      if fields[i] == 'name' then own = fields[i + 1] == ARGV[1] end
      if fields[i] == wanted then found = fields[i + 1] end
    end
    if own then return found end
  end
  return nil
end
"""

_KEEP = f"""{_GROUP_FIELD}
local newest = tonumber(ARGV[2])
local lag = group_field('lag')
if not lag or lag > newest or redis.call('XPENDING', KEYS[1], ARGV[1])[1] > 0 then return 0 end
return redis.call('XTRIM', KEYS[1], 'MAXLEN', newest)
"""

_TRIM = f"""{_GROUP_FIELD}
local function parts(id)
  local ms, n = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(n)
end
local function before(a, b)
  local am, an = parts(a)
  local bm, bn = parts(b)
  return am < bm or (am == bm and an < bn)
end
local delivered = group_field('last-delivered-id')
if not delivered then return 0 end
local limit = ARGV[2]
if before(delivered, limit) then limit = delivered end
local pending = redis.call('XPENDING', KEYS[1], ARGV[1])
if pending[1] > 0 and before(pending[2], limit) then limit = pending[2] end
return redis.call('XTRIM', KEYS[1], 'MINID', limit)
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Events that are not recorded yet.

    `pending`: number of events that were read and not acknowledged.
    `lag`: number of events that were never read.
    `first_pending`: seq of the oldest pending event.
    """

    pending: int
    lag: int
    first_pending: str | None

    @property
    def unrecorded(self) -> int:
        return self.pending + self.lag


class RecorderFeed:
    """Entries of the stream for one consumer of a group.

    `claim` returns entries that a consumer read and never acknowledged, for example because it was killed.
    Every method raises Unavailable when Redis cannot be reached.
    """

    def __init__(
        self,
        redis_url: str,
        group: str = "recorder",
        *,
        consumer: str | None = None,
        prefix: str = connections.PREFIX,
    ) -> None:
        self._url = redis_url
        self.group = group
        self.stream = f"{prefix}{STREAM}"
        self.consumer = consumer or f"{socket.gethostname()}:{os.getpid()}"

    def read(self, count: int, block_ms: int) -> list[tuple[str, Event]]:
        """Return up to `count` new entries, oldest first.

        Waits up to `block_ms` for the first entry (0: no wait).
        """
        reply = self._in_group(
            lambda client: client.xreadgroup(
                self.group, self.consumer, {self.stream: ">"}, count=count, block=block_ms or None
            )
        )
        return [_event(entry) for entry in _entries(reply)]

    def claim(self, min_idle_ms: int = 0) -> Iterator[list[tuple[str, Event]]]:
        """Yield pages of entries read at least `min_idle_ms` ago and not acknowledged."""
        start: Any = "0-0"
        while True:
            reply = self._in_group(partial(self._autoclaim, min_idle_ms, start))
            start, entries = reply[0], [entry for entry in reply[1] if entry and entry[1]]
            if entries:
                yield [_event(entry) for entry in entries]
            if start in (b"0-0", "0-0"):
                return

    def ack(self, seqs: Sequence[str]) -> int:
        """Acknowledge entries that are recorded for good; return how many were still pending."""
        if not seqs:
            return 0
        return int(self._in_group(lambda client: client.xack(self.stream, self.group, *seqs)))

    def pending(self) -> Backlog:
        """Return the events that are not recorded yet."""
        groups = self._in_group(lambda client: client.xinfo_groups(self.stream))
        own = next((each for each in groups if _text(each["name"]) == self.group), None)
        if own is None:
            return Backlog(0, self.length(), None)
        summary = self._in_group(lambda client: client.xpending(self.stream, self.group))
        first = summary["min"]
        lag = own.get("lag")
        return Backlog(
            int(own["pending"]), self.length() if lag is None else int(lag), _text(first) if first else None
        )

    def trim(self, min_seq: str) -> int:
        """Remove acknowledged entries before `min_seq`; return their number.

        An entry that is not acknowledged is never removed, nor any later one.
        """
        return int(
            self._in_group(lambda client: client.eval(_TRIM, 1, self.stream, self.group, min_seq))  # atomic
        )

    def keep(self, newest: int) -> int:
        """Remove all but the `newest` entries; return their number.

        Nothing is removed unless all of these entries are acknowledged.
        """
        return int(self._in_group(lambda client: client.eval(_KEEP, 1, self.stream, self.group, newest)))

    def length(self) -> int:
        with _reachable():
            return int(cast("Any", connections.client(self._url).xlen(self.stream)))

    def forget_dead(self) -> list[str]:
        """Remove consumers without pending entries and silent for an hour; return their names."""
        consumers = self._in_group(lambda client: client.xinfo_consumers(self.stream, self.group))
        dead = [
            name
            for each in consumers
            if (name := _text(each["name"])) != self.consumer
            and each["pending"] == 0
            and each["idle"] > _FORGET_AFTER_MS
        ]
        for name in dead:
            self._in_group(partial(self._forget, name))
        return dead

    def _autoclaim(self, min_idle_ms: int, start: Any, client: Any) -> Any:
        return client.xautoclaim(
            self.stream, self.group, self.consumer, min_idle_ms, start_id=start, count=_CLAIM_PAGE
        )

    def _forget(self, name: str, client: Any) -> Any:
        return client.xgroup_delconsumer(self.stream, self.group, name)

    def _in_group(self, call: Callable[[Any], Any]) -> Any:
        """Make a call in the consumer group; create a missing group first.

        The new group starts at the stream's beginning, so no event is skipped.
        """
        client = connections.client(self._url)
        with _reachable():
            try:
                return call(client)
            except redis.ResponseError as error:
                if not str(error).startswith(("NOGROUP", "ERR no such key", "no such key")):
                    raise
            try:
                client.xgroup_create(self.stream, self.group, id="0", mkstream=True)
            except redis.ResponseError as error:
                if not str(error).startswith("BUSYGROUP"):
                    raise
            return call(client)


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise Unavailable("Redis does not give the events", found=str(error).partition("\n")[0]) from error


def _event(entry: Entry) -> tuple[str, Event]:
    """Return the entry as an event; an unreadable entry becomes an alarm with its whole content."""
    seq, fields = entry
    try:
        return seq.decode(), decode(seq, fields)
    except (KeyError, ValueError) as error:
        kept = {key.decode(errors="replace"): value.decode(errors="replace") for key, value in fields.items()}
        data = {
            "code": "event_unreadable",
            "title": "an entry of the event stream is unreadable",
            "error": repr(error),
            "fields": kept,
        }
        timestamp = int(seq.partition(b"-")[0])
        return seq.decode(), Event(type="alarm", timestamp=timestamp, data=data, seq=seq.decode())


def _entries(reply: Any) -> list[Entry]:
    """Return XREADGROUP's reply for the stream in the form of either protocol version."""
    if not reply:
        return []
    entries = next(iter(reply.values())) if isinstance(reply, dict) else reply[0][1]
    if len(entries) == 1 and isinstance(entries[0], list):
        entries = entries[0]
    return [entry for entry in entries if entry[1]]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
