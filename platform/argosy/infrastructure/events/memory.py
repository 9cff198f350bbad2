"""Event bus inside one process: for tests, notebooks and backtests."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from fnmatch import fnmatchcase

from argosy.core.clock import Clock, SystemClock
from argosy.core.event import Event, seq_key
from argosy.errors import EventsTrimmed


class MemoryEventBus:
    """Event bus that keeps the last `maxlen` events in memory."""

    def __init__(self, *, maxlen: int = 100_000, clock: Clock | None = None) -> None:
        self._events: deque[Event] = deque(maxlen=maxlen)
        self._changed = threading.Condition()
        self._clock = clock or SystemClock()
        self._last = (0, -1)
        self._trimmed: str | None = None

    def publish(self, event: Event) -> str:
        with self._changed:
            ms = max(self._clock.now_ms(), self._last[0])
            self._last = (ms, self._last[1] + 1 if ms == self._last[0] else 0)
            seq = f"{self._last[0]}-{self._last[1]}"
            if len(self._events) == self._events.maxlen:
                self._trimmed = self._events[0].seq
            self._events.append(event.with_seq(seq))
            self._changed.notify_all()
            return seq

    def read(self, after: str | None = None, limit: int = 1000) -> list[Event]:
        with self._changed:
            return self._after(after, limit)

    def _after(self, after: str | None, limit: int) -> list[Event]:
        if after is None:
            return [event for event, _ in zip(self._events, range(limit), strict=False)]
        position = seq_key(after)
        if self._trimmed is not None and position < seq_key(self._trimmed):
            raise EventsTrimmed(
                "the events asked for are no longer kept",
                expected=f"a seq from {self._trimmed} on",
                found=after,
                remedy="take a fresh snapshot and go on from there",
            )
        found: list[Event] = []
        for event in reversed(self._events):
            if seq_key(event.seq) <= position:
                break
            found.append(event)
        found.reverse()
        return found[:limit]

    def subscribe(
        self, pattern: str = "*", after: str | None = None, *, stop: Callable[[], bool] | None = None
    ) -> Iterator[Event]:
        position = self.last_seq() or "0-0" if after is None else after
        while stop is None or not stop():
            with self._changed:
                batch = self._after(position, 1000)
                if not batch:
                    self._changed.wait(0.05)
            for event in batch:
                position = event.seq
                if fnmatchcase(event.topic, pattern):
                    yield event

    async def aread(self, after: str | None, limit: int = 1000, block_ms: int = 0) -> list[Event]:
        waited = 0
        while True:
            batch = self.read(after, limit)
            if batch or waited >= block_ms:
                return batch
            await asyncio.sleep(0.01)
            waited += 10

    async def asubscribe(self, pattern: str = "*", after: str | None = None) -> AsyncIterator[Event]:
        position = self.last_seq() or "0-0" if after is None else after
        while True:
            for event in await self.aread(position, block_ms=500):
                position = event.seq
                if fnmatchcase(event.topic, pattern):
                    yield event

    def first_seq(self) -> str | None:
        with self._changed:
            return self._events[0].seq if self._events else None

    def last_seq(self) -> str | None:
        with self._changed:
            return self._events[-1].seq if self._events else None
