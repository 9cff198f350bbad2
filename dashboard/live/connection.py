"""One socket: its subscription, its outbox, and the loop that sends."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from pydantic import BaseModel, ValidationError

from argosy.core.event import seq_key
from argosy.core.ports import EventBus
from argosy.errors import ArgosyError, EventsTrimmed, Unavailable
from dashboard.live.group import SocketBatch
from dashboard.live.hub import Hub, encode
from dashboard.live.meters import LiveMeters
from dashboard.live.queue import SendQueue
from dashboard.live.scope import ALL, coalescing_key, concerns
from dashboard.live.snapshot import Snapshots
from dashboard.live.wire import (
    CLIENT_MESSAGE,
    Coalesced,
    LiveError,
    LiveHeartbeat,
    LiveScope,
    LiveSnapshot,
    Ping,
    Pong,
    Reset,
    StreamStatus,
    Subscribe,
)
from dashboard.system.outside import PATIENCE_S, call

HEARTBEAT_S = 15.0
AGGREGATE_S = 1.0
REPLAY_LIMIT = 20_000
_PAGE = 500
_PENDING_REPLIES = 64

Send = Callable[[str], Awaitable[None]]


class FloodedError(Exception):
    """Raised when the client sends faster than it reads the answers."""


class Connection:
    """One client. `receive` takes its messages, `pump` sends.

    Only `pump` sends, so messages never interleave.
    """

    def __init__(self, hub: Hub, bus: EventBus, snapshots: Snapshots, meters: LiveMeters, send: Send) -> None:
        self.scope: LiveScope = ALL
        self._hub = hub
        self._bus = bus
        self._snapshots = snapshots
        self._meters = meters
        self._send_text = send
        self._outbox = SendQueue()
        self._ready: SocketBatch | None = None
        self._request: Subscribe | None = None
        self._leave = False
        self._replies: deque[BaseModel] = deque()
        self._wake = asyncio.Event()
        self._floor: tuple[int, int] | None = None
        self._batch = False
        self._lost = False
        self._stalled = False
        self._urgent = False
        self._flushed_at = float("-inf")
        self._beat_at = 0.0

    # --- from the hub -----------------------------------------------------------------------------------

    def deliver(self, batch: SocketBatch) -> None:
        """Take a batch from the hub.

        A client that keeps up is sent the shared batch as it is. Otherwise the events wait in the outbox.
        """
        self._urgent = self._urgent or batch.urgent
        if self.scope.kind != "all" and self._floor is None and self._ready is None and not self._outbox:
            self._ready = batch
        else:
            self._queue_ready()
            self._queue(batch)
        self._wake.set()

    def _queue_ready(self) -> None:
        if self._ready is not None:
            ready, self._ready = self._ready, None
            self._queue(ready)

    def _queue(self, batch: SocketBatch) -> None:
        for item in batch.items:
            if self._floor is None or seq_key(item.event.seq) > self._floor:
                self._outbox.push(item.frame, item.key)

    def lose(self) -> None:
        self._lost = True
        self._wake.set()

    def wake(self) -> None:
        self._wake.set()

    # --- from the client --------------------------------------------------------------------------------

    def receive(self, text: str) -> None:
        """Take a message of the client. Raises FloodedError when too many answers are unread."""
        try:
            message = CLIENT_MESSAGE.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "message"
            self._reply(
                LiveError(
                    code="invalid_input",
                    message=f"{where}: {first['msg']}; expected an op subscribe, unsubscribe or ping",
                )
            )
            return
        if isinstance(message, Subscribe):
            self._request = message
            self._leave = False
        elif isinstance(message, Ping):
            self._reply(Pong(now=self._hub.clock.now_ms()))
        else:
            self._request = None
            self._leave = True
        self._wake.set()

    def refuse_binary(self) -> None:
        """Answer a binary frame with an error. Raises FloodedError, as `receive` does."""
        self._reply(
            LiveError(code="invalid_input", message="expected JSON in a text frame, found a binary one")
        )

    def close(self) -> None:
        self._hub.detach(self)

    # --- sending ----------------------------------------------------------------------------------------

    async def pump(self) -> None:
        """Send until cancelled.

        Raises the socket's errors, and Unavailable when a snapshot cannot be read.
        """
        loop = asyncio.get_running_loop()
        self._beat_at = loop.time() + HEARTBEAT_S
        while True:
            await self._wait(loop)
            while self._replies:
                await self._say(self._replies.popleft())
            if self._stalled != self._hub.stalled:
                self._stalled = self._hub.stalled
                await self._say(self._stream())
            if self._leave:
                self._leave = False
                self._stop()
            if self._request is not None:
                request, self._request = self._request, None
                await self._open(request)
            elif self._outbox.overflowed or self._lost:
                await self._reset("too_old" if self._lost else "overflow")
            elif self._due(loop):
                await self._flush(loop)
            if loop.time() >= self._beat_at:
                self._beat_at = loop.time() + HEARTBEAT_S
                if not self._outbox and self._ready is None:
                    await self._say(
                        LiveHeartbeat(
                            seq=self._hub.position, now=self._hub.clock.now_ms(), read_at=self._hub.read_ms
                        )
                    )

    async def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait until there is a message to send."""
        while not (self._pending() or loop.time() >= self._beat_at or self._due(loop)):
            until = self._beat_at
            if self._outbox:
                until = min(until, self._flushed_at + AGGREGATE_S)
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(until):
                    await self._wake.wait()

    def _pending(self) -> bool:
        told = self._stalled == self._hub.stalled
        asked = self._replies or self._request or self._leave
        return bool(not told or asked or self._lost or self._outbox.overflowed)

    def _stream(self) -> StreamStatus:
        return StreamStatus(
            state="stalled" if self._hub.stalled else "live",
            now=self._hub.clock.now_ms(),
            read_at=self._hub.read_ms,
        )

    def _due(self, loop: asyncio.AbstractEventLoop) -> bool:
        if self._ready is not None:
            return True
        if not self._outbox:
            return False
        return self._urgent or self.scope.kind != "all" or loop.time() >= self._flushed_at + AGGREGATE_S

    async def _flush(self, loop: asyncio.AbstractEventLoop) -> None:
        self._urgent = False
        self._flushed_at = loop.time()
        if self._ready is not None:
            batch, self._ready = self._ready, None
            await self._whole(batch)
            return
        replaced = self._outbox.take_coalesced()
        frames = self._outbox.take()
        if replaced and self.scope.kind != "all":
            self._meters.coalesced(replaced)
            await self._say(Coalesced(count=replaced))
        await self._frames(frames)

    async def _whole(self, batch: SocketBatch) -> None:
        if self._batch and len(batch.items) > 1:
            self._meters.sent(len(batch.items))
            await self._send_text(batch.joined)
        else:
            await self._frames([item.frame for item in batch.items])

    async def _frames(self, frames: Sequence[bytes]) -> None:
        self._meters.sent(len(frames))
        if self._batch and len(frames) > 1:
            await self._send_text((b"[" + b",".join(frames) + b"]").decode())
            return
        for frame in frames:
            await self._send_text(frame.decode())

    async def _say(self, message: BaseModel) -> None:
        await self._send_text(message.model_dump_json(by_alias=True))

    def _reply(self, message: BaseModel) -> None:
        if len(self._replies) >= _PENDING_REPLIES:
            raise FloodedError
        self._replies.append(message)
        self._wake.set()

    # --- beginning --------------------------------------------------------------------------------------

    async def _open(self, request: Subscribe) -> None:
        self._stop()
        self.scope = request.scope
        self._batch = request.batch
        position = self._begin()
        try:
            if request.after is None:
                await self._snapshot(position)
            else:
                await self._resume(request.after, position)
        except ArgosyError as error:
            if error.retryable:
                raise
            self._stop()
            await self._say(LiveError(code=error.code, message=str(error)))

    def _stop(self) -> None:
        self._hub.detach(self)
        self._outbox.clear()
        self._ready = None

    def _begin(self) -> str:
        """Attach to the hub with an empty outbox, and return the hub's position.

        Attaching before the snapshot is taken loses no event in between.
        """
        self._stop()
        aggregated = self.scope.kind == "all"
        self._outbox = SendQueue(soft=0) if aggregated else SendQueue()
        self._floor = None
        self._lost = self._urgent = False
        return self._hub.attach(self)

    async def _reset(self, reason: str) -> None:
        self._meters.reset(reason)
        self._meters.dropped(self._outbox.dropped)
        position = self._begin()
        await self._say(Reset(reason="too_old" if reason == "too_old" else "overflow", seq=position))
        await self._snapshot(position)

    async def _snapshot(self, position: str) -> None:
        data = await self._snapshots.take(self.scope)
        now = self._hub.clock.now_ms()
        await self._say(LiveSnapshot(seq=position, scope=self.scope, data=data, now=now))

    async def _resume(self, after: str, position: str) -> None:
        """Send the events between `after` and `position`; newer ones already wait in the outbox."""
        if seq_key(after) > seq_key(position):
            last = await call(self._bus.last_seq)
            if last is None or seq_key(after) > seq_key(last):
                await self._reset("too_old")
            else:
                self._floor = seq_key(after)
            return
        missed = SendQueue(soft=0 if self.scope.kind == "all" else REPLAY_LIMIT, hard=REPLAY_LIMIT)
        cursor, scanned = after, 0
        while seq_key(cursor) < seq_key(position):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    events = await self._bus.aread(cursor, _PAGE, 0)
            except EventsTrimmed:
                await self._reset("too_old")
                return
            except TimeoutError:
                raise Unavailable("the event stream cannot be read: Redis does not answer in time") from None
            scanned += len(events)
            if scanned > REPLAY_LIMIT:
                await self._reset("overflow")
                return
            for event in events:
                if seq_key(event.seq) <= seq_key(position) and concerns(self.scope, event):
                    missed.push(encode(event), coalescing_key(event, aggregated=self.scope.kind == "all"))
            if not events:
                break
            cursor = events[-1].seq
        while missed:
            await self._frames(missed.take())
