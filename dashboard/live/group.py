"""Groups of sockets with the same scope: their events are collected and joined once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from argosy.core.event import Event
from dashboard.live.scope import URGENT, coalescing_key
from dashboard.live.wire import LiveScope

LARGEST = 256
_PACE_PER_SOCKET_S = 0.0002
_LONGEST_PACE_S = 0.05


class Item:
    """One encoded event; `key` names the queued event that it replaces (see `coalescing_key`)."""

    __slots__ = ("event", "frame", "key")

    def __init__(self, event: Event, frame: bytes, key: str | None) -> None:
        self.event = event
        self.frame = frame
        self.key = key


class SocketBatch:
    """Events in order, shared by all sockets of a group."""

    def __init__(self, items: Sequence[Item]) -> None:
        self.items = items

    @cached_property
    def joined(self) -> str:
        """JSON array of all frames."""
        return (b"[" + b",".join(item.frame for item in self.items) + b"]").decode()

    @cached_property
    def urgent(self) -> bool:
        return any(item.event.type in URGENT for item in self.items)


class Listener(Protocol):
    """A subscription. `deliver` must return at once."""

    scope: LiveScope

    def deliver(self, batch: SocketBatch) -> None: ...

    def lose(self) -> None:
        """Note that the stream was trimmed past the reader: events are missing."""
        ...

    def wake(self) -> None:
        """Note that the stream stalled or continues."""
        ...


class Group:
    """The listeners of one scope.

    A single listener gets its events at once. Many listeners wait up to 50 ms, to share the work.
    """

    def __init__(self, scope: LiveScope) -> None:
        self.scope = scope
        self.members: dict[int, Listener] = {}
        self._waiting: list[Item] = []
        self._timer: asyncio.TimerHandle | None = None
        self._flushed_at = float("-inf")

    def add(self, event: Event, frame: bytes) -> bool:
        """Queue an event; return True for the first one since the last flush."""
        key = coalescing_key(event, aggregated=self.scope.kind == "all")
        self._waiting.append(Item(event, frame, key))
        return len(self._waiting) == 1

    def settle(self) -> None:
        """Send queued events now, or at the time of the next flush."""
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        at = self._flushed_at + self._pace()
        if loop.time() >= at or len(self._waiting) >= LARGEST:
            self.flush()
        elif self._timer is None:
            self._timer = loop.call_at(at, self.flush)

    def flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._flushed_at = asyncio.get_running_loop().time()
        while self._waiting:
            batch = SocketBatch(self._waiting[:LARGEST])
            del self._waiting[:LARGEST]
            for member in list(self.members.values()):
                member.deliver(batch)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()

    def _pace(self) -> float:
        others = len(self.members) - 1
        return min(_LONGEST_PACE_S, others * _PACE_PER_SOCKET_S)
