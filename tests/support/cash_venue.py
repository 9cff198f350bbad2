"""Venue with only money and positions, for tests of code that reads them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.money.portfolio import Position
from argosy.core.venues.venue import Balance, Capability, VenueStatus


class CashVenue:
    """`Venue` with given balances and positions, and no market."""

    absence_proves_after_s = 0.0

    def __init__(
        self, name: str, balances: Sequence[tuple[str, str]] = (), positions: Sequence[Position] = ()
    ) -> None:
        self.name = name
        self.capabilities = frozenset({Capability.BALANCES, Capability.POSITIONS})
        self.money = list(balances)
        self.held = list(positions)

    def status(self) -> VenueStatus:
        return VenueStatus.UP

    def balances(self) -> Sequence[Balance]:
        return [Balance(venue=self.name, currency=c, free=Decimal(amount)) for c, amount in self.money]

    def positions(self) -> Sequence[Position]:
        return self.held

    def execute(self, action: Action) -> ActionResult:
        return ActionResult(client_id=action.client_id, status=ActionStatus.REJECTED, reason="no market")

    def query_action(self, client_id: str) -> ActionResult | None:
        return None
