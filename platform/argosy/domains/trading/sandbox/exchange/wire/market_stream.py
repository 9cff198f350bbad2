"""WebSocket connections of market data, shared by the wire formats."""

from __future__ import annotations

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.pairs import BOOK_STEP_MS
from argosy.domains.trading.sandbox.exchange.wire.access import exchanges_of

_PAUSE_S = 0.1

Message = Mapping[str, Any]


class MarketStream(ABC):
    """One connection: answers requests, and sends news of the subscribed markets."""

    def __init__(self, socket: WebSocket) -> None:
        self.world = exchanges_of(socket)
        self._socket = socket

    @abstractmethod
    async def answer(self, request: Any) -> Sequence[Message]:
        """Return the replies to a request; None stands for a text that is no JSON."""

    @abstractmethod
    async def news(self, now_ms: int) -> Sequence[Message]:
        """Return the messages that are due; `now_ms` is the venue's time in whole steps."""

    def now_ms(self) -> int:
        return self.world.now_ms() // BOOK_STEP_MS * BOOK_STEP_MS

    async def serve(self, first: Sequence[Message] = ()) -> None:
        """Serve an accepted connection until the client leaves."""
        await self._send(first)
        sending = asyncio.create_task(self._send_news())
        try:
            while True:
                text = await self._socket.receive_text()
                try:
                    request = orjson.loads(text)
                except orjson.JSONDecodeError:
                    request = None
                await self._send(await self.answer(request))
        except WebSocketDisconnect:
            pass
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await sending

    async def _send_news(self) -> None:
        while True:
            await asyncio.sleep(max(0.02, _PAUSE_S / self.world.clock.speed))
            await self._send(await self.news(self.now_ms()))

    async def _send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await self._socket.send_text(orjson.dumps(message).decode())


@dataclass(slots=True)
class BookChanges:
    """Levels of a book that a subscriber has, for the changes since the last message."""

    sides: tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]] = field(default_factory=lambda: ({}, {}))

    def update(self, book: tuple[list[Pair], list[Pair]]) -> tuple[list[Pair], list[Pair]]:
        """Return changed bids and asks; a level that is gone has size 0."""
        changed: list[list[Pair]] = []
        for known, levels in zip(self.sides, book, strict=True):
            now = dict(levels)
            gone = [(price, Decimal(0)) for price in known if price not in now]
            changed.append(gone + [level for level in levels if known.get(level[0]) != level[1]])
            known.clear()
            known.update(now)
        return changed[0], changed[1]
