"""Records of orders sent to a provider.

Each is written before the order is sent; its result is added later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from argosy.core.actions.action import ActionResult
from argosy.core.ports import Documents
from argosy.errors import Conflict
from argosy.legacy.report import OrderNote
from argosy.venuekit.adapter.order_records import claim, is_withdrawn, withdraw


class OrderNotes:
    """Order records as documents.

    `order:<client id>` holds note and result. `venue:<order id>` names the client id of that order.
    """

    def __init__(self, documents: Documents, venue: str, account: str) -> None:
        self._documents = documents
        self.namespace = f"legacy:{venue}:{account}"

    def add(self, note: OrderNote) -> bool:
        """Store a note. Return False if the client id has one.

        Raises NeverSent if the action was withdrawn.
        """
        return claim(self._documents, self.namespace, _key(note.client_id), {"note": note.to_wire()})

    def withdraw(self, client_id: str) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return withdraw(self._documents, self.namespace, _key(client_id))

    def get(self, client_id: str) -> OrderNote | None:
        found = self._read(client_id).get("note")
        return None if found is None else OrderNote.model_validate(found)

    def result(self, client_id: str) -> ActionResult | None:
        found = self._read(client_id).get("result")
        return None if found is None else ActionResult.model_validate(found)

    def settle(self, result: ActionResult) -> ActionResult:
        return self.update(result.client_id, lambda before: result)

    def update(self, client_id: str, change: Callable[[ActionResult | None], ActionResult]) -> ActionResult:
        """Store the result of `change`, which receives the known result.

        A final result stays.
        """
        after: list[ActionResult] = []

        def step(raw: Any) -> Any:
            record = raw or {}
            before = record.get("result")
            known = None if before is None else ActionResult.model_validate(before)
            after[:] = [known if known is not None and known.status.final else change(known)]
            return {**record, "result": after[0].to_wire()}

        self._documents.update(self.namespace, _key(client_id), step)
        return after[0]

    def waiting_since(self, client_id: str, *, complete: bool, now: datetime) -> datetime | None:
        """Return the time of the first lookup with missing executions; None if none are missing.

        The time is stored here.
        """
        since = self._read(client_id).get("waitingSince")
        if complete == (since is None):
            return None if since is None else datetime.fromisoformat(since)
        noted = None if complete else now.isoformat()

        def step(raw: Any) -> Any:
            return {**(raw or {}), "waitingSince": noted}

        self._documents.update(self.namespace, _key(client_id), step)
        return None if complete else now

    def claim(self, order_id: str, client_id: str) -> bool:
        """Assign the venue's order `order_id` to this action. Return False if it belongs to another."""
        if not order_id:
            return False
        try:
            self._documents.put(self.namespace, f"venue:{order_id}", client_id, expected=0)
        except Conflict:
            if self.owner(order_id) != client_id:
                return False

        def step(raw: Any) -> Any:
            record = raw or {}
            return {**record, "note": {**record.get("note", {}), "orderId": order_id}}

        self._documents.update(self.namespace, _key(client_id), step)
        return True

    def owner(self, order_id: str) -> str | None:
        found = self._documents.get(self.namespace, f"venue:{order_id}")
        return None if found is None else str(found.value)

    def _read(self, client_id: str) -> dict[str, Any]:
        found = self._documents.get(self.namespace, _key(client_id))
        return {} if found is None or is_withdrawn(found.value) else found.value


def _key(client_id: str) -> str:
    return f"order:{client_id}"
