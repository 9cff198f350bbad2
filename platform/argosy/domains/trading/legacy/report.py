"""What a provider says of one order, before it is trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from argosy.core.action import Action, Side, TimeInForce
from argosy.core.asset import Asset
from argosy.core.money import ZERO
from argosy.core.send_deadline import SendDeadline
from argosy.core.venue import Balance, OrderBook, Quote
from argosy.core.wire import Wire
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.replies.fees import Fees


class OrderState(StrEnum):
    OPEN = "open"
    FILLED = "filled"
    ENDED = "ended"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution. `id` "": the provider has no name for it. `fees` None: nothing is told of them."""

    id: str
    quantity: Decimal
    price: Decimal
    fees: Fees | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """An order as the provider tells it.

    `trades` None: it lists none, only `filled`, `cost` and `fees` in all. `cost` is what was filled, in the quote
    currency and without fees, None where nothing tells it; it may be off by `slack`, for averages are rounded.
    `counted` False: no number of what was filled is told, `filled` follows from the state or the executions.
    """

    order_id: str
    state: OrderState
    filled: Decimal = ZERO
    cost: Decimal | None = None
    slack: Decimal = ZERO
    fees: Fees | None = None
    counted: bool = True
    trades: Sequence[Trade] | None = None
    reason: str | None = None
    symbol: str | None = None
    side: Side | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    at: datetime | None = field(default=None)


class OrderNote(Wire):
    """What is written down before an order is sent: enough to find it again.

    `cancels` is set on a cancellation: the client id of the order it is about.
    """

    client_id: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal | None
    time_in_force: TimeInForce
    sent_at: datetime
    order_id: str | None = None
    cancels: str | None = None


class Dialect(Protocol):
    """One way in which providers are spoken to. Reads raise VenueError and its kinds."""

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
        """Raises OrderDenied for what could not be sent as it is meant."""
        ...

    def place(self, action: Action, deadline: SendDeadline | None = None) -> Report:
        """Raises NeverSent when `deadline` passed before the call, OrderRejected (and AuthFailed, VenueNotFound, RateLimited, …) where the venue certainly refused,
        UnknownOutcome for every other end.
        """
        ...

    def order(self, note: OrderNote) -> Report | None:
        """By the venue's own id. None: it knows no such order."""
        ...

    def find(self, note: OrderNote) -> Sequence[Report]:
        """Orders that may be this one, found by client id (then at most one) or by their terms."""
        ...

    def cancel(self, note: OrderNote, deadline: SendDeadline | None = None) -> None:
        """Raises as `place` does."""
        ...
