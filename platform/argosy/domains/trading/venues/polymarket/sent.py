"""Records of signed orders and cancellations that may have been sent.

Each record is stored under the client id before the request. Orders are also found by their hash.
"""

from __future__ import annotations

from decimal import Decimal

from argosy.core.actions.action import Side, TimeInForce
from argosy.core.ports import Documents
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.sizes import CENT, IMMEDIATE, order_money
from argosy.venuekit.adapter.order_records import Sent, SentLog, claim, is_withdrawn, withdraw

ORDERS = "polymarket.orders"
HASHES = "polymarket.hashes"
CANCELS = "polymarket.cancels"

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

    def add(self, client_id: str, order: SentOrder) -> bool:
        self._documents.put(HASHES, order.hash.lower(), client_id)
        return super().add(client_id, order)

    def client_id_of(self, order_hash: str) -> str | None:
        """Return the client id of an order hash; None if the order is not one of ours."""
        found = self._documents.get(HASHES, order_hash.lower())
        return None if found is None else str(found.value)

    def cancelling(self, client_id: str) -> str | None:
        """Return the order hash of a cancellation; None if there is none or it was withdrawn."""
        found = self._documents.get(CANCELS, client_id)
        return None if found is None or is_withdrawn(found.value) else str(found.value)

    def add_cancel(self, client_id: str, order_hash: str) -> bool:
        """Add a record.

        Return False if this cancellation was sent before. Raises NeverSent as `add` does.
        """
        return claim(self._documents, CANCELS, client_id, order_hash)

    def withdraw_cancel(self, client_id: str) -> bool:
        """Withdraw an unsent cancellation. Return False if its call may have begun."""
        return withdraw(self._documents, CANCELS, client_id)
