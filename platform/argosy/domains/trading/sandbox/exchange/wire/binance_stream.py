"""Binance spot: market streams over a WebSocket.

The streams are trades, best prices, depth, candles and tickers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from argosy.domains.trading.sandbox.exchange.pairs import BOOK_STEP_MS
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.binance import (
    INTERVALS_S,
    book_at,
    markets_of,
)
from argosy.domains.trading.sandbox.exchange.wire.market_stream import MarketStream, Message
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld

_MOST_STREAMS = 1024
_NAME = re.compile(
    r"(?P<symbol>[a-z0-9]+)@(?P<kind>trade|aggTrade|bookTicker|miniTicker|ticker|depth|kline)"
    r"(?P<depth>5|10|20)?(?:_(?P<interval>\w+))?(?:@(?P<speed>100ms|1000ms))?"
)


def routes() -> list[WebSocketRoute]:
    return [
        WebSocketRoute("/ws", _raw),
        WebSocketRoute("/ws/{names:path}", _raw),
        WebSocketRoute("/stream", _combined),
    ]


async def _raw(socket: WebSocket) -> None:
    """Serve `/ws/NAME/NAME`.

    A bare number in the path opens a connection without streams, as some clients do.
    """
    names = [name for name in socket.path_params.get("names", "").split("/") if name and not name.isdecimal()]
    await _serve(_Connection(socket, combined=False), socket, names)


async def _combined(socket: WebSocket) -> None:
    names = [name for name in socket.query_params.get("streams", "").split("/") if name]
    await _serve(_Connection(socket, combined=True), socket, names)


async def _serve(connection: _Connection, socket: WebSocket, names: list[str]) -> None:
    await socket.accept()
    if connection.subscribe(names) is not None:
        await socket.close(1008, "Invalid request")
        return
    await connection.serve()


@dataclass(slots=True)
class _BinanceStream:
    """One subscription.

    `seen_ms` is the venue's time up to which events were sent.
    """

    name: str
    market: quotes.Market
    kind: str
    interval: str
    levels: int
    period_ms: int
    seen_ms: int

    @property
    def symbol(self) -> str:
        return self.market.base + self.market.quote


class _Connection(MarketStream):
    def __init__(self, socket: WebSocket, *, combined: bool) -> None:
        super().__init__(socket)
        self.combined = combined
        self.streams: dict[str, _BinanceStream] = {}

    async def answer(self, request: Any) -> Sequence[Message]:
        """Answer the client's requests: SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS."""
        return [self._answer(request)]

    def _answer(self, request: Any) -> Message:
        if not isinstance(request, dict):
            return {"error": {"code": 3, "msg": "Invalid JSON: expected an object"}}
        number, method, names = request.get("id"), request.get("method"), request.get("params", [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            return {
                "error": {"code": 2, "msg": "Invalid request: params must be an array of strings"},
                "id": number,
            }
        if method == "SUBSCRIBE":
            refused = self.subscribe(names)
            if refused is not None:
                return {"error": {"code": 2, "msg": f"Invalid request: {refused}"}, "id": number}
            return {"result": None, "id": number}
        if method == "UNSUBSCRIBE":
            for name in names:
                self.streams.pop(name, None)
            return {"result": None, "id": number}
        if method == "LIST_SUBSCRIPTIONS":
            return {"result": list(self.streams), "id": number}
        return {"error": {"code": 2, "msg": "Invalid request: unknown method"}, "id": number}

    def subscribe(self, names: list[str]) -> str | None:
        """Add all streams, or none.

        Returns None on success, else the first unknown name or "too many streams".
        """
        found = {}
        for name in names:
            stream = _stream_of(self.world, name)
            if stream is None:
                return name
            found[name] = stream
        if len(self.streams | found) > _MOST_STREAMS:
            return "too many streams"
        self.streams |= {name: one for name, one in found.items() if name not in self.streams}
        return None

    async def news(self, now_ms: int) -> Sequence[Message]:
        found: list[Message] = []
        for stream in list(self.streams.values()):
            if now_ms - stream.seen_ms < stream.period_ms:
                continue
            for event in await _EVENTS[stream.kind](self.world, stream, now_ms):
                found.append({"stream": stream.name, "data": event} if self.combined else event)
            stream.seen_ms = now_ms
        return found


def _stream_of(world: ExchangeWorld, name: str) -> _BinanceStream | None:
    found = _NAME.fullmatch(name)
    market = None if found is None else markets_of(world).get(found["symbol"].upper())
    if found is None or market is None:
        return None
    kind, interval = found["kind"], found["interval"] or ""
    if (kind == "kline") != (interval in INTERVALS_S) or (found["depth"] and kind != "depth"):
        return None
    period_ms = 1000
    if kind in {"bookTicker", "trade", "aggTrade"} or found["speed"] == "100ms":
        period_ms = BOOK_STEP_MS
    now_ms = world.now_ms() // BOOK_STEP_MS * BOOK_STEP_MS
    levels = int(found["depth"] or 0)
    return _BinanceStream(name, market, "partial" if levels else kind, interval, levels, period_ms, now_ms)


async def _trades(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    found = await prints.trades(world, stream.market, limit=100, since_ms=stream.seen_ms + 1, until_ms=now_ms)
    events = []
    for one in found:
        event = {
            "e": stream.kind,
            "E": now_ms,
            "s": stream.symbol,
            "p": f"{one.price:.8f}",
            "q": f"{one.size:.8f}",
            "T": one.at_ms,
            "m": one.sold,
            "M": True,
        }
        events.append(
            event | ({"t": one.id} if stream.kind == "trade" else {"a": one.id, "f": one.id, "l": one.id})
        )
    return events


async def _best(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    """Return the best bid and ask if they have changed since the last event."""
    book, before = (book_at(world, stream.market, ms, 1) for ms in (now_ms, stream.seen_ms))
    if book is None or book == before:
        return []
    ((bid, bid_size),), ((ask, ask_size),) = book
    return [
        {
            "u": now_ms,
            "s": stream.symbol,
            "b": f"{bid:.8f}",
            "B": f"{bid_size:.8f}",
            "a": f"{ask:.8f}",
            "A": f"{ask_size:.8f}",
        }
    ]


async def _partial(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    book = book_at(world, stream.market, now_ms, stream.levels)
    if book is None:
        return []
    bids, asks = ([[f"{price:.8f}", f"{size:.8f}"] for price, size in side] for side in book)
    return [{"lastUpdateId": now_ms, "bids": bids, "asks": asks}]


async def _depth(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    """Return all levels of the book, and levels gone since the last event with size 0.

    A level counts as gone if any book of at most the last ten periods had it.
    """
    book = book_at(world, stream.market, now_ms)
    if book is None:
        return []
    first_ms = max(stream.seen_ms, now_ms - 10 * stream.period_ms)
    sides: list[list[list[str]]] = []
    for side, levels in enumerate(book):
        now = dict(levels)
        old: dict[Decimal, Decimal] = {}
        for moment_ms in range(first_ms, now_ms, BOOK_STEP_MS):
            between = book_at(world, stream.market, moment_ms)
            old |= dict(between[side]) if between is not None else {}
        gone = [[f"{price:.8f}", "0.00000000"] for price in old if price not in now]
        sides.append(gone + [[f"{price:.8f}", f"{size:.8f}"] for price, size in levels])
    return [
        {
            "e": "depthUpdate",
            "E": now_ms,
            "s": stream.symbol,
            "U": stream.seen_ms + 1,
            "u": now_ms,
            "b": sides[0],
            "a": sides[1],
        }
    ]


async def _kline(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    """Return the candle that is forming.

    The final state of a candle comes together with the first state of the next one.
    """
    length_s = INTERVALS_S[stream.interval]
    start_ms = stream.seen_ms // (length_s * 1000) * length_s * 1000
    bars = await quotes.bars(world, stream.market, length_s, start_ms, 2, now_ms)
    return [
        {
            "e": "kline",
            "E": now_ms,
            "s": stream.symbol,
            "k": {
                "t": bar.start_ms,
                "T": bar.start_ms + length_s * 1000 - 1,
                "s": stream.symbol,
                "i": stream.interval,
                "f": bar.start_ms // 1000,
                "L": now_ms // 1000,
                "o": f"{bar.open:.8f}",
                "c": f"{bar.close:.8f}",
                "h": f"{bar.high:.8f}",
                "l": f"{bar.low:.8f}",
                "v": f"{bar.volume:.8f}",
                "n": int(bar.volume * 40),
                "x": bar.start_ms + length_s * 1000 <= now_ms,
                "q": f"{bar.volume * bar.close:.8f}",
                "V": f"{bar.volume / 2:.8f}",
                "Q": f"{bar.volume * bar.close / 2:.8f}",
                "B": "0",
            },
        }
        for bar in bars
    ]


async def _ticker(world: ExchangeWorld, stream: _BinanceStream, now_ms: int) -> list[dict[str, Any]]:
    found = quotes.ticker(world, stream.market)
    if found is None:
        return []
    day = found.day
    middle = (day.high + day.low + found.last) / 3
    event: dict[str, Any] = {
        "e": "24hrTicker" if stream.kind == "ticker" else "24hrMiniTicker",
        "E": now_ms,
        "s": stream.symbol,
        "c": f"{found.last:.8f}",
        "o": f"{day.open:.8f}",
        "h": f"{day.high:.8f}",
        "l": f"{day.low:.8f}",
        "v": f"{day.volume:.8f}",
        "q": f"{day.volume * middle:.8f}",
    }
    if stream.kind == "ticker":
        event |= {
            "p": f"{found.last - day.open:.8f}",
            "P": f"{(found.last - day.open) / day.open * 100:.3f}",
            "w": f"{middle:.8f}",
            "x": f"{day.open:.8f}",
            "Q": "0.00100000",
            "b": f"{found.bid:.8f}",
            "B": f"{found.bid_size:.8f}",
            "a": f"{found.ask:.8f}",
            "A": f"{found.ask_size:.8f}",
            "O": now_ms - quotes.DAY_S * 1000,
            "C": now_ms,
            "F": 1,
            "L": now_ms // 1000,
            "n": 100_000,
        }
    return [event]


_EVENTS: dict[str, Callable[[ExchangeWorld, _BinanceStream, int], Any]] = {
    "trade": _trades,
    "aggTrade": _trades,
    "bookTicker": _best,
    "depth": _depth,
    "partial": _partial,
    "kline": _kline,
    "ticker": _ticker,
    "miniTicker": _ticker,
}
