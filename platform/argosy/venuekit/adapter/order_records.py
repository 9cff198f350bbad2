"""Order records of adapters, and the compare-and-set between sending and withdrawing.

The record of an action is made once: by its sender right before the call, or by the process that withdraws the
action. The other process loses. So an action without a record was not sent, and a withdrawn one never will be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Generic, TypeVar

from pydantic import ConfigDict

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
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


def rejection(
    client_id: str, reason: str, code: str | None = None, *, venue_id: str | None = None
) -> ActionResult:
    return ActionResult(
        client_id=client_id, status=ActionStatus.REJECTED, reason=reason, code=code, venue_id=venue_id
    )


def unsupported_kind(action: Action, venue: str, kinds: Iterable[ActionKind]) -> ActionResult:
    """Return the rejection of an action of a kind that the venue does not have."""
    offered = ", ".join(sorted(kind.value for kind in kinds))
    reason = f"{venue} has no action {action.kind.value}, so nothing is sent; it has {offered}"
    return rejection(action.client_id, reason, "action.unsupported")


def unsent_result(client_id: str, error: ArgosyError) -> ActionResult:
    """Return the result of an action that was stopped before it left."""
    return ActionResult(client_id=client_id, status=ActionStatus.DENIED, code=error.code, reason=str(error))


class Sent(Wire):
    """Record of an order at any venue: its result, once there is one.

    Fields of other versions are ignored.
    """

    model_config = ConfigDict(extra="ignore")

    result: ActionResult | None = None

    @property
    def is_final(self) -> bool:
        return self.result is not None and self.result.status.final

    @property
    def venue_order_id(self) -> str | None:
        """The venue's id of the order; None while it is unknown."""
        return None


class SentCancellation(Sent):
    """Record of a cancellation.

    `cancels` is the client id of the order to cancel, empty if the order is known by its `venue_id` only.
    """

    cancels: str
    sent_at: datetime
    venue_id: str | None = None

    @property
    def venue_order_id(self) -> str | None:
        return self.venue_id


S = TypeVar("S", bound=Sent)


class SentLog(Generic[S]):
    """Records of orders of type `model` and of cancellations, under `prefix` and the client id."""

    def __init__(self, documents: Documents, namespace: str, model: type[S], prefix: str = "") -> None:
        self._documents = documents
        self.namespace = namespace
        self._model = model
        self._prefix = prefix

    def get(self, client_id: str) -> S | SentCancellation | None:
        """Return the record; None if nothing was sent under this id, or if it was withdrawn."""
        found = self._documents.get(self.namespace, self._prefix + client_id)
        if found is None or is_withdrawn(found.value):
            return None
        return self._parse(found.value)

    def order(self, client_id: str) -> S | None:
        """Return the record of an order; None for a cancellation."""
        found = self.get(client_id)
        return None if isinstance(found, SentCancellation) else found

    def add(self, client_id: str, record: S | SentCancellation) -> bool:
        """Add a record. Return False if the client id was used before: nothing may be sent.

        Raises NeverSent as `claim` does.
        """
        return claim(self._documents, self.namespace, self._prefix + client_id, record.to_wire())

    def withdraw(self, client_id: str) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return withdraw(self._documents, self.namespace, self._prefix + client_id)

    def change(self, client_id: str, **fields: object) -> None:
        """Store new facts. A record with a final result stays, whatever a slower process brings."""

        def step(raw: object) -> object:
            record = self._parse(raw)
            return raw if record.is_final else record.model_copy(update=fields).to_wire()

        self._documents.update(self.namespace, self._prefix + client_id, step)

    def settle(
        self, client_id: str, result: ActionResult | Callable[[ActionResult | None], ActionResult]
    ) -> ActionResult:
        """Store a result, or the one made from the known result. Return the one that stands.

        A final result stays.
        """
        stands: list[ActionResult] = []

        def step(raw: object) -> object:
            record = self._parse(raw)
            if record.result is not None and record.is_final:
                stands[:] = [record.result]
                return raw
            stands[:] = [result(record.result) if callable(result) else result]
            return record.model_copy(update={"result": stands[0]}).to_wire()

        self._documents.update(self.namespace, self._prefix + client_id, step)
        return stands[0]

    def _parse(self, raw: Any) -> S | SentCancellation:
        if raw.get("cancels") is not None:
            return SentCancellation.model_validate(raw)
        return self._model.model_validate(raw)
