"""Messages of the CLOB's market channel: books, book changes, tick size changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from argosy.core.clock import from_ms
from argosy.domains.trading.recordings.checks import check_book
from argosy.domains.trading.recordings.tick import BookTick, Pair, TickSizeTick
from argosy.venuekit.recordings import cells
from argosy.venuekit.recordings.problems import RowProblem, UnreadableRow
from argosy.venuekit.recordings.source import RecordingSource

_ZERO, _ONE = Decimal(0), Decimal(1)
IGNORED = frozenset({"new_market", "market_resolved", "subscriptions", "last_trade_price", "best_bid_ask"})
"""Kinds of message that a replay does not need."""


class MarketChannel:
    """Books to which changes apply, and the newest tick size of every token."""

    def __init__(self, source: RecordingSource) -> None:
        self._source = source
        self._books: dict[str, BookTick] = {}
        self._ticks: dict[str, tuple[int, Decimal]] = {}

    def ticks(
        self, line: int, message: Mapping[str, Any], received_ms: int, slug: str
    ) -> Iterator[BookTick | TickSizeTick]:
        """Yield the ticks of one message.

        A book without its own slug belongs to the market `slug`. Raises one of BROKEN for an unreadable message.
        """
        kind = message.get("event_type")
        if "bids" in message or "asks" in message:
            yield self._book(line, message, received_ms, slug)
        elif kind == "price_change":
            yield from self._changes(line, message, received_ms)
        elif kind == "tick_size_change":
            yield self._tick_size(message, received_ms, slug)
        elif kind in IGNORED:
            self._source.warnings.add(RowProblem.IGNORED, line, str(kind))
        else:
            raise UnreadableRow(f"a message of kind {kind!r}")

    def _book(self, line: int, message: Mapping[str, Any], received_ms: int, slug: str) -> BookTick:
        book = book_tick(message, slug, received_ms)
        made_ms = venue_ms(message) or received_ms
        if book.tick is not None:
            self._note(book.symbol, made_ms, book.tick)
        book = replace(book, tick=self._newest(book.symbol))
        self._books[book.symbol] = book
        check_book(self._source, line, book)
        return book

    def _changes(self, line: int, message: Mapping[str, Any], received_ms: int) -> Iterator[BookTick]:
        made_ms = cells.milliseconds(message["timestamp"])
        changed: dict[str, BookTick] = {}
        for change in message["price_changes"]:
            symbol = cells.token(change["asset_id"])
            before = changed.get(symbol) or self._books.get(symbol)
            if before is None:
                self._source.warnings.add(RowProblem.IGNORED, line, "a change before the first book")
                continue
            after = _changed(before, change, made_ms, received_ms)
            changed[symbol] = replace(after, tick=self._newest(symbol))
        self._books |= changed
        for book in changed.values():
            check_book(self._source, line, book)
            yield book

    def _tick_size(self, message: Mapping[str, Any], received_ms: int, slug: str) -> TickSizeTick:
        symbol = cells.token(message["asset_id"])
        tick = _tick_size(message["new_tick_size"])
        made_ms = venue_ms(message) or received_ms
        self._note(symbol, made_ms, tick)
        known = self._books.get(symbol)
        return TickSizeTick(
            at=from_ms(max(received_ms, made_ms)),
            slug=slug or (known.slug if known else ""),
            symbol=symbol,
            tick=tick,
            venue_at=from_ms(made_ms),
        )

    def _note(self, symbol: str, made_ms: int, tick: Decimal) -> None:
        if made_ms >= self._ticks.get(symbol, (0, tick))[0]:
            self._ticks[symbol] = (made_ms, tick)

    def _newest(self, symbol: str) -> Decimal | None:
        found = self._ticks.get(symbol)
        return None if found is None else found[1]


def book_tick(message: Mapping[str, Any], slug: str, received_ms: int) -> BookTick:
    """Return the tick of a `book` message. Raises one of BROKEN if it is invalid."""
    made_ms = venue_ms(message)
    tick, last = message.get("tick_size"), message.get("last_trade_price")
    condition = message.get("market")
    return BookTick(
        at=from_ms(max(received_ms, made_ms or 0)),
        slug=slug,
        symbol=cells.token(message["asset_id"]),
        bids=levels(message["bids"], descending=True),
        asks=levels(message["asks"], descending=False),
        venue_at=None if made_ms is None else from_ms(made_ms),
        condition_id=None if condition is None else cells.name(condition),
        digest=None if message.get("hash") is None else str(message["hash"]),
        tick=_tick_size(tick) if tick else None,
        last_trade_price=cells.number(last) if last else None,
    )


def venue_ms(message: Mapping[str, Any]) -> int | None:
    """Return the venue's own time of a message; None without one."""
    return cells.milliseconds(message["timestamp"]) if message.get("timestamp") else None


def levels(raw: list[Mapping[str, Any]], *, descending: bool) -> list[Pair]:
    """Return levels, best first. Raises one of BROKEN.

    The wire has the best level last, and recordings are not always sorted.
    """
    found = [(cells.number(level["price"]), cells.number(level["size"])) for level in raw]
    if not all(_ZERO < price < _ONE and size >= 0 for price, size in found):
        raise UnreadableRow("a level that cannot be")
    found = [pair for pair in found if pair[1] > 0]
    found.sort(key=lambda pair: pair[0], reverse=descending)
    return found


def _changed(before: BookTick, change: Mapping[str, Any], made_ms: int, received_ms: int) -> BookTick:
    """Apply a change: `size` is the level's new total; 0 removes the level."""
    price, size = cells.number(change["price"]), cells.number(change["size"])
    if not _ZERO < price < _ONE or size < 0 or change["side"] not in ("BUY", "SELL"):
        raise UnreadableRow("a change that cannot be")
    buys = change["side"] == "BUY"
    kept = [level for level in (before.bids if buys else before.asks) if level[0] != price]
    if size > 0:
        kept.append((price, size))
    kept.sort(key=lambda level: level[0], reverse=buys)
    return replace(
        before,
        at=from_ms(max(received_ms, made_ms)),
        bids=kept if buys else before.bids,
        asks=before.asks if buys else kept,
        venue_at=from_ms(made_ms),
        digest=change.get("hash"),
        last_trade_price=None,
    )


def _tick_size(value: Any) -> Decimal:
    found = cells.number(value)
    if not _ZERO < found < _ONE:
        raise UnreadableRow(f"{value!r} is no tick size")
    return found
