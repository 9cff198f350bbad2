"""Orders sent to an exchange: written down under their client id before they are sent."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.action import ActionResult, Side, TimeInForce
from argosy.core.ports import Documents
from argosy.core.wire import Wire
from argosy.errors import Conflict


class SentOrder(Wire):
    """`cancels` is set on a cancellation: the client id of the order it is about. `venue_id` once it is known."""

    symbol: str
    sent_at: int
    side: Side = "buy"
    quantity: Decimal = Decimal(0)
    time_in_force: TimeInForce = "GTC"
    cancels: str | None = None
    venue_id: str | None = None
    result: ActionResult | None = None


class SentOrders:
    """Of one account at one exchange; `account` is any name of it."""

    def __init__(self, documents: Documents, exchange: str, account: str) -> None:
        self._documents = documents
        self._namespace = f"exchange.{exchange}:{account}"

    def get(self, client_id: str) -> SentOrder | None:
        found = self._documents.get(self._namespace, f"order:{client_id}")
        return None if found is None else SentOrder.model_validate(found.value)

    def add(self, client_id: str, order: SentOrder) -> bool:
        """False when this client id was used before: nothing may be sent."""
        if order.symbol not in self.symbols():
            self._documents.update(
                self._namespace, "symbols", lambda known: sorted({*(known or []), order.symbol})
            )
        try:
            self._documents.put(self._namespace, f"order:{client_id}", order.to_wire(), expected=0)
        except Conflict:
            return False
        return True

    def change(self, client_id: str, **fields: object) -> None:
        """Notes what was learnt. A final result stays, whatever a slower process brings."""

        def step(raw: object) -> object:
            order = SentOrder.model_validate(raw)
            if order.result is not None and order.result.status.final:
                return raw
            return order.model_copy(update=fields).to_wire()

        self._documents.update(self._namespace, f"order:{client_id}", step)

    def symbols(self) -> list[str]:
        """Every symbol an order was sent for."""
        found = self._documents.get(self._namespace, "symbols")
        return [] if found is None else list(found.value)
