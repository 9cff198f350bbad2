"""Planned matches of an order, before money or shares are moved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from argosy.domains.trading.sandbox.prediction.depth import BookOffer
from argosy.domains.trading.sandbox.prediction.market import ONE, VenueMarket
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, SandboxOrder
from argosy.domains.trading.spending import is_spent, spend_amount
from argosy.venuekit.paper.fill_kernel import Walk, walk

MARKETABLE_MINIMUM = Decimal(1)
Plan: TypeAlias = Walk[BookOffer]
"""Planned matches: parts of offers, at the taker's price, in shares."""


def plan_matches(order: SandboxOrder, offers: Sequence[BookOffer]) -> Plan:
    """Return the matches of an order, best first.

    An order that spends its amount is planned for this amount, any other for its shares.
    """
    return spend_amount(offers, order.amount) if order.is_spent_whole else walk(offers, order.size)


def is_whole(order: SandboxOrder, plan: Plan) -> bool:
    """Return True if the plan leaves nothing of the order."""
    return is_spent(plan, order.amount) if order.is_spent_whole else plan.shares >= order.size


def check(order: SandboxOrder, market: VenueMarket, now_ms: int) -> None:
    """Check price grid, minimums and times. Raises OrderRefused."""
    if not market.tick <= order.price <= ONE - market.tick or order.price % market.tick:
        raise OrderRefused(f"invalid price ({order.price}), min: {market.tick} - max: {ONE - market.tick}")
    if order.size <= 0:
        raise OrderRefused("invalid amounts")
    if order.type in {"GTC", "GTD"}:
        if order.size < market.minimum_size:
            raise OrderRefused(f"Size ({order.size}) lower than the minimum: {market.minimum_size}")
    elif order.side == "BUY" and order.amount < MARKETABLE_MINIMUM:
        raise OrderRefused(f"invalid amount for a marketable BUY order (${order.amount}), min size: $1")
    if order.post_only and order.type not in {"GTC", "GTD"}:
        raise OrderRefused("invalid post-only order: only GTC and GTD are allowed")
    if order.expires_ms is not None and order.expires_ms <= now_ms:
        raise OrderRefused("invalid expiration")
