"""Order books in the CLOB's JSON: bids ascend, asks descend, the best level last."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

import orjson

from argosy.domains.trading.sandbox.prediction.market import BookState, Side, VenueMarket
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.reply import text

_CACHED = 2048


def render_book(world: PredictionWorld, token: str) -> bytes | None:
    """Return one book as JSON text, or None if there is no book.

    Most requests ask for the same few books, so the world keeps the newest ones.
    """
    now_ms = world.now_ms()
    key = (token, now_ms // world.markets.step_ms)
    # Once a customer trades, books also change between two steps.
    quiet = world.engine.quiet
    if quiet and key in world.rendered:
        return world.rendered[key]
    market = world.markets.market_of(token, now_ms)
    book = None if market is None else world.engine.book(market, token, now_ms)
    if market is None or book is None:
        return None
    found = orjson.dumps(book_object(market, token, book))
    if quiet:
        world.rendered[key] = found
        if len(world.rendered) > _CACHED:
            world.rendered.popitem(last=False)
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
