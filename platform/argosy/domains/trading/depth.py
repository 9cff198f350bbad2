"""Walk through an order book: the cost of a number of shares, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money import ZERO
from argosy.core.venue import Level


@dataclass(frozen=True, slots=True)
class Walk:
    """Levels taken, best first.

    `shares` is the quantity that the book offered, at most the requested one.
    """

    taken: tuple[Level, ...]
    shares: Decimal
    notional: Decimal

    @property
    def average(self) -> Decimal | None:
        """Volume-weighted average price; None if no level was taken."""
        return self.notional / self.shares if self.shares else None

    @property
    def worst(self) -> Decimal | None:
        """Price of the last level taken: a limit that allows exactly this walk."""
        return self.taken[-1].price if self.taken else None


def walk(
    levels: Sequence[Level], shares: Decimal, limit: Decimal | None = None, *, side: str = "buy"
) -> Walk:
    """Take up to `shares` from `levels` (best first) at prices within `limit`.

    A buy walks asks upwards, a sale walks bids downwards. Levels without size are skipped.
    """
    taken: list[Level] = []
    left = shares
    notional = ZERO
    for level in levels:
        if left <= 0:
            break
        if limit is not None and (level.price > limit if side == "buy" else level.price < limit):
            break
        size = min(level.size, left)
        if size <= 0:
            continue
        taken.append(level if size == level.size else Level.model_construct(price=level.price, size=size))
        notional += size * level.price
        left -= size
    return Walk(tuple(taken), shares - left if taken else ZERO, notional)
