"""What drawdown and daily loss are measured from: the high-water mark, and equity at the start of the day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
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


def local_day(now: datetime, zone: tzinfo) -> str:
    return now.astimezone(zone).date().isoformat()


def moved(before: Levels | None, summary: Summary, day: str) -> Levels:
    """The levels after one more look.

    Capital paid in or taken out moves both by its amount, for it is neither gain nor loss. A day starts with its
    first look; one that lies before the day that is known (a clock set back) starts nothing.
    """
    if before is None:
        high_water = max(summary.capital, summary.cautious_equity)
        return Levels(high_water, day, summary.equity, summary.capital)
    paid_in = exact.subtract(summary.capital, before.capital)
    high_water = max(exact.add(before.high_water, paid_in), summary.cautious_equity)
    if day > before.day:
        return Levels(high_water, day, summary.equity, summary.capital)
    day_start = exact.add(before.day_start_equity, paid_in)
    return Levels(high_water, before.day, day_start, summary.capital)


def drawdown(high_water: Decimal, equity: Decimal) -> Decimal:
    """Fraction of the high-water mark that is lost; 0 at or above it, and where there is no mark above 0."""
    if high_water <= ZERO:
        return ZERO
    return exact.ratio(max(exact.subtract(high_water, equity), ZERO), high_water)
