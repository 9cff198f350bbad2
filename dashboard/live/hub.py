"""The one reader of the event stream in this process, and the fan-out to sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

import orjson
from loguru import logger

from argosy.core.clock import Clock, SystemClock
from argosy.core.event import Event, seq_key
from argosy.core.ports import EventBus
from argosy.errors import EventsTrimmed
from dashboard.live.group import Group, Listener
from dashboard.live.now import Now
from dashboard.live.scope import channels, listens_to
from dashboard.live.wire import LiveScope

START = "0-0"
_BATCH = 500
_BLOCK_MS = 1_000
_PATIENCE_S = 2.0
"""Seconds that a read of the stream may take beyond its own waiting time.

A longer read counts as hung.
"""
_LONGEST_PAUSE_S = 2.0


def encode(event: Event) -> bytes:
    return orjson.dumps(event.to_wire(), option=orjson.OPT_NON_STR_KEYS, default=str)


class Hub:
    """Reader of the event stream, in the event loop.

    `position` is the seq of the last delivered event. `read_ms` is the time of the last read, by the server's
    clock. `stalled` is true while the stream cannot be read.
    """

    def __init__(
        self,
        bus: EventBus,
        now: Now,
        observe: Callable[[Event], None] = lambda _: None,
        clock: Clock | None = None,
    ) -> None:
        self.clock: Clock = clock or SystemClock()
        self.read_ms: int | None = None
        self._bus = bus
        self._now = now
        self._observe = observe
        self._channels: dict[Hashable, dict[LiveScope, Group]] = {}
        self._groups: dict[LiveScope, Group] = {}
        self._touched: list[Group] = []
        self.position = START
        self.stalled = False

    @property
    def listeners(self) -> int:
        return sum(len(group.members) for group in self._groups.values())

    def attach(self, listener: Listener) -> str:
        """Add a listener to the group of its scope; return the position after which it begins."""
        group = self._groups.get(listener.scope)
        if group is None:
            group = self._groups[listener.scope] = Group(listener.scope)
            for channel in listens_to(group.scope):
                self._channels.setdefault(channel, {})[group.scope] = group
        group.flush()
        group.members[id(listener)] = listener
        return self.position

    def detach(self, listener: Listener) -> None:
        group = self._groups.get(listener.scope)
        if group is None or group.members.pop(id(listener), None) is None or group.members:
            return
        group.close()
        del self._groups[group.scope]
        for channel in listens_to(group.scope):
            members = self._channels[channel]
            del members[group.scope]
            if not members:
                del self._channels[channel]

    def deliver(self, event: Event) -> None:
        """Pass one event to the overlay, the meters and the groups of its scopes.

        `settle` sends it.
        """
        self._now.apply(event)
        self._observe(event)
        groups = [members for channel in channels(event) if (members := self._channels.get(channel))]
        if groups:
            frame = encode(event)
            for members in groups:
                for group in members.values():
                    if group.add(event, frame):
                        self._touched.append(group)
        self.position = event.seq

    def settle(self) -> None:
        touched, self._touched = self._touched, []
        for group in touched:
            group.settle()

    async def run(self, start: str) -> None:
        """Read the stream after `start` for ever.

        After a failure the read is repeated. Listeners are notified of missed events.
        """
        self.position = start
        pause = 0.05
        while True:
            try:
                async with asyncio.timeout(_BLOCK_MS / 1000 + _PATIENCE_S):
                    batch = await self._bus.aread(self.position, _BATCH, _BLOCK_MS)
            except EventsTrimmed as error:
                logger.warning("the event stream was trimmed past the dashboard: {}", error)
                await self._skip_to_first()
                continue
            except TimeoutError:
                self._stall(True)
                logger.warning("the event stream cannot be read: Redis does not answer in time")
                continue
            except Exception as error:  # noqa: BLE001 - the hub must survive every error of the bus
                self._stall(True)
                logger.warning("the event stream cannot be read, trying again in {:.2f} s: {}", pause, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE_S)
                continue
            pause = 0.05
            self.read_ms = self.clock.now_ms()
            self._stall(False)
            for event in batch:
                try:
                    self.deliver(event)
                except Exception:  # noqa: BLE001 - an invalid event must not stop the view of all others
                    logger.exception("event {} ({}) cannot be shown and is left out", event.seq, event.type)
                    self.position = event.seq
            self.settle()
            await asyncio.sleep(0)

    def _stall(self, stalled: bool) -> None:
        """Notify every client when the stream stalls or continues: its page may be outdated."""
        if stalled == self.stalled:
            return
        self.stalled = stalled
        for group in self._groups.values():
            for listener in group.members.values():
                listener.wake()

    async def _skip_to_first(self) -> None:
        kept = await self._bus.aread(None, 1, 0)
        if kept:
            ms, n = seq_key(kept[0].seq)
            self.position = f"{ms}-{n - 1}" if n else f"{ms - 1}-{2**63}"
        for group in self._groups.values():
            for listener in group.members.values():
                listener.lose()
