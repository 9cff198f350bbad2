"""What every kind of constraint is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.measure import Measure
from argosy.core.risk.snapshot import Proposal

OfAction = Callable[[Constraint, Facts, Proposal], Measure | None]
"""The measure of an action that the constraint's scope contains; None when it does not touch it. Raises Unknown."""

OfState = Callable[[Constraint, Facts], Iterable[Measure]]
"""What the state alone measures, without any action. Raises Unknown."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`stops_reducing`: whether it may deny an action that only reduces. `state` None: it limits actions alone;
    `watched` False: a state over its limit is no breach, for it only holds the next action up."""

    action: OfAction
    state: OfState | None = None
    watched: bool = True
    stops_reducing: Callable[[Constraint], bool] = lambda _: False


def both_sides(
    up: Decimal, down: Decimal, delta: Decimal, value: Decimal, others: Decimal = Decimal(0)
) -> tuple[Decimal, Decimal, Decimal]:
    """(before, floor, base) of an amount that stands at `up` when every open purchase fills and at `down` when
    every open sale does; an action on the one side leaves the other as the floor.

    `value` is what the action adds on its side. The amount is max(|up|, |down|) + `others`; as down ≤ up, growing
    the one side never makes the other larger.
    """
    before = others + max(abs(up), abs(down))
    if delta > 0:
        return before, others + abs(down), others + up
    return before, others + abs(up), others - down
