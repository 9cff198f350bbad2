"""Limits on lost equity: since the day's start, and from the high-water mark."""

from __future__ import annotations

from collections.abc import Iterable

from argosy.core.money.money import ONE, ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal


def _daily(constraint: Constraint, facts: Facts) -> Measure:
    account = facts.account(constraint.scope)
    return Measure(max(account.day_start_equity - account.equity, ZERO), constraint.limit)


def _drawdown(constraint: Constraint, facts: Facts) -> Measure:
    account = facts.account(constraint.scope)
    lost = max(account.high_water - account.equity, ZERO)
    if account.high_water > 0:
        return Measure(lost, constraint.limit * account.high_water, scale=account.high_water)
    if lost:
        raise Unknown(f"the high-water mark of {constraint.scope} is {account.high_water}")
    return Measure(ZERO, constraint.limit, scale=ONE)


def _daily_action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return _daily(constraint, facts)


def _daily_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield _daily(constraint, facts)


def _drawdown_action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return _drawdown(constraint, facts)


def _drawdown_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield _drawdown(constraint, facts)


DAILY_LOSS = Kind(_daily_action, _daily_state)
DRAWDOWN = Kind(_drawdown_action, _drawdown_state)
