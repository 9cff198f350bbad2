"""What sizes an order of outcome shares can have (Polymarket order precision, 2026-10)."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.action import Side, TimeInForce
from argosy.core.money import floor_to

SHARE_STEP = Decimal("0.01")
"""Sizes have two decimals at every tick."""
IMMEDIATE: frozenset[TimeInForce] = frozenset({"FOK", "FAK"})
"""Orders that never rest in the book."""


def floor_shares(shares: Decimal) -> Decimal:
    """Shares rounded down to what an order can carry that rests or sells."""
    return floor_to(shares, SHARE_STEP)


def quantity_step(price: Decimal, side: Side | None, time_in_force: TimeInForce = "FOK") -> Decimal:
    """Smallest step of an order's size in shares at this limit price.

    Sizes have two decimals. An immediate buy is also an amount of money of whole cents at the venue, so its
    size must make size·price a multiple of 0.01: at 0.47 that is whole shares, at 0.5 steps of 0.02.
    """
    if side != "buy" or time_in_force not in IMMEDIATE:
        return SHARE_STEP
    return SHARE_STEP * price.as_integer_ratio()[1]


def floor_purchase(shares: Decimal, tick: Decimal) -> Decimal:
    """Shares rounded down to what an immediate buy can have at every price of the grid: whole ones at a tick of 0.01."""
    return floor_to(shares, max(SHARE_STEP / tick, SHARE_STEP))
