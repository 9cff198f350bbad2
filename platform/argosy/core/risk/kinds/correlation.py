"""Limit on the net exposure of assets that move together."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fnmatch import fnmatchcase

from argosy.core.money.money import ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.facts import Asset, Facts
from argosy.core.risk.kinds.kind import Kind, both_sides
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal

PARAMETER = "assets"


def group(constraint: Constraint) -> list[str]:
    """Return the names "venue/symbol" of the parameter `assets`, split at commas.

    `*` matches any characters.
    """
    return [name.strip() for name in constraint.parameters.get(PARAMETER, "").split(",") if name.strip()]


def _member(names: list[str], asset: Asset) -> bool:
    name = "/".join(asset)
    return any(fnmatchcase(name, pattern.replace("[", "[[]")) for pattern in names)


def _names(constraint: Constraint) -> list[str]:
    names = group(constraint)
    if not names:
        raise Unknown("the group names no assets")
    return names


def _net(constraint: Constraint, facts: Facts, names: list[str]) -> tuple[Decimal, Decimal]:
    up = down = ZERO
    for _, line in facts.lines(constraint.scope):
        if _member(names, line.asset):
            most, least = line.values(facts.mark(line.asset))
            up, down = up + most, down + least
    return up, down


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    names = _names(constraint)
    if proposal.delta == 0 or not _member(names, proposal.path.asset):
        return None
    up, down = _net(constraint, facts, names)
    added = abs(proposal.delta) * facts.unit_value(proposal)
    before, floor, base = both_sides(up, down, proposal.delta, added)
    return Measure(before, constraint.limit, floor, base, added, what=", ".join(names))


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    names = _names(constraint)
    up, down = _net(constraint, facts, names)
    yield Measure(max(abs(up), abs(down)), constraint.limit, what=", ".join(names))


CORRELATION_GROUP = Kind(_action, _state)
