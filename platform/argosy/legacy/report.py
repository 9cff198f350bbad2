"""A provider's report of one order, before it is checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from argosy.core.actions.action import Action, Side, TimeInForce
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.money.money import ZERO
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Balance, OrderBook, Quote
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.replies.fees import Fees
from argosy.venuekit.adapter.order_records import Sent


class OrderState(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    ENDED = "ended"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ReportedTrade:
    """One execution. `id` "" means no name; `fees` None means that no fee is reported."""

    id: str
    quantity: Decimal
    price: Decimal
    fees: Fees | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """Order as the provider reports it.

    `trades` None: the provider lists no executions, only `filled`, `cost` and `fees` in total. `cost` is the cost
    of the filled part in quote currency without fees, None if not reported. It may be off by `slack`, because
    averages are rounded. `counted` False: the provider reports no filled quantity; `filled` follows from the state
    or the executions.
    """

    order_id: str
    state: OrderState
    filled: Decimal = ZERO
    cost: Decimal | None = None
    slack: Decimal = ZERO
    fees: Fees | None = None
    counted: bool = True
    trades: Sequence[ReportedTrade] | None = None
    reason: str | None = None
    symbol: str | None = None
    side: Side | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    at: datetime | None = field(default=None)


class OrderNote(Sent):
    """Record written before an order is sent, enough to find the order again.

    `waiting_since` is the time of the first look-up that lacked executions.
    """

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    sent_at: datetime
    order_id: str | None = None
    waiting_since: datetime | None = None

    @property
    def venue_order_id(self) -> str | None:
        return self.order_id


class Dialect(Protocol):
    """Protocol of one kind of provider. Reads raise VenueError and its subclasses."""

    finds_by_client_id: bool
    finds_by_terms: bool
    has_candles: bool

    def connect(self) -> None: ...

    def disconnect(self) -> None: ...

    def assets(self) -> Sequence[Asset]: ...

    def book(self, symbol: str) -> OrderBook: ...

    def quote(self, symbol: str) -> Quote: ...

    def candles(self, symbol: str, interval: str, limit: int) -> list[Candle]: ...

    def balances(self) -> Sequence[Balance]: ...

    def check(self, action: Action) -> None:
        """Check the action. Raises OrderDenied if it cannot be sent as intended."""
        ...

    def place(self, action: Action, deadline: SendDeadline | None = None) -> ProviderReport:
        """Place an order.

        Raises NeverSent if `deadline` passed before the call. Raises OrderRejected (and AuthFailed, VenueNotFound,
        RateLimited, …) if the venue certainly refused. Raises UnknownOutcome for every other failure.
        """
        ...

    def order(self, note: OrderNote) -> ProviderReport | None:
        """Return the order by the venue's own id; None if the provider does not know it."""
        ...

    def find(self, note: OrderNote) -> Sequence[ProviderReport]:
        """Return orders that may be this one.

        A search by client id finds at most one; otherwise the search uses the order's terms.
        """
        ...

    def cancel(self, note: OrderNote, deadline: SendDeadline | None = None) -> None:
        """Cancel the order. Raises as `place` does."""
        ...
