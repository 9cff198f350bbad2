"""Where assets are dealt in: capabilities, status, quotes, books, and the port every venue implements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from argosy.core.action import Action, ActionResult
from argosy.core.asset import Asset
from argosy.core.money import ZERO
from argosy.core.portfolio import Position
from argosy.core.wire import Wire


class Capability(StrEnum):
    QUOTES = "quotes"
    ORDER_BOOK = "order_book"
    CANDLES = "candles"
    PLACE_ORDER = "place_order"
    CANCEL_ORDER = "cancel_order"
    BALANCES = "balances"
    POSITIONS = "positions"
    LOOKUP_BY_CLIENT_ID = "lookup_by_client_id"
    BINARY_MARKETS = "binary_markets"
    SETTLEMENT = "settlement"


class VenueStatus(StrEnum):
    UP = "up"
    DEGRADED = "degraded"
    CLOSED = "closed"
    DOWN = "down"


class Level(Wire):
    """One price level: quote currency per unit, and units."""

    price: Decimal
    size: Decimal


class OrderBook(Wire):
    """Best level first on both sides. `at` is the venue's own time of this book, None where it gives none."""

    venue: str
    symbol: str
    bids: list[Level] = []
    asks: list[Level] = []
    at: datetime | None = None
    received_at: datetime
    digest: str | None = None
    minimum_size: Decimal | None = None
    tick: Decimal | None = None

    @property
    def best_bid(self) -> Level | None:
        return self.bids[0] if self.bids else None

    @property
    def best_ask(self) -> Level | None:
        return self.asks[0] if self.asks else None

    @property
    def crossed(self) -> bool:
        """Locked or crossed (bid ≥ ask): such a book is no quote."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price

    def depth(self, side: str) -> Decimal:
        """Units a taker on `side` ("buy" walks the asks) can take in all."""
        return sum((level.size for level in (self.asks if side == "buy" else self.bids)), ZERO)


class Quote(Wire):
    """A reference price. `at` is the venue's time."""

    venue: str
    symbol: str
    bid: Decimal | None = None
    ask: Decimal | None = None
    last: Decimal | None = None
    currency: str = "USD"
    at: datetime

    @property
    def mid(self) -> Decimal | None:
        if self.bid is None or self.ask is None:
            return self.last
        return (self.bid + self.ask) / 2


class Balance(Wire):
    venue: str
    currency: str
    free: Decimal
    locked: Decimal = ZERO


@runtime_checkable
class Venue(Protocol):
    """The read side and the one write method of a venue. Only the action gateway may call `execute`."""

    name: str
    capabilities: frozenset[Capability]

    def status(self) -> VenueStatus: ...

    def assets(self) -> Sequence[Asset]: ...

    def order_book(self, symbol: str) -> OrderBook:
        """Raises VenueNotFound, VenueUnavailable, RateLimited, BadReply."""
        ...

    def quote(self, symbol: str) -> Quote: ...

    def balances(self) -> Sequence[Balance]: ...

    def positions(self) -> Sequence[Position]: ...

    def execute(self, action: Action) -> ActionResult:
        """At most once for each client id: the same action again returns the first one's result.

        Raises UnknownOutcome when the fate is not known; never retries a write by itself.
        """
        ...

    def lookup(self, client_id: str) -> ActionResult | None:
        """What became of an action; None when the venue has never seen it."""
        ...
