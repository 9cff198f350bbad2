"""Sizes and amounts of an order of outcome shares (Polymarket order precision, 2026-10).

Orders that may rest have shares of two decimals, and money as exact as the tick makes it. Orders that match at once
give an amount of two decimals and receive one of four, at every tick. So a purchase pays whole cents for shares of
up to four decimals. Its price is seldom exactly the limit: the amounts are chosen so that it matches up to the
limit.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

from argosy.core.actions.action import Side, TimeInForce
from argosy.core.money.money import floor_to

SHARE_STEP = Decimal("0.01")
"""Step of sizes of orders that rest or sell, at every tick."""
PURCHASE_STEP = Decimal("0.0001")
"""Step of sizes of purchases that match at once."""
CENT = Decimal("0.01")
RECEIVED_STEP = Decimal("0.0001")
"""Step of the money that an immediately matching sale asks for."""
IMMEDIATE: frozenset[TimeInForce] = frozenset({"FOK", "FAK"})
"""Orders that never rest in the book."""


def floor_shares(shares: Decimal) -> Decimal:
    """Round shares down to a size that a resting or selling order can have."""
    return floor_to(shares, SHARE_STEP)


def floor_quantity(
    quantity: Decimal, price: Decimal, side: Side | None, time_in_force: TimeInForce = "FOK"
) -> Decimal:
    """Return the largest size in shares, up to `quantity`, of an order at this limit; 0 if none.

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
    """Return the USD of an order with a size from `floor_quantity`.

    For a purchase it is the largest payment, for a sale the smallest proceeds. It differs by less than 0.0001 USD
    from size times price. So the order reaches its limit price and no tick beyond.
    """
    money = quantity * price
    if time_in_force not in IMMEDIATE:
        return money
    if side == "buy":
        return money.quantize(CENT, rounding=ROUND_CEILING)
    return floor_to(money, RECEIVED_STEP)


def spent_amount(
    quantity: Decimal, price: Decimal | None, side: Side | None, time_in_force: TimeInForce
) -> Decimal | None:
    """Return the USD that an order spends whole; None for an order of a number of shares.

    Better prices bring more shares for the same amount.
    """
    if side != "buy" or time_in_force not in IMMEDIATE or price is None:
        return None
    return order_money(quantity, price, side, time_in_force)


def _bought(money: Decimal, price: Decimal) -> Decimal:
    return money // (price * PURCHASE_STEP) * PURCHASE_STEP


def floor_purchase(shares: Decimal, tick: Decimal) -> Decimal:
    """Round shares down to a size that costs whole cents at every price of the grid.

    At a tick of 0.01 these are whole shares. Both legs of a pair then have the same size, whatever their prices.
    """
    return floor_to(shares, max(SHARE_STEP / tick, SHARE_STEP))
