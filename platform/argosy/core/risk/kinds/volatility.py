"""Limit on the volatility of an asset."""

from __future__ import annotations

from collections.abc import Iterable

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Asset, Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal


def _measure(constraint: Constraint, facts: Facts, asset: Asset) -> Measure:
    mark = facts.snapshot.marks.get(asset)
    if mark is None or mark.volatility is None:
        raise Unknown(f"the volatility of {'/'.join(asset)} is not known")
    return Measure(mark.volatility, constraint.limit, what="/".join(asset))


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure:
    return _measure(constraint, facts, proposal.path.asset)


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    """Yield the known volatilities first, then raise Unknown for the first missing one."""
    missing: Unknown | None = None
    for asset in facts.assets(constraint.scope):
        try:
            yield _measure(constraint, facts, asset)
        except Unknown as error:
            missing = missing or error
    if missing is not None:
        raise missing


VOLATILITY = Kind(_action, _state)
