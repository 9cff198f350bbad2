"""Sessions of raw messages: CLOB books and changes, Binance trades, Coinbase tickers, the oracle's relay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings import markets
from argosy.domains.trading.recordings.bars import unified
from argosy.domains.trading.recordings.books import book_tick
from argosy.domains.trading.recordings.checks import check_book
from argosy.domains.trading.recordings.problems import RowProblem
from argosy.domains.trading.recordings.source import Source
from argosy.domains.trading.recordings.tick import BookTick, MarketTick, Pair, PriceTick, RecordedMarket, Tick

_IGNORED = frozenset({"new_market", "subscriptions", "last_trade_price", "tick_size_change"})
_BROKEN = (KeyError, ValueError, TypeError, AttributeError, IndexError, InvalidOperation, OverflowError)


def read(source: Source) -> Iterator[tuple[int, Tick]]:
    """`markets.jsonl` beside the file, where there, says which token is which outcome of which market."""
    session = _Session(source)
    for line, entry in source.json_lines():
        try:
            received = int(entry["recv_wall_ts"])
            payload = entry["payload"]
            message = orjson.loads(payload) if isinstance(payload, str) else payload
            ticks = [
                tick
                for one in (message if isinstance(message, list) else [message])
                for tick in session.ticks(line, one, received)
            ]
        except _BROKEN:
            source.warnings.add(RowProblem.UNPARSEABLE, line, orjson.dumps(entry).decode())
            continue
        for tick in ticks:
            yield line, tick


class _Session:
    """Keeps the books that price changes apply to."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._markets = _known_markets(source)
        self._announced: set[str] = set()
        self._books: dict[str, BookTick] = {}

    def ticks(self, line: int, message: dict[str, Any], received: int) -> Iterator[Tick]:
        kind = message.get("event_type") or message.get("type")
        if "bids" in message:
            yield from self._book(line, message, received)
        elif kind == "price_change":
            yield from self._changes(line, message, received)
        elif "stream" in message:
            trade = message["data"]
            yield _trade("binance", trade["s"], trade["p"], int(trade["T"]), received)
        elif kind == "ticker":
            at = datetime.fromisoformat(message["time"])
            bid, ask = Decimal(message["best_bid"]), Decimal(message["best_ask"])
            tick = _trade(
                "coinbase", message["product_id"], message["price"], round(at.timestamp() * 1000), received
            )
            yield PriceTick(tick.at, tick.source, tick.symbol, tick.price, tick.venue_at, bid=bid, ask=ask)
        elif kind == "update" and "value" in message["payload"]:
            yield _oracle(message["payload"]["symbol"], message["payload"], received)
        elif kind == "subscribe" and isinstance(message.get("payload"), dict):
            symbol = message["payload"].get("symbol", "btc/usd")
            for point in message["payload"]["data"]:  # a backfill: about a minute of prices at once
                yield _oracle(symbol, point, received)
        else:
            code = RowProblem.IGNORED if kind in _IGNORED else RowProblem.UNPARSEABLE
            self._source.warnings.add(code, line, orjson.dumps(message).decode())

    def _book(self, line: int, message: dict[str, Any], received: int) -> Iterator[Tick]:
        market = self._markets.get(str(message["asset_id"]))
        tick = book_tick(message, market.slug if market else "", received)
        if market is None:
            self._source.warnings.add(RowProblem.UNKNOWN_MARKET, line, tick.symbol)
        elif market.slug not in self._announced:
            self._announced.add(market.slug)
            yield MarketTick(tick.at, market)
        self._books[tick.symbol] = tick
        check_book(self._source, line, tick)
        yield tick

    def _changes(self, line: int, message: dict[str, Any], received: int) -> Iterator[Tick]:
        made = int(message["timestamp"])
        changed: dict[str, BookTick] = {}
        for change in message["price_changes"]:
            before = self._books.get(str(change["asset_id"]))
            if before is None:
                self._source.warnings.add(RowProblem.IGNORED, line, "a change before the first book")
                continue
            after = _changed(before, change, made, received)
            self._books[after.symbol] = changed[after.symbol] = after
        for tick in changed.values():
            check_book(self._source, line, tick)
            yield tick


def _changed(before: BookTick, change: dict[str, Any], made: int, received: int) -> BookTick:
    """`size` is the level's new total; 0 removes it."""
    price, size = Decimal(change["price"]), Decimal(change["size"])
    buys = change["side"] == "BUY"
    kept = [level for level in (before.bids if buys else before.asks) if level[0] != price]
    if size > 0:
        kept.append((price, size))
    kept.sort(key=lambda level: level[0], reverse=buys)
    bids: list[Pair] = kept if buys else list(before.bids)
    asks: list[Pair] = list(before.asks) if buys else kept
    return BookTick(
        at=from_ms(max(received, made)),
        slug=before.slug,
        symbol=before.symbol,
        bids=bids,
        asks=asks,
        venue_at=from_ms(made),
        condition_id=before.condition_id,
        digest=change.get("hash"),
        tick=before.tick,
    )


def _trade(origin: str, pair: str, price: str, made: int, received: int) -> PriceTick:
    symbol = unified(pair)
    if symbol is None:
        raise ValueError(pair)
    return PriceTick(from_ms(max(received, made)), origin, symbol, Decimal(price), venue_at=from_ms(made))


def _oracle(symbol: str, point: dict[str, Any], received: int) -> PriceTick:
    made = int(point["timestamp"])
    exact = point.get("full_accuracy_value")
    price = Decimal(exact) * Decimal(10) ** -18 if exact else Decimal(str(point["value"]))
    return PriceTick(from_ms(max(received, made)), "chainlink", symbol.upper(), price, venue_at=from_ms(made))


def _known_markets(source: Source) -> dict[str, RecordedMarket]:
    """Markets of the session by token id."""
    path = source.path.with_name("markets.jsonl")
    if not path.is_file():
        return {}
    beside = Source(path, warnings=source.warnings)
    found: dict[str, RecordedMarket] = {}
    for line, entry in beside.json_lines():
        try:
            market = markets.digest_market(entry)
        except _BROKEN:
            source.warnings.add(RowProblem.UNPARSEABLE, line, orjson.dumps(entry).decode())
            continue
        found |= dict.fromkeys(market.tokens.values(), market)
    return found
