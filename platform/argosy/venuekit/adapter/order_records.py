"""Order records of adapters, and the compare-and-set between sending and withdrawing.

The record of an action is made once: by its sender right before the call, or by the process that withdraws the
action. The other process loses. So an action without a record was not sent, and a withdrawn one never will be.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from argosy.core.actions.action import ActionResult, ActionStatus
from argosy.core.ports import Documents
from argosy.core.wire import Wire
from argosy.errors import ArgosyError, Conflict, NeverSent

_WITHDRAWN = {"withdrawn": True}


def claim(documents: Documents, namespace: str, key: str, record: Any) -> bool:
    """Write the record of an action about to be sent. Return False if there is one already.

    Raises NeverSent if the action was withdrawn: it must not be sent.
    """
    try:
        documents.put(namespace, key, record, expected=0)
    except Conflict:
        found = documents.get(namespace, key)
        if found is not None and is_withdrawn(found.value):
            raise given_up() from None
        return False
    return True


def withdraw(documents: Documents, namespace: str, key: str) -> bool:
    """Withdraw an action without a record. Return False if it has one: its call may have begun."""
    try:
        documents.put(namespace, key, _WITHDRAWN, expected=0)
    except Conflict:
        found = documents.get(namespace, key)
        return found is not None and is_withdrawn(found.value)
    return True


def is_withdrawn(record: Any) -> bool:
    return bool(record == _WITHDRAWN)


def given_up() -> NeverSent:
    return NeverSent("the action was given up before it was sent; nothing is sent")


def unsent(client_id: str, error: ArgosyError) -> ActionResult:
    """Return the result of an action that was stopped before it left."""
    return ActionResult(client_id=client_id, status=ActionStatus.DENIED, code=error.code, reason=str(error))


class Sent(Wire):
    """Record of an order at any venue: its result, once there is one."""

    result: ActionResult | None = None


S = TypeVar("S", bound=Sent)


class SentLog(Generic[S]):
    """Records of type `model` in one namespace, under `prefix` and the client id."""

    def __init__(self, documents: Documents, namespace: str, model: type[S], prefix: str = "") -> None:
        self._documents = documents
        self._namespace = namespace
        self._model = model
        self._prefix = prefix

    def get(self, client_id: str) -> S | None:
        """Return the record; None if nothing was sent under this id, or if it was withdrawn."""
        found = self._documents.get(self._namespace, self._prefix + client_id)
        if found is None or is_withdrawn(found.value):
            return None
        return self._model.model_validate(found.value)

    def add(self, client_id: str, order: S) -> bool:
        """Add a record. Return False if the client id was used before: nothing may be sent.

        Raises NeverSent as `claim` does.
        """
        return claim(self._documents, self._namespace, self._prefix + client_id, order.to_wire())

    def withdraw(self, client_id: str) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return withdraw(self._documents, self._namespace, self._prefix + client_id)

    def change(self, client_id: str, **fields: object) -> None:
        """Store new facts. A final result stays, whatever a slower process brings."""

        def step(raw: object) -> object:
            order = self._model.model_validate(raw)
            if order.result is not None and order.result.status.final:
                return raw
            return order.model_copy(update=fields).to_wire()

        self._documents.update(self._namespace, self._prefix + client_id, step)
