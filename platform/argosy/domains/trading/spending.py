"""Purchases for an amount, as the prediction market fills them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from argosy.core.money.money import ZERO, floor_to
from argosy.core.venues.venue import Level
from argosy.venuekit.paper.fill_kernel import Walk

UNIT = Decimal("0.000001")
"""The smallest part of a share or dollar that changes hands: a base unit on the chain."""


def is_spent(walked: Walk, amount: Decimal) -> bool:
    """Return True if the rest of the amount is too small to buy anything more."""
    return amount - walked.notional < UNIT


def spend(levels: Iterable[tuple[Decimal, Decimal]], amount: Decimal) -> list[Decimal]:
    """Return the shares that a purchase for `amount` takes of each (price, size), best first.

    Polymarket fills purchases that match at once in this way. Levels are taken whole while the amount lasts. The rest
    of the amount buys millionths of a share, rounded down.
    """
    taken: list[Decimal] = []
    for price, size in levels:
        shares = min(size, floor_to(amount / price, UNIT))
        if shares <= 0:
            break
        taken.append(shares)
        amount -= shares * price
    return taken


def spend_levels(levels: Sequence[Level], amount: Decimal, limit: Decimal) -> Walk:
    """Spend up to `amount` on asks (best first) at prices not beyond `limit`."""
    within = [level for level in levels if level.price <= limit and level.size > 0]
    sizes = spend(((level.price, level.size) for level in within), amount)
    taken = tuple(
        Level.model_construct(price=level.price, size=size)
        for level, size in zip(within, sizes, strict=False)
    )
    return Walk(taken, sum(sizes, ZERO), sum((level.price * level.size for level in taken), ZERO))
