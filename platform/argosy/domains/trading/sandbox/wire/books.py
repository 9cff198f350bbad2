"""Order books in the CLOB's JSON: bids ascend, asks descend, the best level last."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from decimal import Decimal
from typing import Any

import orjson

from argosy.domains.trading.sandbox.venue import BookState, Side, VenueMarket
from argosy.domains.trading.sandbox.world import World
from argosy.venuekit.sandbox.reply import text

_CACHED = 2048


class BookRenderer:
    """Renderer of books, with a cache.

    Most requests ask for the same few books.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def render(self, token: str) -> bytes | None:
        """Return one book as JSON text, or None if there is no book."""
        world = self._world
        now_ms = world.now_ms()
        key = (token, now_ms // world.markets.step_ms)
        # Once a customer trades, books also change between two steps.
        quiet = world.engine.quiet
        if quiet and key in self._kept:
            return self._kept[key]
        market = world.markets.market_of(token, now_ms)
        book = None if market is None else world.engine.book(market, token, now_ms)
        if market is None or book is None:
            return None
        found = orjson.dumps(book_object(market, token, book))
        if quiet:
            self._kept[key] = found
            if len(self._kept) > _CACHED:
                self._kept.popitem(last=False)
        return found


def book_object(market: VenueMarket, token: str, book: BookState) -> dict[str, Any]:
    bids, asks = levels(book.bids), levels(book.asks)
    found: dict[str, Any] = {"market": market.condition_id, "asset_id": token}
    if book.at_ms is not None:
        found["timestamp"] = str(book.at_ms)
    found |= {
        "hash": "",
        "bids": bids,
        "asks": asks,
        "min_order_size": text(market.minimum_size),
        "tick_size": text(market.tick),
        "neg_risk": False,
        "last_trade_price": last_price(book),
    }
    # The venue hashes the text of the book with its fields in this order and an empty hash.
    digest = hashlib.sha1(orjson.dumps(found), usedforsecurity=False).hexdigest()
    return {**found, "hash": digest}


def levels(side: Side) -> list[dict[str, str]]:
    return [{"price": text(price), "size": text(size)} for price, size in reversed(side)]


def middle(book: BookState) -> Decimal | None:
    """Return the middle between the best bid and the best ask.

    If one side is empty, the best price of the other; None for an empty book.
    """
    if book.bids and book.asks:
        return (book.bids[0][0] + book.asks[0][0]) / 2
    best = book.bids or book.asks
    return best[0][0] if best else None


def last_price(book: BookState) -> str:
    found = middle(book)
    return "" if found is None else text(found.quantize(Decimal("0.001")))
