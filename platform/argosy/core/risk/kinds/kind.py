"""Common form of all kinds of constraints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.measure import Measure
from argosy.core.risk.snapshot import Proposal

OfAction = Callable[[Constraint, Facts, Proposal], Measure | None]
"""Measure of an action inside the constraint's scope; None if it is not concerned.

Raises Unknown.
"""

OfState = Callable[[Constraint, Facts], Iterable[Measure]]
"""Measures of the state alone, without any action. Raises Unknown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of constraint: how it measures actions and the state.

    `state` None means that it limits actions alone. `watched` False means that a state over its limit is no
    breach: it only delays the next action. `stops_reducing` tells if the constraint may deny a reducing action.
    """

    action: OfAction
    state: OfState | None = None
    watched: bool = True
    stops_reducing: Callable[[Constraint], bool] = lambda _: False


def both_sides(
    up: Decimal, down: Decimal, delta: Decimal, value: Decimal, others: Decimal = Decimal(0)
) -> tuple[Decimal, Decimal, Decimal]:
    """Return (before, floor, base) of an amount with open orders on both sides.

    `up` is the amount when every open purchase fills, `down` when every open sale fills. An action on one side
    leaves the other side as the floor. `value` is the amount that the action adds on its side.

    The amount is max(|up|, |down|) + `others`. As down ≤ up, growing one side never makes the other larger.
    """
    before = others + max(abs(up), abs(down))
    if delta > 0:
        return before, others + abs(down), others + up
    return before, others + abs(up), others - down
