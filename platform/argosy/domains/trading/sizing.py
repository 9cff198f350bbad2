"""How much to stake on a binary outcome."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.money import ONE, ZERO

QUARTER = Decimal("0.25")


def kelly_fraction(probability: Decimal, cost: Decimal, share: Decimal = QUARTER) -> Decimal:
    """Part of the capital to stake on a share that costs `cost` (price and fee) and pays 1 with `probability`.

    f* = (p − c)/(1 − c), the maximum of p·ln(1 + f·(1−c)/c) + (1−p)·ln(1 − f) (Kelly 1956, "A New
    Interpretation of Information Rate"), times `share`: a quarter keeps most of the growth at a small part of
    the swings and forgives an overstated probability. 0 where there is no edge.
    """
    if not ZERO < cost < ONE or probability <= cost:
        return ZERO
    return share * (min(probability, ONE) - cost) / (ONE - cost)
