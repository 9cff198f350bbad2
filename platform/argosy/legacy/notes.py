"""Records of orders sent to a provider.

Each is written before the order is sent; its result is added later.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from argosy.core.ports import Documents
from argosy.errors import Conflict
from argosy.legacy.report import OrderNote
from argosy.venuekit.adapter.order_records import SentCancellation, SentLog


class OrderNotes(SentLog[OrderNote]):
    """Order records of one account at one provider.

    `order:<client id>` holds the record. `venue:<order id>` names the client id of that order.
    """

    def __init__(self, documents: Documents, venue: str, account: str) -> None:
        super().__init__(documents, f"legacy:{venue}:{account}", OrderNote, "order:")

    def waiting_since(self, client_id: str, *, complete: bool, now: datetime) -> datetime | None:
        """Return the time of the first lookup with missing executions; None if none are missing.

        The time is stored here.
        """
        order = self.order(client_id)
        since = None if order is None else order.waiting_since
        if complete == (since is None):
            return since
        noted = None if complete else now
        self.change(client_id, waiting_since=noted)
        return noted

    def claim(self, order_id: str, client_id: str) -> bool:
        """Assign the venue's order `order_id` to this action. Return False if it belongs to another."""
        if not order_id:
            return False
        try:
            self._documents.put(self.namespace, f"venue:{order_id}", client_id, expected=0)
        except Conflict:
            if self.owner(order_id) != client_id:
                return False
        self.change(client_id, order_id=order_id)
        return True

    def owner(self, order_id: str) -> str | None:
        found = self._documents.get(self.namespace, f"venue:{order_id}")
        return None if found is None else str(found.value)

    def _parse(self, raw: Any) -> OrderNote | SentCancellation:
        """Read a record; an earlier version stored the order under `note`."""
        if "note" in raw:
            raw = {**raw["note"], "result": raw.get("result"), "waitingSince": raw.get("waitingSince")}
        return super()._parse(raw)
