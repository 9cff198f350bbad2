"""Offers that an order can meet now.

These are the makers' book without recently taken depth, and resting orders of other accounts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from argosy.domains.trading.sandbox.prediction.market import ONE, BookState, VenueMarket
from argosy.domains.trading.sandbox.prediction.order import ZERO, MakerPart, SandboxOrder, Side
from argosy.venuekit.paper.consumed_depth import RefilledDepth
from argosy.venuekit.sandbox.double_entry import HOUSE

REFILL_MS = 3_000
"""Milliseconds until the simulated makers refill taken depth."""


@dataclass(frozen=True, slots=True)
class BookOffer:
    """Offer to a taker, at the taker's own price and in the taker's own token."""

    price: Decimal
    size: Decimal
    maker: MakerPart


TakenDepth: TypeAlias = RefilledDepth[tuple[str, Side, Decimal]]
"""Recently taken depth of the makers' books, by token, side of the taker, and price."""


def take_depth(
    taken: TakenDepth,
    market: VenueMarket,
    token: str,
    side: Side,
    price: Decimal,
    size: Decimal,
    now_ms: int,
) -> None:
    """Record that a taker on `side` took `size` of the makers' offer at `price`.

    The offer is gone from the books of both outcomes.
    """
    other: Side = "SELL" if side == "BUY" else "BUY"
    for key in ((token, side, price), (market.other(token), other, ONE - price)):
        taken.take(key, size, now_ms + REFILL_MS)


def offers(
    market: VenueMarket,
    taker: SandboxOrder,
    book: BookState | None,
    resting: Iterable[SandboxOrder],
    taken: TakenDepth,
    now_ms: int,
) -> list[BookOffer]:
    """Return all offers within the taker's limit, best first.

    At one price customers' orders come before the makers' levels, the oldest first. An account never meets
    its own orders.

    An order of the other outcome on the same side is an offer too. Two buyers of opposite outcomes at p and 1
    − p create a new pair of shares. Two sellers return a pair.
    """
    buys = taker.side == "BUY"
    found: list[tuple[Decimal, int, int, BookOffer]] = []
    for order in resting:
        if order.open <= 0 or order.account == taker.account:
            continue
        price = _price_for(taker, order)
        if price is not None:
            part = MakerPart(order, order.account, order.token, order.side, order.price)
            found.append((price if buys else -price, 0, order.created_ms, BookOffer(price, order.open, part)))
    if book is not None:
        house: Side = "SELL" if buys else "BUY"
        for level in book.asks if buys else book.bids:
            size = taken.left((taker.token, taker.side, level[0]), level[1], now_ms)
            if size > 0:
                part = MakerPart(None, HOUSE, taker.token, house, level[0])
                found.append((level[0] if buys else -level[0], 1, 0, BookOffer(level[0], size, part)))
    limit = taker.price if buys else -taker.price
    found.sort(key=lambda entry: entry[:3])
    return [entry[3] for entry in found if entry[0] <= limit]


def with_resting(
    market: VenueMarket,
    token: str,
    book: BookState,
    resting: Iterable[SandboxOrder],
    taken: TakenDepth,
    now_ms: int,
) -> BookState:
    """Return the book as shown: the makers' remaining levels and all resting orders."""
    bids = {price: taken.left((token, "SELL", price), size, now_ms) for price, size in book.bids}
    asks = {price: taken.left((token, "BUY", price), size, now_ms) for price, size in book.asks}
    at_ms = book.at_ms
    for order in resting:
        if order.open <= 0:
            continue
        same = order.token == token
        price = order.price if same else ONE - order.price
        side = bids if (order.side == "BUY") == same else asks
        side[price] = side.get(price, ZERO) + order.open
        at_ms = None if at_ms is None else max(at_ms, order.created_ms)
    return BookState(
        tuple(sorted(((price, size) for price, size in bids.items() if size > 0), reverse=True)),
        tuple(sorted((price, size) for price, size in asks.items() if size > 0)),
        at_ms,
    )


def _price_for(taker: SandboxOrder, order: SandboxOrder) -> Decimal | None:
    """Return the price at which the taker would trade with this order, or None."""
    if order.token == taker.token:
        return order.price if order.side != taker.side else None
    return ONE - order.price if order.side == taker.side else None
