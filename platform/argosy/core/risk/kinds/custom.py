"""Whatever a plug-in measures."""

from __future__ import annotations

from collections.abc import Iterable

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.custom import value_of
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal

PARAMETER = "measure"


def _measure(constraint: Constraint, facts: Facts) -> Measure:
    name = constraint.parameters.get(PARAMETER, "")
    if not name:
        raise Unknown("the constraint names no measure")
    return Measure(value_of(name, constraint.scope, facts.snapshot), constraint.limit, what=name)


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return _measure(constraint, facts)


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield _measure(constraint, facts)


CUSTOM = Kind(_action, _state)
