"""What an order would do, before anything is moved."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from argosy.domains.trading.sandbox.dealing.order import MakerPart, Order, OrderRefused
from argosy.domains.trading.sandbox.venue import ONE, VenueMarket

MARKETABLE_MINIMUM = Decimal(1)
Plan: TypeAlias = list[tuple[MakerPart, Decimal, Decimal]]
"""Matches to be made: with whom, at which price of the taker, how many shares."""


def cut(plan: Plan, at_most: Decimal) -> Plan:
    """The first `at_most` shares of it."""
    kept: Plan = []
    for part, price, size in plan:
        taken = min(size, at_most)
        if taken > 0:
            kept.append((part, price, taken))
            at_most -= taken
    return kept


def check(order: Order, market: VenueMarket, now_ms: int) -> None:
    """Price grid, minimums and times. Raises OrderRefused."""
    if not market.tick <= order.price <= ONE - market.tick or order.price % market.tick:
        raise OrderRefused(f"invalid price ({order.price}), min: {market.tick} - max: {ONE - market.tick}")
    if order.size <= 0:
        raise OrderRefused("invalid amounts")
    if order.type in {"GTC", "GTD"}:
        if order.size < market.minimum_size:
            raise OrderRefused(f"Size ({order.size}) lower than the minimum: {market.minimum_size}")
    elif order.side == "BUY" and order.size * order.price < MARKETABLE_MINIMUM:
        raise OrderRefused(
            f"invalid amount for a marketable BUY order (${order.size * order.price}), min size: $1"
        )
    if order.post_only and order.type not in {"GTC", "GTD"}:
        raise OrderRefused("invalid post-only order: only GTC and GTD are allowed")
    if order.expires_ms is not None and order.expires_ms <= now_ms:
        raise OrderRefused("invalid expiration")
