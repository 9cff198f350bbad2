"""How many actions may be decided in a span of time."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from argosy.core.money import ONE
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.scope import contains
from argosy.core.risk.snapshot import Proposal

PARAMETER = "countReducing"


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    """An action that is exactly `window_s` old is out of the window; one from the future is in it."""
    if constraint.window_s is None:
        raise Unknown("the window is not set")
    start = facts.snapshot.now - timedelta(seconds=constraint.window_s)
    made = sum(1 for at, path in facts.snapshot.decided if at > start and contains(constraint.scope, path))
    return Measure(Decimal(made), constraint.limit, base=made + ONE)


ACTION_RATE = Kind(_action, stops_reducing=lambda constraint: constraint.parameters.get(PARAMETER) == "true")
