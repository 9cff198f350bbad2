"""Kraken spot: market data over the WebSocket, version 2.

The channels are ticker, book, trade and ohlc.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange.pairs import ladder
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.kraken import INTERVALS_MIN
from argosy.domains.trading.sandbox.exchange.wire.market_stream import BookChanges, MarketStream, Message

_DEPTHS = (10, 25, 100, 500, 1000)
_CHECKED = 10
"""Levels of each side that the checksum covers."""
_PRIVATE = frozenset({"executions", "balances", "level3"})
_HEARTBEAT_MS = 1000


def routes() -> list[WebSocketRoute]:
    return [WebSocketRoute("/v2", _serve)]


async def _serve(socket: WebSocket) -> None:
    await socket.accept()
    status = {"api_version": "v2", "connection_id": 1, "system": "online", "version": "2.0.0"}
    await _KrakenStream(socket).serve([{"channel": "status", "type": "update", "data": [status]}])


@dataclass(slots=True)
class _KrakenChannel:
    """One subscription; `seen_ms` is the venue's time of its last message."""

    name: str
    market: quotes.Market
    depth: int
    interval: int
    seen_ms: int
    book: BookChanges = field(default_factory=BookChanges)
    last: Any = None

    @property
    def symbol(self) -> str:
        return f"{self.market.base}/{self.market.quote}"


