"""Coinbase Advanced Trade: market data over the WebSocket.

The channels are ticker, ticker_batch, level2, market_trades, candles and heartbeats.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from argosy.core.clock import from_ms
from argosy.domains.trading.sandbox.exchange.pairs import ladder
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.market_stream import BookChanges, MarketStream, Message

_DEPTH = 100
_CANDLE_S = 300
_PERIOD_MS = {"ticker_batch": 5000, "candles": 1000, "heartbeats": 1000}
_PRIVATE = frozenset({"user", "futures_balance_summary"})
SUBSCRIBED_WITHIN_S = 5.0
"""Seconds after which a connection without a subscription is closed."""


def routes() -> list[WebSocketRoute]:
    """Return the routes under the exchange's own host name: its WebSocket has no path."""
    return [WebSocketRoute("/coinbase", _serve), WebSocketRoute("/coinbase/", _serve)]


async def _serve(socket: WebSocket) -> None:
    await socket.accept()
    stream = _CoinbaseStream(socket)
    closing = asyncio.create_task(stream.close_without_subscription())
    try:
        await stream.serve()
    finally:
        closing.cancel()


@dataclass(slots=True)
class _CoinbaseChannel:
    """One subscription; `seen_ms` is the venue's time of its last message."""

    name: str
    product: str
    market: quotes.Market | None
    seen_ms: int
    book: BookChanges = field(default_factory=BookChanges)
    last: Any = None
    count: int = 0


