"""What drawdown and daily loss are measured from: the high-water mark, and equity at the start of the day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from decimal import Decimal

from argosy.core import exact
from argosy.core.money import ZERO
from argosy.core.portfolio import Summary


@dataclass(frozen=True, slots=True)
class Levels:
    """In base currency. `day` is the local date (ISO) that `day_start_equity` is of, `capital` what was in then."""

    high_water: Decimal
    day: str
    day_start_equity: Decimal
    capital: Decimal

    def with_capital(self, capital: Decimal) -> Levels:
        """Both move by what was paid in or taken out since: it is neither gain nor loss."""
        paid_in = exact.subtract(capital, self.capital)
        return replace(
            self,
            high_water=exact.add(self.high_water, paid_in),
            day_start_equity=exact.add(self.day_start_equity, paid_in),
            capital=capital,
        )

    def begun(self, day: str, equity: Decimal, capital: Decimal) -> Levels:
        """Another day, which starts with what was there at its midnight, or was last known before it."""
        return replace(self.with_capital(capital), day=day, day_start_equity=equity)


def local_day(now: datetime, zone: tzinfo) -> str:
    return now.astimezone(zone).date().isoformat()


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """The first moment of the local day of `now`."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def moved(before: Levels | None, summary: Summary, day: str) -> Levels:
    """The levels after one more look.

    The first of all days starts with the capital, a later one with its first look where `Levels.begun` has not begun
    it. A day before the one that is known starts nothing here: `Levels.begun` finds its start again.
    """
    if before is None:
        high_water = max(summary.capital, summary.cautious_equity)
        return Levels(high_water, day, summary.capital, summary.capital)
    known = before.with_capital(summary.capital)
    high_water = max(known.high_water, summary.cautious_equity)
    if day > known.day:
        return Levels(high_water, day, summary.equity, summary.capital)
    return replace(known, high_water=high_water)


def drawdown(high_water: Decimal, equity: Decimal) -> Decimal:
    """Fraction of the high-water mark that is lost; 0 at or above it, and where there is no mark above 0."""
    if high_water <= ZERO:
        return ZERO
    return exact.ratio(max(exact.subtract(high_water, equity), ZERO), high_water)
