"""Venue with scripted answers.

A script decides three things separately: what the venue does, what it answers, and what it shows later.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Position
from argosy.core.venues.venue import Balance, Capability, VenueStatus

Answer = Callable[["ScriptedVenue", Action], ActionResult]


def filled(venue: ScriptedVenue, action: Action) -> ActionResult:
    """Fill the whole order at its limit, for a fee of a cent."""
    return venue.do(action, action.quantity)


def rejected(venue: ScriptedVenue, action: Action) -> ActionResult:
    result = ActionResult(client_id=action.client_id, status=ActionStatus.REJECTED, reason="no funds")
    venue.known[action.client_id] = result
    return result


class ScriptedVenue:
    """Venue with cash and positions of one account.

    `answers` are used one by one, then every order is filled.
    """

    name = "scripted"
    capabilities = frozenset(
        {Capability.PLACE_ORDER, Capability.BALANCES, Capability.POSITIONS, Capability.LOOKUP_BY_CLIENT_ID}
    )
    absence_proves_after_s = 0.0

    def __init__(self, *answers: Answer, cash: str = "1000") -> None:
        self.answers = list(answers)
        self.calls: list[Action] = []
        self.lookups: list[str] = []
        self.known: dict[str, ActionResult] = {}
        self.cash = Decimal(cash)
        self.held: dict[str, Decimal] = {}
        self.lock = threading.Lock()

    def do(
        self,
        action: Action,
        quantity: Decimal,
        *,
        status: ActionStatus = ActionStatus.FILLED,
        fee: str = "0.01",
    ) -> ActionResult:
        """Execute `quantity` of the action at its limit."""
        assert action.side is not None and action.limit_price is not None
        before = self.known.get(action.client_id)
        fills = [] if before is None else list(before.fills)
        if quantity:
            sign = 1 if action.side == "buy" else -1
            self.cash -= sign * quantity * action.limit_price + Decimal(fee)
            self.held[action.symbol] = self.held.get(action.symbol, ZERO) + sign * quantity
            fills.append(
                Fill(
                    id=f"t{len(fills) + 1}",
                    client_id=action.client_id,
                    venue=self.name,
                    symbol=action.symbol,
                    side=action.side,
                    quantity=quantity,
                    price=action.limit_price,
                    fee=Decimal(fee),
                    at=datetime.now(UTC),
                )
            )
        result = ActionResult(
            client_id=action.client_id,
            status=status,
            filled=sum((f.quantity for f in fills), ZERO),
            average_price=action.limit_price,
            fee=sum((f.fee for f in fills), ZERO),
            fills=fills,
            venue_id=f"v-{action.client_id[:6]}",
        )
        self.known[action.client_id] = result
        return result

    def execute(self, action: Action) -> ActionResult:
        with self.lock:
            self.calls.append(action)
            if action.kind is ActionKind.CANCEL_ORDER:
                target = self.known[action.parameters["clientId"]]
                self.known[target.client_id] = target.model_copy(update={"status": ActionStatus.CANCELLED})
                result = ActionResult(client_id=action.client_id, status=ActionStatus.FILLED)
                self.known[action.client_id] = result
                return result
            answer = self.answers.pop(0) if self.answers else filled
            return answer(self, action)

    def query_action(self, client_id: str) -> ActionResult | None:
        self.lookups.append(client_id)
        return self.known.get(client_id)

    def balances(self) -> Sequence[Balance]:
        return [Balance(venue=self.name, currency="USD", free=self.cash)]

    def positions(self) -> Sequence[Position]:
        return [
            Position(venue=self.name, symbol=symbol, quantity=quantity, average_cost=ZERO)
            for symbol, quantity in self.held.items()
            if quantity
        ]

    def status(self) -> VenueStatus:
        return VenueStatus.UP
