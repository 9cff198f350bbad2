"""Limit on a measure of a plug-in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.custom import value_of
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Open, Proposal, Snapshot

PARAMETER = "measure"


def _value(constraint: Constraint, snapshot: Snapshot) -> Decimal:
    name = constraint.parameters.get(PARAMETER, "")
    if not name:
        raise Unknown("the constraint names no measure")
    return value_of(name, constraint.scope, snapshot)


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    """Measure twice: as is, and with the action among the open ones."""
    now = facts.snapshot
    opened = Open(
        proposal.client_id, proposal.path, proposal.delta, proposal.reserve, proposal.reducing, now.now
    )
    then = replace(now, open=[*now.open, opened], decided=[*now.decided, (now.now, proposal.path)])
    before, after = _value(constraint, now), _value(constraint, then)
    return Measure(before, constraint.limit, base=after, what=constraint.parameters[PARAMETER])


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    amount = _value(constraint, facts.snapshot)
    yield Measure(amount, constraint.limit, what=constraint.parameters[PARAMETER])


CUSTOM = Kind(_action, _state)
