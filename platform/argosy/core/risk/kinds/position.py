"""Limit on the units of one asset."""

from __future__ import annotations

from collections.abc import Iterable

from argosy.core.money.money import ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts, Line
from argosy.core.risk.kinds.kind import Kind, both_sides
from argosy.core.risk.measure import Measure
from argosy.core.risk.snapshot import Proposal


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    if proposal.delta == 0:
        return None
    own, others = Line(proposal.path.asset), ZERO
    for bot, line in facts.lines(constraint.scope, proposal.path.asset):
        if bot == proposal.path.bot:
            own = line
        else:
            others += line.worst
    units = abs(proposal.delta)
    up, down = own.quantity + own.buys, own.quantity + own.sells
    before, floor, base = both_sides(up, down, proposal.delta, units, others)
    return Measure(before, constraint.limit, floor, base, units, what="/".join(proposal.path.asset))


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    for asset in facts.assets(constraint.scope):
        worst = sum((line.worst for _, line in facts.lines(constraint.scope, asset)), ZERO)
        yield Measure(worst, constraint.limit, what="/".join(asset))


POSITION_SIZE = Kind(_action, _state)
