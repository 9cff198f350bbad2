"""Records of orders at an exchange, written under their client id before sending."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.actions.action import Side, TimeInForce
from argosy.core.ports import Documents
from argosy.venuekit.adapter.order_records import Sent, SentCancellation, SentLog


class SentExchangeOrder(Sent):
    """Order record. `sent_at` is in Unix milliseconds; `venue_id` is set once it is known."""

    symbol: str
    sent_at: int
    side: Side = "buy"
    quantity: Decimal = Decimal(0)
    time_in_force: TimeInForce = "GTC"
    venue_id: str | None = None

    @property
    def venue_order_id(self) -> str | None:
        return self.venue_id


class SentExchangeOrders(SentLog[SentExchangeOrder]):
    """Order records of one account at one exchange; `account` is any name of it."""

    def __init__(self, documents: Documents, exchange: str, account: str) -> None:
        super().__init__(documents, f"exchange.{exchange}:{account}", SentExchangeOrder, "order:")

    def add(self, client_id: str, record: SentExchangeOrder | SentCancellation) -> bool:
        if isinstance(record, SentExchangeOrder) and record.symbol not in self.symbols():
            symbol = record.symbol
            self._documents.update(self.namespace, "symbols", lambda known: sorted({*(known or []), symbol}))
        return super().add(client_id, record)

    def symbols(self) -> list[str]:
        """Return every symbol for which an order was sent."""
        found = self._documents.get(self.namespace, "symbols")
        return [] if found is None else list(found.value)
