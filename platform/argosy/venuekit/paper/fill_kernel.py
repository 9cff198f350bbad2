"""Fill kernel of simulated venues: walks through order books, and depth already taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Level, OrderBook


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


@dataclass(frozen=True, slots=True)
class Taken:
    """Quantity `gone` from a level that showed the size `shown`."""

    shown: Decimal
    gone: Decimal


class ConsumedDepth:
    """Quantities that an account took from levels, by price.

    A quantity counts as taken while its level keeps showing the same size: the observed book does not know of the
    simulated fill. Levels are those of one book, or offers at other prices that were made of them.
    """

    def __init__(self, levels: Mapping[Decimal, Taken] | None = None) -> None:
        self.levels: dict[Decimal, Taken] = dict(levels or {})

    def left(self, levels: Sequence[Level]) -> list[Level]:
        """Return the levels without the quantities taken, and without levels that are used up."""
        found: list[Level] = []
        for level in levels:
            gone = self._gone(level)
            if not gone:
                found.append(level)
            elif gone < level.size:
                found.append(Level(price=level.price, size=level.size - gone))
        return found

    def still_shown(self, book: OrderBook) -> ConsumedDepth:
        """Return the part of the record whose levels still show the same size."""
        shown = {level.price: level.size for level in (*book.bids, *book.asks)}
        return ConsumedDepth({p: each for p, each in self.levels.items() if shown.get(p) == each.shown})

    def plus(self, offered: Sequence[Level], walked: Walk, book: OrderBook) -> ConsumedDepth:
        """Return the record with the quantities that `walked` took of the `offered` levels.

        Levels that are gone or have changed are dropped.
        """
        more: dict[Decimal, Decimal] = {}
        for level in walked.taken:
            more[level.price] = more.get(level.price, ZERO) + level.size
        prices = {level.price for level in offered}
        others = ConsumedDepth({p: each for p, each in self.levels.items() if p not in prices})
        record = others.still_shown(book).levels
        for level in offered:
            total = self._gone(level) + more.get(level.price, ZERO)
            if total:
                record[level.price] = Taken(level.size, total)
        return ConsumedDepth(record)

    def _gone(self, level: Level) -> Decimal:
        before = self.levels.get(level.price)
        return before.gone if before is not None and before.shown == level.size else ZERO
