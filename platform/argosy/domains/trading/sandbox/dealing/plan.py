"""Planned matches of an order, before money or shares are moved."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from argosy.domains.trading.sandbox.dealing.depth import BookOffer
from argosy.domains.trading.sandbox.dealing.order import MakerPart, OrderRefused, SandboxOrder
from argosy.domains.trading.sandbox.venue import ONE, VenueMarket
from argosy.domains.trading.spending import UNIT, spend

MARKETABLE_MINIMUM = Decimal(1)
Plan: TypeAlias = list[tuple[MakerPart, Decimal, Decimal]]
"""Planned matches: the maker's part, the taker's price, and the number of shares."""


def planned(order: SandboxOrder, offers: Sequence[BookOffer]) -> Plan:
    """Return the matches of an order, best first.

    An order that spends its amount is planned for this amount, any other for its shares.
    """
    if order.is_spent_whole:
        sizes = spend(((offer.price, offer.size) for offer in offers), order.amount)
        return [(offer.maker, offer.price, size) for offer, size in zip(offers, sizes, strict=False)]
    plan: Plan = []
    wanted = order.size
    for offer in offers:
        if wanted <= 0:
            break
        size = min(offer.size, wanted)
        plan.append((offer.maker, offer.price, size))
        wanted -= size
    return plan


def is_whole(order: SandboxOrder, plan: Plan) -> bool:
    """Return True if the plan leaves nothing of the order."""
    if order.is_spent_whole:
        return order.amount - sum(size * price for _, price, size in plan) < UNIT
    return sum(size for _, _, size in plan) >= order.size


def cut(plan: Plan, at_most: Decimal) -> Plan:
    """Return the first `at_most` shares of the plan."""
    kept: Plan = []
    for part, price, size in plan:
        taken = min(size, at_most)
        if taken > 0:
            kept.append((part, price, taken))
            at_most -= taken
    return kept


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
