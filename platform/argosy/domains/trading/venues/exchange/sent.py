"""Orders sent to an exchange: written down under their client id before they are sent."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.action import Side, TimeInForce
from argosy.core.ports import Documents
from argosy.domains.trading.venues.sent import Sent, SentLog


class SentOrder(Sent):
    """`cancels` is set on a cancellation: the client id of the order it is about. `venue_id` once it is known."""

    symbol: str
    sent_at: int
    side: Side = "buy"
    quantity: Decimal = Decimal(0)
    time_in_force: TimeInForce = "GTC"
    cancels: str | None = None
    venue_id: str | None = None


class SentOrders(SentLog[SentOrder]):
    """Of one account at one exchange; `account` is any name of it."""

    def __init__(self, documents: Documents, exchange: str, account: str) -> None:
        super().__init__(documents, f"exchange.{exchange}:{account}", SentOrder, "order:")

    def add(self, client_id: str, order: SentOrder) -> bool:
        if order.symbol not in self.symbols():
            self._documents.update(
                self._namespace, "symbols", lambda known: sorted({*(known or []), order.symbol})
            )
        return super().add(client_id, order)

    def symbols(self) -> list[str]:
        """Every symbol an order was sent for."""
        found = self._documents.get(self._namespace, "symbols")
        return [] if found is None else list(found.value)
