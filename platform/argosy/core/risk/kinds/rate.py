"""Limit on the number of actions decided within a time window."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from argosy.core.money.money import ONE
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure
from argosy.core.risk.snapshot import Proposal
from argosy.core.scope import Scope

PARAMETER = "countReducing"
DEFAULT_WINDOW_S = 60


def _made(constraint: Constraint, facts: Facts) -> Decimal:
    """Count the decided actions in the window.

    An action exactly `window_s` old is outside; one from the future is inside.
    """
    start = facts.snapshot.now - timedelta(seconds=constraint.window_s or DEFAULT_WINDOW_S)
    inside = Scope.from_text(constraint.scope).contains
    return Decimal(sum(1 for at, path in facts.snapshot.decided if at > start and inside(path)))


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    made = _made(constraint, facts)
    return Measure(made, constraint.limit, base=made + ONE)


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield Measure(_made(constraint, facts), constraint.limit)


ACTION_RATE = Kind(
    _action,
    _state,
    watched=False,
    stops_reducing=lambda constraint: constraint.parameters.get(PARAMETER) == "true",
)
