"""Walking an order book: what a number of shares costs, level by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money import ZERO
from argosy.core.venue import Level


@dataclass(frozen=True, slots=True)
class Walk:
    """The levels taken, best first. `shares` is what the book gave, at most what was asked for."""

    taken: tuple[Level, ...]
    shares: Decimal
    notional: Decimal

    @property
    def average(self) -> Decimal | None:
        """Volume-weighted average price; None when nothing was taken."""
        return self.notional / self.shares if self.shares else None

    @property
    def worst(self) -> Decimal | None:
        """Price of the last level touched: the limit that lets exactly this walk happen."""
        return self.taken[-1].price if self.taken else None


def walk(
    levels: Sequence[Level], shares: Decimal, limit: Decimal | None = None, *, side: str = "buy"
) -> Walk:
    """Takes up to `shares` from `levels` (best first) at prices not beyond `limit`.

    A buy walks asks upwards, a sell walks bids downwards. Levels without size are passed over.
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
