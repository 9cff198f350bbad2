"""Limits on the cost of one action, and on the free balance."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from argosy.core.money.money import ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure
from argosy.core.risk.snapshot import Proposal


def _cost(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return Measure(ZERO, constraint.limit, add=proposal.reserve)


def _balance(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return Measure(-_free(constraint, facts), -constraint.limit, add=proposal.reserve, minimum=True)


def _balance_state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    yield Measure(-_free(constraint, facts), -constraint.limit, minimum=True)


def _free(constraint: Constraint, facts: Facts) -> Decimal:
    account = facts.account(constraint.scope)
    return account.cash - account.reserved


CAPITAL_PER_ACTION = Kind(_cost)
MINIMUM_BALANCE = Kind(_balance, _balance_state)
