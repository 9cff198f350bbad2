"""Venues: capabilities, status, quotes, books, and the protocols that adapters implement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, runtime_checkable

from argosy.core.actions.action import Action, ActionResult, Fill, Side
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.money.flow import DailyTotal, Flow
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.core.venues.asset import Asset
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
    BINARY_MARKETS = "binary_markets"
    SETTLEMENT = "settlement"


class VenueStatus(StrEnum):
    UP = "up"
    DEGRADED = "degraded"
    CLOSED = "closed"
    DOWN = "down"


class Level(Wire):
    """Price level: price in quote currency per unit, and size in units."""

    price: Decimal
    size: Decimal


class OrderBook(Wire):
    """Order book with the best level first on both sides.

    `at` is the venue's own time of this book, None if it gives none.
    """

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
        """True if the book is locked or crossed (bid ≥ ask); such a book gives no quote."""
        return bool(self.bids and self.asks) and self.bids[0].price >= self.asks[0].price

    def depth(self, side: str) -> Decimal:
        """Return the total units available to a taker on `side` ("buy" takes the asks)."""
        return sum((level.size for level in (self.asks if side == "buy" else self.bids)), ZERO)


class Quote(Wire):
    """Reference price; `at` is the venue's time."""

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
    """Working order at the venue.

    `client_id` None means that it is not one of ours. `price` None means that it has no limit.
    """

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
    """Venue adapter with one write method, `execute`, for the action gateway alone.

    Whatever else a venue offers is a protocol of its own: `Assets`, `Quotes`, `OrderBooks`, `Balances`, `Positions`
    and the ones below. A caller asks for the protocol that it needs (`core.venues.needs`).

    `absence_proves_after_s` is in seconds. If `query_action` returns None for an action submitted longer ago, the
    action never reached the venue and never will. An adapter may have a `balance_step`: the smallest part of a
    balance that the venue shows. Smaller differences from the ledger are none.
    """

    name: str
    capabilities: frozenset[Capability]
    absence_proves_after_s: float

    def status(self) -> VenueStatus: ...

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """Execute the action at most once per client id; a repetition returns the first result.

        `deadline.check()` runs right before bytes leave: after reads, locks, rate limits and signing. A venue
        whose `execute` takes no `deadline` is called only while the deadline allows it.

        Raises OrderDenied (ModeRefused, NeverSent) when nothing was sent, UnknownOutcome when the outcome is
        unknown. Any other exception leaves the outcome unknown too. Never retries a write by itself.
        """
        ...

    def query_action(self, client_id: str) -> ActionResult | None:
        """Query the outcome of an action at the venue; return None if the venue does not know it.

        The result is final, or open with the fills so far. Every fill is exact and keeps its id. Fills not listed
        yet follow with a later query. Raises VenueUnavailable, UnknownOutcome and the other errors of a read when
        the outcome cannot be queried.
        """
        ...


@runtime_checkable
class Assets(Protocol):
    """Venue that lists the assets that can be traded, rented or bought there."""

    def assets(self) -> Sequence[Asset]:
        """Return the assets. Raises like a read."""
        ...


@runtime_checkable
class Quotes(Protocol):
    """Venue with reference prices (Capability.QUOTES).

    At a venue without them a position counts at its cost.
    """

    def quote(self, symbol: str) -> Quote:
        """Return the newest price. Raises VenueNotFound, NoQuote, and like a read."""
        ...


@runtime_checkable
class OrderBooks(Protocol):
    """Venue with order books (Capability.ORDER_BOOK)."""

    def order_book(self, symbol: str) -> OrderBook:
        """Return the order book.

        Raises VenueNotFound, VenueUnavailable, RateLimited, BadReply.
        """
        ...


@runtime_checkable
class Balances(Protocol):
    """Venue that shows the money of this account (Capability.BALANCES)."""

    def balances(self) -> Sequence[Balance]:
        """Return free and locked amounts by currency. Raises like a read."""
        ...


@runtime_checkable
class Positions(Protocol):
    """Venue that shows positions beside the balances (Capability.POSITIONS)."""

    def positions(self) -> Sequence[Position]:
        """Return this account's positions. Raises like a read."""
        ...


@runtime_checkable
class Withdrawals(Protocol):
    """Venue whose adapter records each action before sending.

    Only one process can create the record of an action.
    """

    def withdraw(self, action: Action) -> bool:
        """Cancel an action that has no record: a later attempt to send it sends nothing (NeverSent).

        Returns False when there is a record, because the call may have begun. Raises Unavailable when the records
        cannot be read.
        """
        ...


@runtime_checkable
class SendWindows(Protocol):
    """Venue that refuses actions arriving after a time signed into them."""

    def is_window_closed(self, action: Action) -> bool:
        """Return True if that time has passed by the venue's own clock.

        Returns False for an action without such a time. Raises like a read.
        """
        ...


