"""What was signed and may have been sent: stored under the client id before the post, found again by its hash."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.action import Side, TimeInForce
from argosy.core.ports import Documents
from argosy.domains.trading.market import FeeSchedule
from argosy.domains.trading.sizes import CENT, IMMEDIATE, order_money
from argosy.domains.trading.venues.sent import Sent, SentLog, claim, is_withdrawn, withdraw

ORDERS = "polymarket.orders"
HASHES = "polymarket.hashes"
CANCELS = "polymarket.cancels"

_LEAST_PRICE = Decimal("0.0001")
"""The lowest price at the finest tick."""


class SentOrder(Sent):
    """An order of ours. `signed_at` and `absent_since` are Unix ms.

    `market` is the condition id, "" of orders that were stored without it. `fees` is the market's schedule at that moment: a later look-up books the same fee to the last digit.
    `acknowledged` says that the venue answered that it has the order, `matched` how many shares it said were
    matched at once; `absent_since` is when it was first found not to be working any more. `expires_at` (Unix
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
        """Is this more than the order was for?

        A purchase that matches at once spends its money: at better prices it gets more shares than it named.
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
        """Whose order this is; None when it is not one of ours."""
        found = self._documents.get(HASHES, order_hash.lower())
        return None if found is None else str(found.value)

    def cancelling(self, client_id: str) -> str | None:
        """The order hash that the cancellation `client_id` was about."""
        found = self._documents.get(CANCELS, client_id)
        return None if found is None or is_withdrawn(found.value) else str(found.value)

    def add_cancel(self, client_id: str, order_hash: str) -> bool:
        """False when this cancellation was sent before. Raises NeverSent as `add` does."""
        return claim(self._documents, CANCELS, client_id, order_hash)

    def withdraw_cancel(self, client_id: str) -> bool:
        """Give up a cancellation that was not sent; False when its call may have begun."""
        return withdraw(self._documents, CANCELS, client_id)
