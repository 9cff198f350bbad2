"""Sizes and amounts of an order of outcome shares (Polymarket order precision, 2026-10).

Orders that may rest: shares of two decimals, money as exact as the tick makes it. Orders that match at once, at every
tick: what is given has two decimals, what is received four. So a purchase gives whole cents for up to four decimals
of shares, and its price is seldom exactly the limit: the amounts are chosen so that it matches up to the limit.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from argosy.core.action import Side, TimeInForce
from argosy.core.money import floor_to

SHARE_STEP = Decimal("0.01")
"""Sizes of orders that rest or sell, at every tick."""
PURCHASE_STEP = Decimal("0.0001")
"""Sizes of purchases that match at once."""
CENT = Decimal("0.01")
RECEIVED_STEP = Decimal("0.0001")
"""Money that a sale which matches at once asks for."""
IMMEDIATE: frozenset[TimeInForce] = frozenset({"FOK", "FAK"})
"""Orders that never rest in the book."""


def floor_shares(shares: Decimal) -> Decimal:
    """Shares rounded down to what an order can carry that rests or sells."""
    return floor_to(shares, SHARE_STEP)


def floor_quantity(
    quantity: Decimal, price: Decimal, side: Side | None, time_in_force: TimeInForce = "FOK"
) -> Decimal:
    """The largest size up to `quantity` that an order at this limit price can have, in shares; 0 for none.

    A purchase that matches at once buys for whole cents: 10 USD at 0.47 are 21.2765 shares.
    """
    if side != "buy" or time_in_force not in IMMEDIATE:
        return floor_to(quantity, SHARE_STEP)
    cents = floor_to(quantity * price, CENT)
    more = _bought(cents + CENT, price)
    return more if more <= quantity else _bought(cents, price)


def order_money(
    quantity: Decimal, price: Decimal, side: Side | None, time_in_force: TimeInForce = "FOK"
) -> Decimal:
    """USD of an order of a size that `floor_quantity` gave: what is paid at most, or received at least.

    Less than 0.0001 USD from size times price, so that the order reaches its limit price and no tick beyond.
    """
    money = quantity * price
    if time_in_force not in IMMEDIATE:
        return money
    if side == "buy":
        return money.quantize(CENT, rounding=ROUND_CEILING)
    return floor_to(money, RECEIVED_STEP)


def _bought(money: Decimal, price: Decimal) -> Decimal:
    return money // (price * PURCHASE_STEP) * PURCHASE_STEP


def floor_purchase(shares: Decimal, tick: Decimal) -> Decimal:
    """Shares rounded down to what costs whole cents at every price of the grid: whole ones at a tick of 0.01.

    Both legs of a pair then have the same size, whatever their prices.
    """
    return floor_to(shares, max(SHARE_STEP / tick, SHARE_STEP))
