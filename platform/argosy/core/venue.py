"""Where assets are dealt in: capabilities, status, quotes, books, and the port every venue implements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from argosy.core.action import Action, ActionResult, Fill, Side
from argosy.core.asset import Asset
from argosy.core.money import ZERO
from argosy.core.portfolio import Position
from argosy.core.send_deadline import SendDeadline
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
    OPEN_ORDERS = "open_orders"
    FILL_HISTORY = "fill_history"
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


class OpenOrder(Wire):
    """An order that works at the venue. `client_id` None: not one of ours. `price` None: it has no limit."""

    venue: str
    venue_id: str
    client_id: str | None = None
    symbol: str
    side: Side
    quantity: Decimal
    filled: Decimal = ZERO
    price: Decimal | None = None
    at: datetime | None = None


@runtime_checkable
class Venue(Protocol):
    """The read side and the one write method of a venue. Only the action gateway may call `execute`.

    `absence_proves_after_s`: when an action was submitted longer ago than this and `lookup` gives None, it never
    reached the venue and never will.
    """

    name: str
    capabilities: frozenset[Capability]
    absence_proves_after_s: float

    def status(self) -> VenueStatus: ...

    def assets(self) -> Sequence[Asset]: ...

    def order_book(self, symbol: str) -> OrderBook:
        """Raises VenueNotFound, VenueUnavailable, RateLimited, BadReply."""
        ...

    def quote(self, symbol: str) -> Quote: ...

    def balances(self) -> Sequence[Balance]: ...

    def positions(self) -> Sequence[Position]: ...

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """At most once for each client id: the same action again returns the first one's result.

        `deadline.check()` is the last thing before bytes leave: after reads, locks, rate limits and signing. A venue
        whose `execute` takes no `deadline` is called only while the deadline allows it.

        Raises OrderDenied (ModeRefused, NeverSent) when nothing was sent, UnknownOutcome when the fate is not known;
        whatever else comes out of it leaves the fate unknown too. Never retries a write by itself.
        """
        ...

    def lookup(self, client_id: str) -> ActionResult | None:
        """What became of an action, asked of the venue; None when the venue does not know it.

        Final, or open with the fills so far: every fill in it is exact and keeps its id, and what is not listed
        yet comes with a later look-up. Raises VenueUnavailable, UnknownOutcome and the other errors of a read
        when it cannot be told.
        """
        ...


@runtime_checkable
class Withdrawals(Protocol):
    """A venue whose adapter writes each action down before it sends it, in a record that only one process can make."""

    def withdraw(self, action: Action) -> bool:
        """Give up an action that has no record: whoever wants to send it later sends nothing (NeverSent).

        False when it has one: its call may have begun. Raises Unavailable when that cannot be told.
        """
        ...


@runtime_checkable
class SendWindows(Protocol):
    """A venue that refuses an action which arrives after a time that was signed into it."""

    def is_window_closed(self, action: Action) -> bool:
        """Has that time passed, by the venue's own clock? False where the action has no such time. Raises as a read."""
        ...


class Payout(Wire):
    """What a venue paid for each unit of an asset when it ended it, `price` in quote `currency`."""

    symbol: str
    price: Decimal
    currency: str = "USD"
    at: datetime


@runtime_checkable
class Payouts(Protocol):
    """A venue that ends assets by itself and pays for them, without any action of ours."""

    def payouts(self, symbols: Sequence[str]) -> Sequence[Payout]:
        """For those of `symbols` that it has ended and paid out to this account. Raises as a read does."""
        ...


@runtime_checkable
class SelfSettling(Protocol):
    """A venue that pays for decided assets when it is asked to; no action, no decision and no risk is in it."""

    def settle(self) -> None:
        """Pays every holding of this account whose asset is decided. Passes over those it cannot read now."""
        ...


@runtime_checkable
class Endings(Protocol):
    """A venue whose assets end: markets with a window, options, bonds."""

    def endings(self, symbols: Sequence[str]) -> Mapping[str, Decimal | None]:
        """What a unit of each finished asset of `symbols` pays, None while that is undecided.

        Assets that are still dealt in are left out. Raises as a read does.
        """
        ...


@runtime_checkable
class OpenOrders(Protocol):
    """A venue that lists working orders (Capability.OPEN_ORDERS)."""

    def open_orders(self) -> Sequence[OpenOrder]:
        """All of this account, ours and others. Raises as a read does."""
        ...


class OrderCanceller(Protocol):
    """Open orders of one account and their cancellation, with nothing but its credentials.

    Only `argosy cancel-all` may use it, for the day on which nothing else of the platform answers.
    """

    def open_orders(self) -> Sequence[OpenOrder]:
        """All of this account. Raises as a read does."""
        ...

    def cancel_open_orders(self, orders: Sequence[OpenOrder], *, everything: bool) -> None:
        """Ask the venue to cancel `orders`; with `everything` all of the account, listed or not.

        Raises VenueError when one or more could not be; what is left, `open_orders` tells.
        """
        ...


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """The venue's own record of one order: its executions, or its totals as one without an id.

    `ended`: nothing can come any more. The money of totals may be off by `slack`, for averages are rounded.
    """

    client_id: str
    fills: Sequence[Fill]
    ended: bool
    slack: Decimal = ZERO


@runtime_checkable
class OrderRecords(Protocol):
    """A venue that can be asked again for an order whose end is noted here already."""

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Read from the venue, whatever is known of it here. None: it knows no such order. Raises as a read does."""
        ...


@runtime_checkable
class FillHistory(Protocol):
    """A venue that lists past executions (Capability.FILL_HISTORY)."""

    def fills(self, since: datetime) -> Sequence[Fill]:
        """This account's executions from `since` on, oldest first, by the same ids as `lookup` gives them.

        `client_id` is empty for an order that is not ours. Raises as a read does.
        """
        ...
