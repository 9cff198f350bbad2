"""Purchases for an amount, as the prediction market fills them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from argosy.venuekit.paper.fill_kernel import OfferT, Walk, spend

UNIT = Decimal("0.000001")
"""The smallest part of a share or dollar that changes hands: a base unit on the chain."""


def is_spent(walked: Walk[Any], amount: Decimal) -> bool:
    """Return True if the rest of the amount is too small to buy anything more."""
    return amount - walked.notional < UNIT


def spend_amount(offers: Iterable[OfferT], amount: Decimal, limit: Decimal | None = None) -> Walk[OfferT]:
    """Spend up to `amount` on asks (best first) at prices not beyond `limit`.

    Polymarket fills purchases that match at once in this way: the rest of the amount buys millionths of a share.
    """
    return spend(offers, amount, UNIT, limit)
