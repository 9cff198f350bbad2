"""Records of signed orders and cancellations that may have been sent.

Each record is stored under the client id before the request. Orders are also found by their hash.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from argosy.core.actions.action import ActionResult, Side, TimeInForce
from argosy.core.ports import Documents
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.sizes import CENT, IMMEDIATE, order_money
from argosy.venuekit.adapter.order_records import Sent, SentCancellation, SentLog, given_up, is_withdrawn

ORDERS = "polymarket.orders"
HASHES = "polymarket.hashes"
CANCELS = "polymarket.cancels"

_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
"""Time of cancellations that an earlier version recorded without one."""
_LEAST_PRICE = Decimal("0.0001")
"""The lowest price at the finest tick."""


class SentOrder(Sent):
    """Record of a signed order. Times are in Unix milliseconds, except `expires_at`.

    `market` is the condition id; records stored by an older version have "". `fees` is the market's schedule at the
    signature. So a later look-up books the same fee to the last digit. `acknowledged` is True once the venue has
    answered that it has the order. `matched` is the number of shares that matched at once by that answer.
    `absent_since` is the time of the first look-up that did not list the acknowledged order. `expires_at` (Unix
    seconds, 0 for never) is signed into the order.
    """

    hash: str
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    time_in_force: TimeInForce
    signed_at: int
    fees: FeeSchedule
    market: str = ""
    acknowledged: bool = False
    matched: Decimal | None = None
    absent_since: int | None = None
    expires_at: int = 0

    @property
    def venue_order_id(self) -> str | None:
        return self.hash

    @property
    def immediate(self) -> bool:
        return self.time_in_force in IMMEDIATE

    def is_exceeded(self, shares: Decimal, money: Decimal) -> bool:
        """Return True if shares and money are more than the order allows.

        An immediate purchase is bounded by its money: at better prices it gets more shares than it named.
        """
        if self.immediate and self.side == "buy":
            most = order_money(self.quantity, self.price, self.side, self.time_in_force)
            return money > most + CENT or money < shares * _LEAST_PRICE
        return shares > self.quantity


class SentOrders(SentLog[SentOrder]):
    """The records of one wallet's orders and cancellations."""

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents, ORDERS, SentOrder)

    def get(self, client_id: str) -> SentOrder | SentCancellation | None:
        found = super().get(client_id)
        return self._earlier_cancellation(client_id) if found is None else found

    def add(self, client_id: str, record: SentOrder | SentCancellation) -> bool:
        if isinstance(record, SentOrder):
            self._documents.put(HASHES, record.hash.lower(), client_id)
        elif (earlier := self._documents.get(CANCELS, client_id)) is not None:
            if is_withdrawn(earlier.value):
                raise given_up()
            return False
        return super().add(client_id, record)

    def settle(
        self, client_id: str, result: ActionResult | Callable[[ActionResult | None], ActionResult]
    ) -> ActionResult:
        if self._earlier_cancellation(client_id) is not None:
            return result(None) if callable(result) else result
        return super().settle(client_id, result)

    def withdraw(self, client_id: str) -> bool:
        return self._earlier_cancellation(client_id) is None and super().withdraw(client_id)

    def client_id_of(self, order_hash: str) -> str | None:
        """Return the client id of an order hash; None if the order is not one of ours."""
        found = self._documents.get(HASHES, order_hash.lower())
        return None if found is None else str(found.value)

    def _earlier_cancellation(self, client_id: str) -> SentCancellation | None:
        """Return a cancellation that an earlier version stored: its order hash under `CANCELS`."""
        found = self._documents.get(CANCELS, client_id)
        if found is None or not isinstance(found.value, str):
            return None
        return SentCancellation(cancels="", sent_at=_LONG_AGO, venue_id=found.value)