class _KrakenStream(MarketStream):
    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket)
        self._markets = {f"{m.base}/{m.quote}": m for m in quotes.markets(self.world, "kraken")}
        self._channels: dict[tuple[str, str], _KrakenChannel] = {}
        self._beat_ms = self.now_ms()

    async def answer(self, request: Any) -> Sequence[Message]:
        if not isinstance(request, Mapping):
            return [self._reply({}, error="Malformed request")]
        params = request.get("params", {})
        if request.get("method") == "ping":
            return [self._reply(request, method="pong")]
        if request.get("method") not in {"subscribe", "unsubscribe"} or not isinstance(params, Mapping):
            return [self._reply(request, success=False, error="Malformed request")]
        symbols = params.get("symbol")
        if not isinstance(symbols, list) or not symbols:
            return [self._reply(request, success=False, error="Pair field must be an array")]
        replies: list[Message] = []
        for symbol in symbols:
            replies += await self._change(request, str(params.get("channel")), str(symbol), params)
        return replies

    async def _change(
        self, request: Mapping[str, Any], name: str, symbol: str, params: Mapping[str, Any]
    ) -> list[Message]:
        """Carry out one symbol of a request."""
        market = self._markets.get(symbol)
        depth, interval = params.get("depth", _DEPTHS[0]), params.get("interval", INTERVALS_MIN[0])
        error = None
        if name in _PRIVATE:
            error = "ESession:Invalid session"
        elif name not in _NEWS:
            error = "Subscription name invalid"
        elif market is None:
            error = f"Currency pair not supported {symbol}"
        elif name == "book" and depth not in _DEPTHS:
            error = "Subscription depth not supported"
        elif name == "ohlc" and interval not in INTERVALS_MIN:
            error = "Subscription ohlc interval not supported"
        elif request["method"] == "subscribe" and (name, symbol) in self._channels:
            error = "Already subscribed"
        if error is not None or market is None:
            return [self._reply(request, success=False, symbol=symbol, error=error)]
        result = {"channel": name, "symbol": symbol}
        if request["method"] == "unsubscribe":
            self._channels.pop((name, symbol), None)
            return [self._reply(request, success=True, result=result)]
        channel = _KrakenChannel(name, market, depth, interval, self.now_ms())
        more = {"book": {"depth": depth}, "ohlc": {"interval": interval}}.get(name, {})
        reply = self._reply(request, success=True, result=result | {"snapshot": True} | more)
        first = await _NEWS[name](self, channel, channel.seen_ms, "snapshot")
        self._channels[name, symbol] = channel
        return [reply, *first]

    def _reply(self, request: Mapping[str, Any], **more: Any) -> Message:
        at = _stamp(self.world.now_ms())
        number = {"req_id": request["req_id"]} if "req_id" in request else {}
        return {"method": request.get("method")} | number | more | {"time_in": at, "time_out": at}

    async def news(self, now_ms: int) -> Sequence[Message]:
        found: list[Message] = []
        for channel in list(self._channels.values()):
            if now_ms > channel.seen_ms:
                found += await _NEWS[channel.name](self, channel, now_ms, "update")
                channel.seen_ms = now_ms
        if found or now_ms - self._beat_ms < _HEARTBEAT_MS:
            self._beat_ms = now_ms if found else self._beat_ms
            return found
        self._beat_ms = now_ms
        return [{"channel": "heartbeat"}]

    async def ticker(self, channel: _KrakenChannel, now_ms: int, kind: str) -> list[Message]:
        found = quotes.ticker(self.world, channel.market)
        if found is None or found == channel.last:
            return []
        channel.last = found
        day = found.day
        row = {
            "symbol": channel.symbol,
            "bid": _price(found.bid),
            "bid_qty": _size(found.bid_size),
            "ask": _price(found.ask),
            "ask_qty": _size(found.ask_size),
            "last": _price(found.last),
            "volume": _size(day.volume),
            "vwap": _price((day.high + day.low + found.last) / 3),
            "low": _price(day.low),
            "high": _price(day.high),
            "change": _price(found.last - day.open),
            "change_pct": _price((found.last - day.open) / day.open * 100),
        }
        return [{"channel": "ticker", "type": kind, "data": [row]}]

    async def book(self, channel: _KrakenChannel, now_ms: int, kind: str) -> list[Message]:
        book = ladder(self.world.prices, self.world.seed, channel.market, channel.depth, now_ms)
        if book is None:
            return []
        bids, asks = channel.book.update(book)
        if not bids and not asks:
            return []
        row = {
            "symbol": channel.symbol,
            "bids": [{"price": _price(price), "qty": _size(size)} for price, size in bids],
            "asks": [{"price": _price(price), "qty": _size(size)} for price, size in asks],
            "checksum": checksum(_written(book[1]), _written(book[0])),
            "timestamp": _stamp(now_ms),
        }
        return [{"channel": "book", "type": kind, "data": [row]}]

    async def trade(self, channel: _KrakenChannel, now_ms: int, kind: str) -> list[Message]:
        since_ms = None if kind == "snapshot" else channel.seen_ms + 1
        found = await prints.trades(self.world, channel.market, limit=50, since_ms=since_ms, until_ms=now_ms)
        rows = [
            {
                "symbol": channel.symbol,
                "side": "sell" if one.sold else "buy",
                "price": _price(one.price),
                "qty": _size(one.size),
                "ord_type": "market",
                "trade_id": one.id,
                "timestamp": _stamp(one.at_ms),
            }
            for one in found
        ]
        return [{"channel": "trade", "type": kind, "data": rows}] if rows else []

    async def ohlc(self, channel: _KrakenChannel, now_ms: int, kind: str) -> list[Message]:
        length_ms = channel.interval * 60_000
        first_ms = channel.seen_ms // length_ms * length_ms
        bars = await quotes.bars(self.world, channel.market, channel.interval * 60, first_ms, 2, now_ms)
        rows = [
            {
                "symbol": channel.symbol,
                "open": _price(bar.open),
                "high": _price(bar.high),
                "low": _price(bar.low),
                "close": _price(bar.close),
                "trades": int(bar.volume * 40),
                "volume": _size(bar.volume),
                "vwap": _price((bar.high + bar.low) / 2),
                "interval_begin": _stamp(bar.start_ms),
                "interval": channel.interval,
                "timestamp": _stamp(bar.start_ms + length_ms),
            }
            for bar in bars
        ]
        if not rows or bars == channel.last:
            return []
        channel.last = bars
        return [{"channel": "ohlc", "type": kind, "timestamp": _stamp(now_ms), "data": rows}]


_NEWS = {
    "ticker": _KrakenStream.ticker,
    "book": _KrakenStream.book,
    "trade": _KrakenStream.trade,
    "ohlc": _KrakenStream.ohlc,
}


def checksum(asks: Iterable[tuple[str, str]], bids: Iterable[tuple[str, str]]) -> int:
    """Return the CRC-32 of the ten best asks and bids, from their prices and sizes as written."""
    levels = (*islice(asks, _CHECKED), *islice(bids, _CHECKED))
    parts = (number.replace(".", "").lstrip("0") for level in levels for number in level)
    return zlib.crc32("".join(parts).encode())


def _written(levels: Iterable[Pair]) -> Iterator[tuple[str, str]]:
    return ((f"{price:.2f}", f"{size:.8f}") for price, size in levels)


def _price(value: Decimal) -> orjson.Fragment:
    return orjson.Fragment(f"{value:.2f}")


def _size(value: Decimal) -> orjson.Fragment:
    return orjson.Fragment(f"{value:.8f}")


def _stamp(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