class _CoinbaseStream(MarketStream):
    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket)
        self._markets = {f"{m.base}-{m.quote}": m for m in quotes.markets(self.world, "coinbase")}
        self._channels: dict[tuple[str, str], _CoinbaseChannel] = {}
        self._sequence = 0

    async def close_without_subscription(self) -> None:
        await asyncio.sleep(SUBSCRIBED_WITHIN_S)
        if not self._channels:
            await self._socket.close(1008, "no subscription within 5 seconds")

    async def answer(self, request: Any) -> Sequence[Message]:
        if not isinstance(request, Mapping):
            return [_error("failed to parse JSON")]
        kind, name = request.get("type"), request.get("channel")
        products = request.get("product_ids") or ([""] if name == "heartbeats" else [])
        if kind not in {"subscribe", "unsubscribe"}:
            return [_error(f"type {kind} not supported")]
        if name in _PRIVATE:
            return [_error("authentication failure")]
        if name not in _NEWS:
            return [_error(f"channel {name} not supported")]
        if not isinstance(products, list) or not products:
            return [_error("product_ids must not be empty")]
        unknown = [each for each in products if each not in self._markets] if name != "heartbeats" else []
        if unknown:
            return [_error(f"product_id {unknown[0]} not found")]
        messages: list[Message] = []
        for product in map(str, products):
            key = (str(name), product)
            if kind == "unsubscribe":
                self._channels.pop(key, None)
            elif key not in self._channels:
                channel = _CoinbaseChannel(*key, self._markets.get(product), self.now_ms())
                messages += await self._events_of(channel, channel.seen_ms, "snapshot")
                self._channels[key] = channel
        subscribed: dict[str, list[str]] = {}
        for channel_name, product in self._channels:
            subscribed.setdefault(channel_name, []).append(product)
        return [*messages, self._message("subscriptions", [{"subscriptions": subscribed}])]

    async def news(self, now_ms: int) -> Sequence[Message]:
        found: list[Message] = []
        for channel in list(self._channels.values()):
            if now_ms - channel.seen_ms >= _PERIOD_MS.get(channel.name, 1):
                found += await self._events_of(channel, now_ms, "update")
                channel.seen_ms = now_ms
        return found

    async def _events_of(self, channel: _CoinbaseChannel, now_ms: int, kind: str) -> list[Message]:
        event = await _NEWS[channel.name](self, channel, now_ms)
        if event is None:
            return []
        name = "l2_data" if channel.name == "level2" else channel.name
        typed = event if name == "heartbeats" else {"type": kind} | event
        return [self._message(name, [typed])]

    def _message(self, channel: str, events: Sequence[Message]) -> Message:
        self._sequence += 1
        return {
            "channel": channel,
            "client_id": "",
            "timestamp": _stamp(self.world.now_ms()),
            "sequence_num": self._sequence - 1,
            "events": events,
        }

    async def ticker(self, channel: _CoinbaseChannel, now_ms: int) -> dict[str, Any] | None:
        found = None if channel.market is None else quotes.ticker(self.world, channel.market)
        if found is None or found == channel.last:
            return None
        channel.last = found
        day = found.day
        row = {
            "type": "ticker",
            "product_id": channel.product,
            "price": f"{found.last:.2f}",
            "volume_24_h": f"{day.volume:.8f}",
            "low_24_h": f"{day.low:.2f}",
            "high_24_h": f"{day.high:.2f}",
            "low_52_w": f"{day.low:.2f}",
            "high_52_w": f"{day.high:.2f}",
            "price_percent_chg_24_h": f"{(found.last - day.open) / day.open * 100:.8f}",
            "best_bid": f"{found.bid:.2f}",
            "best_bid_quantity": f"{found.bid_size:.8f}",
            "best_ask": f"{found.ask:.2f}",
            "best_ask_quantity": f"{found.ask_size:.8f}",
        }
        return {"tickers": [row]}

    async def level2(self, channel: _CoinbaseChannel, now_ms: int) -> dict[str, Any] | None:
        world = self.world
        book = (
            None
            if channel.market is None
            else ladder(world.prices, world.seed, channel.market, _DEPTH, now_ms)
        )
        if book is None:
            return None
        updates = [
            {
                "side": side,
                "event_time": _stamp(now_ms),
                "price_level": f"{price:.2f}",
                "new_quantity": f"{size:.8f}" if size else "0",
            }
            for side, levels in zip(("bid", "offer"), channel.book.update(book), strict=True)
            for price, size in levels
        ]
        return {"product_id": channel.product, "updates": updates} if updates else None

    async def market_trades(self, channel: _CoinbaseChannel, now_ms: int) -> dict[str, Any] | None:
        """Return new trades, newest first, as the exchange does."""
        if channel.market is None:
            return None
        since_ms = channel.seen_ms + 1 if channel.count else None
        found = await prints.trades(self.world, channel.market, limit=100, since_ms=since_ms, until_ms=now_ms)
        channel.count += len(found)
        trades = [
            {
                "trade_id": str(one.id),
                "product_id": channel.product,
                "price": f"{one.price:.2f}",
                "size": f"{one.size:.8f}",
                "side": "SELL" if one.sold else "BUY",
                "time": _stamp(one.at_ms),
            }
            for one in reversed(found)
        ]
        return {"trades": trades} if trades else None

    async def candles(self, channel: _CoinbaseChannel, now_ms: int) -> dict[str, Any] | None:
        if channel.market is None:
            return None
        first_ms = channel.seen_ms // (_CANDLE_S * 1000) * _CANDLE_S * 1000
        bars = await quotes.bars(self.world, channel.market, _CANDLE_S, first_ms, 2, now_ms)
        if not bars or bars == channel.last:
            return None
        channel.last = bars
        rows = [
            {
                "start": str(bar.start_ms // 1000),
                "high": f"{bar.high:.2f}",
                "low": f"{bar.low:.2f}",
                "open": f"{bar.open:.2f}",
                "close": f"{bar.close:.2f}",
                "volume": f"{bar.volume:.8f}",
                "product_id": channel.product,
            }
            for bar in bars
        ]
        return {"candles": rows}

    async def heartbeats(self, channel: _CoinbaseChannel, now_ms: int) -> dict[str, Any] | None:
        channel.count += 1
        return {"current_time": f"{from_ms(now_ms)} UTC", "heartbeat_counter": str(channel.count)}


_NEWS = {
    "ticker": _CoinbaseStream.ticker,
    "ticker_batch": _CoinbaseStream.ticker,
    "level2": _CoinbaseStream.level2,
    "market_trades": _CoinbaseStream.market_trades,
    "candles": _CoinbaseStream.candles,
    "heartbeats": _CoinbaseStream.heartbeats,
}


def _error(message: str) -> Message:
    return {"type": "error", "message": message}


def _stamp(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
