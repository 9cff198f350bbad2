"""Depth that simulated fills took from books which do not know of these fills."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Level, OrderBook
from argosy.venuekit.paper.fill_kernel import Walk

KeyT = TypeVar("KeyT", bound=Hashable)


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

    def plus(self, offered: Sequence[Level], walked: Walk[Any], book: OrderBook) -> ConsumedDepth:
        """Return the record with the quantities that `walked` took of the `offered` levels.

        Levels that are gone or have changed are dropped.
        """
        more: dict[Decimal, Decimal] = {}
        for part in walked.taken:
            more[part.price] = more.get(part.price, ZERO) + part.size
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


class RefilledDepth(Generic[KeyT]):
    """Quantities taken from the levels of a simulated book, until its makers refill them.

    A key names one level. Times are Unix milliseconds.
    """

    def __init__(self) -> None:
        self._taken: dict[KeyT, list[tuple[int, Decimal]]] = {}

    def take(self, key: KeyT, size: Decimal, until_ms: int) -> None:
        """Record that `size` of a level is gone until `until_ms`."""
        self._taken.setdefault(key, []).append((until_ms, size))

    def left(self, key: KeyT, size: Decimal, now_ms: int) -> Decimal:
        """Return the quantity left of a level with the size `size`."""
        entries = self._taken.get(key)
        if entries is None:
            return size
        alive = [entry for entry in entries if entry[0] > now_ms]
        if alive:
            self._taken[key] = alive
        else:
            del self._taken[key]
        return max(ZERO, size - sum((taken for _, taken in alive), ZERO))

    def forget(self, now_ms: int) -> None:
        """Drop depth that has been refilled."""
        for key in list(self._taken):
            self.left(key, ZERO, now_ms)

    @property
    def is_empty(self) -> bool:
        """No quantity is recorded as taken."""
        return not self._taken