class Payout(Wire):
    """Payout of the venue for each unit of an ended asset; `price` is in quote `currency`."""

    symbol: str
    price: Decimal
    currency: str = "USD"
    at: datetime


@runtime_checkable
class Payouts(Protocol):
    """Venue that ends assets by itself and pays for them, without any action of ours."""

    def payouts(self, symbols: Sequence[str]) -> Sequence[Payout]:
        """Return the payouts to this account for ended assets among `symbols`. Raises like a read."""
        ...


@runtime_checkable
class SelfSettling(Protocol):
    """Venue that pays for decided assets on request, without an action, decision or risk."""

    def settle(self) -> None:
        """Pay out this account's positions in decided assets; skip those that cannot be read now."""
        ...


@runtime_checkable
class Endings(Protocol):
    """Venue whose assets end: markets with a window, options, bonds."""

    def endings(self, symbols: Sequence[str]) -> Mapping[str, Decimal | None]:
        """Return the payout per unit of each finished asset of `symbols`, None while undecided.

        Assets that are still traded are left out. Raises like a read.
        """
        ...


@runtime_checkable
class OpenOrders(Protocol):
    """Venue that lists working orders (Capability.OPEN_ORDERS)."""

    def open_orders(self) -> Sequence[OpenOrder]:
        """Return all working orders of this account, ours and others. Raises like a read."""
        ...


class OrderCanceller(Protocol):
    """Open orders of one account and their cancellation, using only its credentials.

    Only `argosy cancel-all` may use it, for the case that the rest of the platform does not answer.
    """

    def open_orders(self) -> Sequence[OpenOrder]:
        """Return all working orders of this account. Raises like a read."""
        ...

    def cancel_open_orders(self, orders: Sequence[OpenOrder], *, everything: bool) -> None:
        """Cancel `orders` at the venue; with `everything` all orders of the account, listed or not.

        Raises VenueError when an order could not be cancelled. `open_orders` then lists the remaining ones.
        """
        ...


@dataclass(frozen=True, slots=True)
class OrderRecord:
    """Venue's own record of one order: its executions, or its totals as one without an id.

    `ended` means that nothing more can follow. The money of totals may be off by `slack`, because averages are
    rounded.
    """

    client_id: str
    fills: Sequence[Fill]
    ended: bool
    slack: Decimal = ZERO


@runtime_checkable
class OrderRecords(Protocol):
    """Venue that can be queried again for an order that has already ended here."""

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Read the order's record from the venue, not from local records.

        Returns None if the venue knows no such order. Raises like a read.
        """
        ...


@runtime_checkable
class FillHistory(Protocol):
    """Venue that lists past executions."""

    def fills(self, since: datetime) -> Sequence[Fill]:
        """Return this account's executions from `since` on, oldest first.

        Their ids are those of `query_action`. `client_id` is empty for an order that is not ours. Raises like a read.
        """
        ...


@runtime_checkable
class FlowHistory(Protocol):
    """Venue that moves money by itself: interest, rent, fees, refunds.

    `flow_days` may name the days for which it still revises a flow, 45 unless set.
    """

    def flows(self, since: datetime) -> Sequence[Flow]:
        """Return the newest revision of each flow of this account with a time from `since` on.

        A revised flow keeps its id. Raises like a read.
        """
        ...


class RunningCost(Wire):
    """Amount that an asset costs each day until it is ended, in `currency`."""

    symbol: str
    per_day: Decimal
    currency: str = "USD"


@runtime_checkable
class RunningCosts(Protocol):
    """Venue that says what rented, advertised or stored assets cost by the day."""

    def running_costs(self, symbols: Sequence[str]) -> Sequence[RunningCost]:
        """Return the costs of those of `symbols` that cost something now. Raises like a read."""
        ...


@runtime_checkable
class FlowReport(Protocol):
    """Venue with a report of its flows by day; `flow_zone` is the account's time zone (IANA)."""

    flow_zone: str

    def flow_totals(self, since: str) -> Sequence[DailyTotal]:
        """Return the totals of the days from `since` (an ISO date) on. Raises like a read."""
        ...


@runtime_checkable
class Values(Protocol):
    """Venue with values that actions set: prices, budgets, listings, stock."""

    def read_value(self, symbol: str, field: str) -> str:
        """Return the field's present value as text.

        Raises VenueNotFound for an unknown field, and like a read.
        """
        ...


@dataclass(frozen=True, slots=True)
class ValueEdit:
    """Edit of a value by the venue's change history; `by` is the user there."""

    at: datetime
    by: str = ""


@runtime_checkable
class ValueHistory(Protocol):
    """Venue with a history of the changes of its values."""

    def newest_edit(self, symbol: str, field: str) -> ValueEdit | None:
        """Return the newest edit of the field. Raises like a read."""
        ...
