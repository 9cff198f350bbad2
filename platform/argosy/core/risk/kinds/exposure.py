"""Limits on exposure: in total, in one asset, relative to equity."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from argosy.core.money.money import ONE, ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Asset, Facts, Line
from argosy.core.risk.kinds.kind import Kind, both_sides
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal


def _gross(
    constraint: Constraint, facts: Facts, proposal: Proposal, *, asset: bool, equity: bool
) -> Measure | None:
    if proposal.delta == 0:
        return None
    own, others = Line(proposal.path.asset), ZERO
    for bot, line in facts.lines(constraint.scope, proposal.path.asset if asset else None):
        if bot == proposal.path.bot and line.asset == proposal.path.asset:
            own = line
        else:
            others += _value(line, facts)
    added = abs(proposal.delta) * facts.unit_value(proposal)
    up, down = own.values(facts.mark(own.asset))
    before, floor, base = both_sides(up, down, proposal.delta, added, others)
    scale = _equity(constraint, facts) if equity else ONE
    what = "/".join(proposal.path.asset) if asset else ""
    return Measure(before, constraint.limit * scale, floor, base, added, scale, what=what)


def _sum(constraint: Constraint, facts: Facts, asset: Asset | None, scale: Decimal) -> Measure:
    amount = sum((_value(line, facts) for _, line in facts.lines(constraint.scope, asset)), ZERO)
    what = "/".join(asset) if asset else ""
    return Measure(amount, constraint.limit * scale, scale=scale, what=what)


def _value(line: Line, facts: Facts) -> Decimal:
    up, down = line.values(facts.mark(line.asset))
    return max(abs(up), abs(down))


def _equity(constraint: Constraint, facts: Facts) -> Decimal:
    equity = facts.account(constraint.scope).equity
    if equity <= 0:
        raise Unknown(f"the equity of {constraint.scope} is {equity}: nothing can be measured against it")
    return equity


def _total(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    return _gross(constraint, facts, proposal, asset=False, equity=False)


def _total_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield _sum(constraint, facts, None, ONE)


def _leverage(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    return _gross(constraint, facts, proposal, asset=False, equity=True)


def _leverage_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield _sum(constraint, facts, None, _equity(constraint, facts))


def _concentration(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    return _gross(constraint, facts, proposal, asset=True, equity=True)


def _concentration_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    equity = _equity(constraint, facts)
    for asset in facts.assets(constraint.scope):
        yield _sum(constraint, facts, asset, equity)


TOTAL_EXPOSURE = Kind(_total, _total_state)
LEVERAGE = Kind(_leverage, _leverage_state)
CONCENTRATION = Kind(_concentration, _concentration_state)
