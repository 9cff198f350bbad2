"""The one way to a venue's write methods: emergency state checked, outcome published, nothing sent twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from argosy.core.action import Action, ActionResult, ActionStatus
from argosy.core.bot import Mode
from argosy.core.emergency import EmergencyState
from argosy.core.event import EventType
from argosy.core.ports import EmergencyFlags, Venues
from argosy.errors import ArgosyError, OrderDenied, UnknownOutcome

Emit = Callable[[EventType, Mapping[str, Any]], None]


class ScopedGateway:
    """The gateway of one node execution.

    The flags along `scopes` are read again right before each call, for the node may have waited in a queue.
    A venue executes an action at most once by its client id, so a redelivered node gets the first answer back.
    """

    def __init__(
        self, venues: Venues, flags: EmergencyFlags, scopes: Sequence[str], mode: Mode, emit: Emit
    ) -> None:
        self._venues = venues
        self._flags = flags
        self._scopes = tuple(scopes)
        self._mode = mode
        self._emit = emit

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        """One result an action, in order. A refusal is a result, never an exception."""
        results: list[ActionResult] = []
        for action in actions:
            result = self._one(action)
            self._emit("action", _event_data(action, result, self._mode))
            results.append(result)
        return results

    def _one(self, action: Action) -> ActionResult:
        flag = self._flags.effective(self._scopes)
        if flag.state >= EmergencyState.HALT:
            return _refused(action, ActionStatus.DENIED, f"{flag.scope} is {flag.state.name}: {flag.reason}")
        try:
            return self._venues.get(action.venue).execute(action)
        except UnknownOutcome as error:
            return _refused(action, ActionStatus.UNKNOWN, str(error))
        except OrderDenied as error:
            return _refused(action, ActionStatus.DENIED, str(error))
        except ArgosyError as error:
            return _refused(action, ActionStatus.REJECTED, str(error))


def _refused(action: Action, status: ActionStatus, reason: str) -> ActionResult:
    return ActionResult(client_id=action.client_id, status=status, reason=reason)


def _event_data(action: Action, result: ActionResult, mode: Mode) -> dict[str, Any]:
    def text(value: object) -> str | None:
        return None if value is None else str(value)

    return {
        "clientId": action.client_id,
        "venue": action.venue,
        "kind": action.kind.value,
        "symbol": action.symbol,
        "label": action.label or action.symbol,
        "side": action.side,
        "quantity": str(action.quantity),
        "price": text(action.limit_price),
        "status": result.status.value,
        "filled": str(result.filled),
        "averagePrice": text(result.average_price),
        "fee": str(result.fee),
        "reason": result.reason,
        "paper": mode is Mode.PAPER,
    }
