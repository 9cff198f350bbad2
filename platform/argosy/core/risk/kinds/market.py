"""Limits against facts of the market: share of it, days of stock, utilisation of a pool."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from argosy.core.actions.value_change import number
from argosy.core.money.money import ZERO
from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.kinds.position import POSITION_SIZE
from argosy.core.risk.kinds.values import fields
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal
from argosy.core.venues.market_facts import MarketFacts

OFFERED = "stock"
"""Fields whose values are units on offer, unless set."""


OF_MARKETS = (ConstraintKind.SHARE_OF_MARKET, ConstraintKind.STOCK_DAYS, ConstraintKind.UTILISATION)
"""Kinds that need facts of the market."""


def _share_of_market(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    return _against(constraint, facts, proposal, "size", lambda market: market.size)


def _stock_days(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    return _against(constraint, facts, proposal, "daily sales", lambda market: market.daily_sales)


def _utilisation(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    """Measure the pool as it is: an action that enters it is denied above the limit."""
    if proposal.delta <= 0:
        return None
    found = _market(facts, proposal).utilisation
    if found is None:
        raise Unknown(f"the utilisation of {_name(proposal)} is unknown")
    return Measure(found, constraint.limit, what=_name(proposal))


def _against(
    constraint: Constraint,
    facts: Facts,
    proposal: Proposal,
    name: str,
    fact: Callable[[MarketFacts], Decimal | None],
) -> Measure | None:
    """Measure the units after the action in multiples of a fact of the market.

    A change that lowers the units passes, because a denial would keep more of them.
    """
    units = _offered(constraint, proposal) or POSITION_SIZE.action(constraint, facts, proposal)
    if units is None:
        return None
    unit = fact(_market(facts, proposal))
    if unit is None or unit <= 0:
        raise Unknown(f"the {name} of {_name(proposal)} is unknown")
    bound = constraint.limit * unit
    if proposal.change is not None and units.after < units.before:
        bound = max(bound, units.after)
    return replace(units, bound=bound, scale=unit)


def _offered(constraint: Constraint, proposal: Proposal) -> Measure | None:
    """Measure the units that a change puts on offer; None for any other action."""
    change = proposal.change
    if change is None or change.field not in fields(constraint, OFFERED):
        return None
    wanted = number(change.wanted)
    if wanted is None:
        raise Unknown(f"the {change.field} wanted is no number: {change.wanted}")
    before = number(change.before)
    return Measure(ZERO if before is None else before, constraint.limit, base=wanted, what=_name(proposal))


def _market(facts: Facts, proposal: Proposal) -> MarketFacts:
    found = facts.snapshot.markets.get(proposal.path.asset)
    if found is None:
        raise Unknown(f"the market of {_name(proposal)} is unknown")
    return found


def _name(proposal: Proposal) -> str:
    return "/".join(proposal.path.asset)


SHARE_OF_MARKET = Kind(_share_of_market)
STOCK_DAYS = Kind(_stock_days)
UTILISATION = Kind(_utilisation)
