"""Base of adapters that send each action at most once and find its outcome again.

The base stores a record of the action before anything is sent. An action with a record is never sent again; its
outcome is queried. A record is made by a compare-and-set, so a withdrawn action is not sent later.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar, Generic, TypeVar

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline, check
from argosy.core.clock import Clock
from argosy.core.venues.venue import OrderRecord
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    CircuitOpen,
    DuplicateOrder,
    NeverSent,
    OrderDenied,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueNotFound,
    VenueUnavailable,
)
from argosy.venuekit.adapter.certain import certain
from argosy.venuekit.adapter.order_records import (
    S,
    SentCancellation,
    SentLog,
    rejection,
    unsent_result,
    unsupported_kind,
)
from argosy.venuekit.adapter.send_guard import sending

_WAIT = "wait: reconciliation queries the outcome; the action is not sent again"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PreparedOrder(Generic[S]):
    """Order that can be sent: its record, and what `send` needs besides."""

    record: S
    payload: Any = None


class AtMostOnce(ABC, Generic[S]):
    """Adapter base with the steps `prepare`, `send`, `accept`, `find` and `cancel` of one venue.

    `kinds` are the kinds that go through `prepare` and `send`. `refusals` are errors of `send` and `cancel` that prove
    that the action has no effect; every other error leaves the outcome unknown. With `checks_deadline` the steps check
    the deadline themselves, later than the base could. `cancellation_ends_s` is the time after which a cancellation of
    an order that still works counts as refused; None leaves the decision to the gateway.
    """

    kinds: ClassVar[frozenset[ActionKind]] = frozenset({ActionKind.PLACE_ORDER})
    refusals: ClassVar[tuple[type[ArgosyError], ...]] = (
        OrderRejected,
        AuthFailed,
        PermissionRefused,
        VenueNotFound,
        RateLimited,
        CircuitOpen,
    )
    checks_deadline: ClassVar[bool] = False
    cancellation_ends_s: ClassVar[float | None] = None

    def __init__(self, name: str, records: SentLog[S], clock: Clock) -> None:
        self.name = name
        self._records = records
        self._clock = clock

    # --- the venue's steps ------------------------------------------------------------------------------

    @abstractmethod
    def prepare(self, action: Action) -> PreparedOrder[S]:
        """Check the order, and read and sign its data.

        Raises an ArgosyError if the order cannot be sent.
        """

    @abstractmethod
    def send(self, action: Action, prepared: PreparedOrder[S], deadline: SendDeadline | None) -> Any:
        """Post the order and return the venue's reply. Write nothing else; `accept` reads the reply.

        Raises NeverSent after the deadline. Raises DuplicateOrder if the venue has the order already, and one of
        `refusals` if the venue refuses it. Raises UnknownOutcome otherwise.
        """

    @abstractmethod
    def accept(self, action: Action, record: S, reply: Any) -> ActionResult:
        """Read the reply to an order. Raises BadReply for one that cannot be read."""

    @abstractmethod
    def find(self, client_id: str, record: S) -> ActionResult | None:
        """Read the order's present outcome from the venue; None if the venue does not know it.

        Raises like a read.
        """

    @abstractmethod
    def cancel(
        self, action: Action, cancellation: SentCancellation, order: S | None, deadline: SendDeadline | None
    ) -> Any:
        """Post the cancellation of an order and return the venue's reply. Raises as `send` does."""

    def confirm(self, action: Action, cancellation: SentCancellation, reply: Any) -> ActionResult:
        """Read the reply to a cancellation. Raises BadReply, UnknownOutcome."""
        return cancellation_result(action.client_id, cancellation.venue_id)

    def target(self, action: Action, client_id: str, order: S | None) -> tuple[S | None, str | None]:
        """Return the order to cancel and the venue's id of it.

        Raises OrderDenied if there is none, other errors if it cannot be read.
        """
        if order is None:
            raise OrderDenied(
                "nothing to cancel",
                expected='parameters "clientId" of an order of ours',
                found=client_id or None,
            )
        return order, order.venue_order_id

    def has_ended(self, cancellation: SentCancellation) -> bool:
        """Return True if the cancelled order works no longer. Raises like a read."""
        found = self.query_action(cancellation.cancels)
        return found is not None and found.status.final

    def note_duplicate(self, client_id: str) -> None:
        """Store that the venue has this order, although its reply was lost."""

    def settle_reply(self, action: Action, record: S, reply: Any) -> ActionResult:
        """Store the result of an accepted order and return it."""
        return self.store(action.client_id, self.accept(action, record, reply))

    def settle_found(self, client_id: str, record: S) -> ActionResult | None:
        """Find the outcome of an order, store it and return it."""
        found = self.find(client_id, record)
        return None if found is None else self.store(client_id, found)

    # --- at most once -----------------------------------------------------------------------------------

    @certain
    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """Carry out an action at most once; a repetition returns the outcome of the first call.

        Raises OrderDenied if nothing was sent, UnknownOutcome if the outcome is not known.
        """
        if action.kind not in self.kinds and action.kind is not ActionKind.CANCEL_ORDER:
            return unsupported_kind(action, self.name, {*self.kinds, ActionKind.CANCEL_ORDER})
        if self._records.get(action.client_id) is not None:
            return self._repeat(action.client_id)
        if action.kind is ActionKind.CANCEL_ORDER:
            return self._cancel(action, deadline)
        prepared = self._before(lambda: self.prepare(action))
        if not self._records.add(action.client_id, prepared.record):
            return self._repeat(action.client_id)
        return self._deliver(
            action,
            deadline,
            lambda: self.send(action, prepared, deadline),
            lambda reply: self.settle_reply(action, prepared.record, reply),
            prepared.record.venue_order_id,
        )

    def _cancel(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        client_id = action.parameters.get("clientId", "")
        known = self._records.order(client_id) if client_id else None
        order, venue_id = self._before(lambda: self.target(action, client_id, known))
        record = SentCancellation(cancels=client_id, sent_at=self._clock.now(), venue_id=venue_id)
        if not self._records.add(action.client_id, record):
            return self._repeat(action.client_id)
        return self._deliver(
            action,
            deadline,
            lambda: self.cancel(action, record, order, deadline),
            lambda reply: self.store(action.client_id, self.confirm(action, record, reply)),
            venue_id,
        )

    def _before(self, step: Callable[[], T]) -> T:
        """Run a step before the record exists: whatever fails there, nothing was sent."""
        try:
            return step()
        except OrderDenied:
            raise
        except ArgosyError as error:
            raise OrderDenied(
                f"nothing is sent: {self.name} does not say what the action needs",
                found=str(error),
            ) from error

    def _deliver(
        self,
        action: Action,
        deadline: SendDeadline | None,
        post: Callable[[], Any],
        read: Callable[[Any], ActionResult],
        venue_id: str | None,
    ) -> ActionResult:
        """Post once, then read the reply.

        Errors of `read` never prove a refusal: the venue has the action by then.
        """
        client_id = action.client_id
        try:
            reply = self._post(deadline, post)
        except NeverSent as error:
            return self.store(client_id, unsent_result(client_id, error))
        except OrderDenied as error:
            self.store(client_id, unsent_result(client_id, error))
            raise
        except UnknownOutcome:
            raise
        except DuplicateOrder:
            self.note_duplicate(client_id)
            return self._repeat(client_id)
        except ArgosyError as error:
            if not self._is_refusal(error):
                raise
            return self.store(client_id, rejection(client_id, str(error), error.code, venue_id=venue_id))
        try:
            return read(reply)
        except BadReply as error:
            raise UnknownOutcome(
                f"{self.name}'s answer to {action.kind.value} cannot be read",
                found=error.found or error.message,
                remedy=_WAIT,
            ) from error

    def _post(self, deadline: SendDeadline | None, post: Callable[[], Any]) -> Any:
        if self.checks_deadline:
            return post()
        check(deadline)
        with sending(deadline):
            return post()

    def _is_refusal(self, error: ArgosyError) -> bool:
        if isinstance(error, VenueUnavailable) and error.details.get("sent") is False:
            return True
        return isinstance(error, self.refusals)

    def _repeat(self, client_id: str) -> ActionResult:
        try:
            found = self.query_action(client_id)
        except ArgosyError as error:
            raise UnknownOutcome(
                "the action was sent before, and its outcome cannot be read", found=str(error), remedy=_WAIT
            ) from error
        if found is None:
            raise UnknownOutcome(
                f"the action may have been sent before, and {self.name} does not know it (yet)",
                remedy="look it up again later; it is not sent a second time",
            )
        return found

    def query_action(self, client_id: str) -> ActionResult | None:
        """Return the outcome of an action; None if the venue does not know it. Raises like a read.

        A stored final result is returned as it is.
        """
        record = self._records.get(client_id)
        if record is None:
            return None
        if record.is_final:
            return record.result
        if not isinstance(record, SentCancellation):
            return self.settle_found(client_id, record)
        if self.has_ended(record):
            return self.store(
                client_id, cancellation_result(client_id, record.venue_id, "the order works no longer")
            )
        ends_s = self.cancellation_ends_s
        if ends_s is None or self._clock.now() - record.sent_at < timedelta(seconds=ends_s):
            return None
        return self.store(client_id, rejection(client_id, "the order still works", venue_id=record.venue_id))

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Return the order as the venue has it now, even if a final result is stored.

        Raises as `query_action` does.
        """
        order = self._records.order(client_id)
        found = None if order is None else self.find(client_id, order)
        return None if found is None else OrderRecord(client_id, found.fills, found.status.final)

    def withdraw(self, action: Action) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return self._records.withdraw(action.client_id)

    def store(self, client_id: str, result: ActionResult) -> ActionResult:
        """Store a result and return the one that stands: a final result stays."""
        return self._records.settle(client_id, result)


def cancellation_result(client_id: str, venue_id: str | None, reason: str = "cancelled") -> ActionResult:
    """Return the result of a cancellation whose order works no longer."""
    return ActionResult(client_id=client_id, status=ActionStatus.FILLED, venue_id=venue_id, reason=reason)
