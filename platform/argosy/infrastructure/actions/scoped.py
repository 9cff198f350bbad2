"""Bind the gateway to one node execution."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.intent import Caller
from argosy.core.money import exact
from argosy.core.ports import Venues
from argosy.infrastructure.actions.gateway import Gateway


class ScopedGateway:
    """Action gateway of one caller; implements the port ActionGateway.

    `count` receives the number of requested actions. `gateway` is called at the first action: most nodes
    never act and need none of its parts.
    """

    def __init__(
        self,
        gateway: Callable[[], Gateway],
        caller: Caller,
        venues: Venues,
        count: Callable[[int], None] | None = None,
    ) -> None:
        self._gateway = gateway
        self._caller = caller
        self._venues = venues
        self._count = count

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        if self._count is not None:
            self._count(len(actions))
        with exact.isolated_decimal_context():  # a node may have set a precision of its own
            return self._gateway().submit(self._caller, self._venues, actions)
