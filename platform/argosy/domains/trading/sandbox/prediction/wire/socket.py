"""The market channel: books on subscription, then changes, trades and resolutions."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import orjson
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.domains.trading.sandbox.prediction.market import BookState, VenueMarket
from argosy.domains.trading.sandbox.prediction.order import SandboxTrade
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.books import book_object
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.module import catch_up
from argosy.venuekit.sandbox.reply import text

_MOST_ASSETS = 500
_SLOWEST_S, _FASTEST_S = 0.25, 0.02


def routes() -> list[WebSocketRoute]:
    return [WebSocketRoute("/market", _market_channel)]


async def _market_channel(socket: WebSocket) -> None:
    world: PredictionWorld = prediction_of(socket)
    await socket.accept()
    channel = _Channel(world, socket)
    world.engine.listeners.append(channel.traded)
    ticking = asyncio.create_task(channel.tick())
    try:
        await channel.listen()
    except WebSocketDisconnect:
        pass
    finally:
        world.engine.listeners.remove(channel.traded)
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await ticking


@dataclass(slots=True)
class _Channel:
    world: PredictionWorld
    socket: WebSocket
    sent: dict[str, BookState | None] = field(default_factory=dict)
    ticks: dict[str, Decimal] = field(default_factory=dict)
    trades: list[SandboxTrade] = field(default_factory=list)
    resolved: set[str] = field(default_factory=set)

    def traded(self, trade: SandboxTrade) -> None:
        self.trades.append(trade)

    async def listen(self) -> None:
        while True:
            message = await self.socket.receive_text()
            if message == "PING":
                await self.socket.send_text("PONG")
                continue
            try:
                request = load_exact(message)
            except UnreadableJson:
                await self.socket.send_text("INVALID OPERATION")
                continue
            assets = request.get("assets_ids") if isinstance(request, dict) else None
            if not isinstance(assets, list):
                await self.socket.send_text("INVALID OPERATION")
            elif request.get("operation") == "unsubscribe":
                for token in assets:
                    self.sent.pop(str(token), None)
            else:
                await self.subscribe([str(token) for token in assets])

    async def subscribe(self, tokens: list[str]) -> None:
        new = [token for token in tokens if token not in self.sent][: _MOST_ASSETS - len(self.sent)]
        books = []
        for token in new:
            found = self._book(token)
            self.sent[token] = found[1] if found else None
            if found is not None:
                self.ticks[token] = found[0].tick
                books.append(_book_event(*found, token))
        await self._send(books)

    async def tick(self) -> None:
        """Send changes, twice per step of the venue's time."""
        pause = self.world.markets.step_ms / 2000 / self.world.clock.speed
        while True:
            await asyncio.sleep(min(_SLOWEST_S, max(_FASTEST_S, pause)))
            await catch_up(self.world, self.world.now_ms())
            events: list[dict[str, Any]] = []
            trades, self.trades = self.trades, []
            for token in list(self.sent):
                events += self._news(token, [trade for trade in trades if trade.token == token])
            for event in events:
                await self._send(event)

    def _news(self, token: str, trades: list[SandboxTrade]) -> list[dict[str, Any]]:
        found = self._book(token)
        if found is None:
            return self._resolution(token)
        market, book = found
        before, self.sent[token] = self.sent[token], book
        events = [*self._tick_size(market, token), *(_trade_event(market, trade) for trade in trades)]
        if before is None or trades:
            return [*events, _book_event(market, book, token)]
        changes = _changes(token, before, book)
        if changes:
            events.append(
                {
                    "event_type": "price_change",
                    "market": market.condition_id,
                    "timestamp": str(self.world.now_ms() if book.at_ms is None else book.at_ms),
                    "price_changes": changes,
                }
            )
        return events

    def _tick_size(self, market: VenueMarket, token: str) -> list[dict[str, Any]]:
        before, self.ticks[token] = self.ticks.get(token, market.tick), market.tick
        if before == market.tick:
            return []
        return [
            {
                "event_type": "tick_size_change",
                "asset_id": token,
                "market": market.condition_id,
                "old_tick_size": text(before),
                "new_tick_size": text(market.tick),
                "timestamp": str(self.world.now_ms()),
            }
        ]

    def _resolution(self, token: str) -> list[dict[str, Any]]:
        now_ms = self.world.now_ms()
        market = self.world.markets.market_of(token, now_ms)
        if market is None or market.slug in self.resolved:
            return []
        if self.world.markets.payouts(market, now_ms) is None:
            return []
        winner = self.world.markets.winner(market, now_ms)
        self.resolved.add(market.slug)
        return [
            {
                "event_type": "market_resolved",
                "id": market.id,
                "market": market.condition_id,
                "assets_ids": list(market.tokens),
                "winning_asset_id": market.token(winner) if winner else "",
                "winning_outcome": winner.title() if winner else "",
                "timestamp": str(now_ms),
            }
        ]

    def _book(self, token: str) -> tuple[VenueMarket, BookState] | None:
        now_ms = self.world.now_ms()
        market = self.world.markets.market_of(token, now_ms)
        book = None if market is None else self.world.engine.book(market, token, now_ms)
        return None if market is None or book is None else (market, book)

    async def _send(self, event: Any) -> None:
        await self.socket.send_text(orjson.dumps(event).decode())


def _book_event(market: VenueMarket, book: BookState, token: str) -> dict[str, Any]:
    return {**book_object(market, token, book), "event_type": "book"}


def _trade_event(market: VenueMarket, trade: SandboxTrade) -> dict[str, Any]:
    return {
        "event_type": "last_trade_price",
        "asset_id": trade.token,
        "market": market.condition_id,
        "price": text(trade.price),
        "size": text(trade.size),
        "side": trade.side,
        "fee_rate_bps": "0",
        "timestamp": str(trade.at_ms),
        "transaction_hash": "",
    }


def _changes(token: str, before: BookState, after: BookState) -> list[dict[str, str]]:
    """Return the levels whose total has changed; size 0 removes a level."""
    best_bid = text(after.bids[0][0]) if after.bids else "0"
    best_ask = text(after.asks[0][0]) if after.asks else "1"
    changes = []
    for side, old, new in (
        ("BUY", dict(before.bids), dict(after.bids)),
        ("SELL", dict(before.asks), dict(after.asks)),
    ):
        for price in sorted(old.keys() | new.keys()):
            size = new.get(price, Decimal(0))
            if old.get(price) != size:
                changes.append(
                    {
                        "asset_id": token,
                        "price": text(price),
                        "size": text(size),
                        "side": side,
                        "hash": "",
                        "best_bid": best_bid,
                        "best_ask": best_ask,
                    }
                )
    return changes
