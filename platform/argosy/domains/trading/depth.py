"""Walk through an order book by levels: the cost of shares, or the shares for an amount."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money.money import ZERO, floor_to
from argosy.core.venues.venue import Level

UNIT = Decimal("0.000001")
"""The smallest part of a share or dollar that changes hands: a base unit on the chain."""


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

    def is_spent(self, amount: Decimal) -> bool:
        """Return True if the rest of the amount is too small to buy anything more."""
        return amount - self.notional < UNIT


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


def spend(levels: Iterable[tuple[Decimal, Decimal]], amount: Decimal) -> list[Decimal]:
    """Return the shares that a purchase for `amount` takes of each (price, size), best first.

    Polymarket fills purchases that match at once in this way. Levels are taken whole while the amount lasts. The rest
    of the amount buys millionths of a share, rounded down.
    """
    taken: list[Decimal] = []
    for price, size in levels:
        shares = min(size, floor_to(amount / price, UNIT))
        if shares <= 0:
            break
        taken.append(shares)
        amount -= shares * price
    return taken


def spend_levels(levels: Sequence[Level], amount: Decimal, limit: Decimal) -> Walk:
    """Spend up to `amount` on asks (best first) at prices not beyond `limit`."""
    within = [level for level in levels if level.price <= limit and level.size > 0]
    sizes = spend(((level.price, level.size) for level in within), amount)
    taken = tuple(
        Level.model_construct(price=level.price, size=size)
        for level, size in zip(within, sizes, strict=False)
    )
    return Walk(taken, sum(sizes, ZERO), sum((level.price * level.size for level in taken), ZERO))
