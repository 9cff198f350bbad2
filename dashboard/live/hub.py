"""The one reader of the event stream in this process, and the fan-out to sockets."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from typing import Protocol

import orjson
from loguru import logger

from argosy.core.event import Event, seq_key
from argosy.core.ports import EventBus
from argosy.errors import EventsTrimmed
from dashboard.live.now import Now
from dashboard.live.scope import channels, coalescing_key, listens_to
from dashboard.wire.live import Scope

START = "0-0"
_BATCH = 500
_BLOCK_MS = 1_000
_LONGEST_PAUSE_S = 2.0


class Listener(Protocol):
    """A subscription. `deliver` must return at once; `frame` is the encoded event, shared by all.

    `key` names what the event replaces in a queue (see `coalescing_key`).
    """

    scope: Scope

    def deliver(self, event: Event, frame: bytes, key: str | None) -> None: ...

    def lose(self) -> None:
        """The stream was trimmed past the reader: events are missing."""
        ...


def encode(event: Event) -> bytes:
    return orjson.dumps(event.to_wire(), option=orjson.OPT_NON_STR_KEYS, default=str)


class Batches:
    """Several frames as one JSON array. Sockets of one scope send the same batches: each is joined once."""

    _KEPT = 16

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[int, ...], tuple[Sequence[bytes], str]] = OrderedDict()

    def joined(self, frames: Sequence[bytes]) -> str:
        key = tuple(map(id, frames))
        found = self._made.get(key)
        if found is None:
            # The frames are kept with the text: while they live, no other object has their ids.
            found = self._made[key] = (frames, (b"[" + b",".join(frames) + b"]").decode())
            if len(self._made) > self._KEPT:
                self._made.popitem(last=False)
        return found[1]


class Hub:
    """Runs in the event loop. `position` is the seq up to which everything has been delivered."""

    def __init__(self, bus: EventBus, now: Now, observe: Callable[[Event], None] = lambda _: None) -> None:
        self._bus = bus
        self._now = now
        self._observe = observe
        self._channels: dict[Hashable, dict[int, Listener]] = {}
        self._listeners: dict[int, Listener] = {}
        self.batches = Batches()
        self.position = START
        self.delayed = False

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def attach(self, listener: Listener) -> str:
        """From now on the listener gets what concerns it; returns the position it begins after."""
        self._listeners[id(listener)] = listener
        for channel in listens_to(listener.scope):
            self._channels.setdefault(channel, {})[id(listener)] = listener
        return self.position

    def detach(self, listener: Listener) -> None:
        if self._listeners.pop(id(listener), None) is None:
            return
        for channel in listens_to(listener.scope):
            members = self._channels.get(channel, {})
            members.pop(id(listener), None)
            if not members:
                self._channels.pop(channel, None)

    def deliver(self, event: Event) -> None:
        """One event to the overlay, the meters and everyone whom it concerns."""
        self._now.apply(event)
        self._observe(event)
        heard = [members for channel in channels(event) if (members := self._channels.get(channel))]
        if heard:
            frame = encode(event)
            single, summed = (coalescing_key(event, aggregated=aggregated) for aggregated in (False, True))
            for members in heard:
                for listener in members.values():
                    listener.deliver(event, frame, summed if listener.scope.kind == "all" else single)
        self.position = event.seq

    async def run(self, start: str) -> None:
        """Reads for ever from after `start`. A bus that is away is tried again; missed events are told."""
        self.position = start
        pause = 0.05
        while True:
            try:
                batch = await self._bus.aread(self.position, _BATCH, _BLOCK_MS)
            except EventsTrimmed as error:
                logger.warning("the event stream was trimmed past the dashboard: {}", error)
                await self._skip_to_first()
                continue
            except Exception as error:  # noqa: BLE001 - whatever the bus raises, the hub must outlive it
                self.delayed = True
                logger.warning("the event stream cannot be read, trying again in {:.2f} s: {}", pause, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            pause = 0.05
            self.delayed = False
            for event in batch:
                self.deliver(event)
            await asyncio.sleep(0)

    async def _skip_to_first(self) -> None:
        kept = await self._bus.aread(None, 1, 0)
        if kept:
            ms, n = seq_key(kept[0].seq)
            self.position = f"{ms}-{n - 1}" if n else f"{ms - 1}-{2**63}"
        for listener in list(self._listeners.values()):
            with suppress(Exception):
                listener.lose()
