"""Venue whose actions set values, with scripted faults."""

from __future__ import annotations

from collections.abc import Callable

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.venues.venue import Capability, ValueEdit
from argosy.errors import VenueNotFound, VenueUnavailable
from support.scripted_venue import ScriptedVenue

Setter = Callable[["ValueVenue", Action], ActionResult]


def taken(venue: ValueVenue, action: Action) -> ActionResult:
    """Set the value and accept the action."""
    assert action.change is not None
    venue.values[action.symbol, action.change.field] = action.change.wanted
    return accepted(venue, action)


def accepted(venue: ValueVenue, action: Action) -> ActionResult:
    """Accept the action; the value follows later, or never."""
    return ActionResult(client_id=action.client_id, status=ActionStatus.FILLED, venue_id="v1")


class ValueVenue(ScriptedVenue):
    """One price and one budget. `setters` are used one by one, then every value is taken."""

    capabilities = frozenset({Capability.BALANCES, Capability.POSITIONS})

    def __init__(self, *setters: Setter) -> None:
        super().__init__()
        self.setters = list(setters)
        self.values = {("X", "price"): "10", ("X", "budget"): "40"}
        self.edit: ValueEdit | None = None
        self.away = False
        self.reads = 0

    def execute(self, action: Action) -> ActionResult:
        self.calls.append(action)
        return (self.setters.pop(0) if self.setters else taken)(self, action)

    def query_action(self, client_id: str) -> ActionResult | None:
        raise AssertionError("a value action is looked up by reading its field")

    def read_value(self, symbol: str, field: str) -> str:
        self.reads += 1
        if self.away:
            raise VenueUnavailable("the venue does not answer")
        if (symbol, field) not in self.values:
            raise VenueNotFound("there is no such field", found=f"{symbol} {field}")
        return self.values[symbol, field]

    def newest_edit(self, symbol: str, field: str) -> ValueEdit | None:
        return self.edit
