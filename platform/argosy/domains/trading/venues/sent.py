"""Orders written down under their client ids before they are sent."""

from __future__ import annotations

from typing import Generic, TypeVar

from argosy.core.action import ActionResult
from argosy.core.ports import Documents
from argosy.core.wire import Wire
from argosy.errors import Conflict


class Sent(Wire):
    """What is noted of an order at every venue: its result, once there is one."""

    result: ActionResult | None = None


S = TypeVar("S", bound=Sent)


class SentLog(Generic[S]):
    """Notes of the kind `model` in one namespace, under `prefix` and the client id."""

    def __init__(self, documents: Documents, namespace: str, model: type[S], prefix: str = "") -> None:
        self._documents = documents
        self._namespace = namespace
        self._model = model
        self._prefix = prefix

    def get(self, client_id: str) -> S | None:
        found = self._documents.get(self._namespace, self._prefix + client_id)
        return None if found is None else self._model.model_validate(found.value)

    def add(self, client_id: str, order: S) -> bool:
        """False when this client id was used before: nothing may be sent."""
        try:
            self._documents.put(self._namespace, self._prefix + client_id, order.to_wire(), expected=0)
        except Conflict:
            return False
        return True

    def change(self, client_id: str, **fields: object) -> None:
        """Notes what was learnt. A final result stays, whatever a slower process brings."""

        def step(raw: object) -> object:
            order = self._model.model_validate(raw)
            if order.result is not None and order.result.status.final:
                return raw
            return order.model_copy(update=fields).to_wire()

        self._documents.update(self._namespace, self._prefix + client_id, step)
