"""Reference levels of drawdown and daily loss: high-water mark, equity at the day's start."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time, tzinfo
from decimal import Decimal

from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Summary


@dataclass(frozen=True, slots=True)
class EquityLevels:
    """Reference levels in base currency.

    `day` is the local date (ISO) of `day_start_equity`. `capital` is the capital at the newest update.
    """

    high_water: Decimal
    day: str
    day_start_equity: Decimal
    capital: Decimal

    def with_capital(self, capital: Decimal) -> EquityLevels:
        """Shift both levels by the deposits and withdrawals since, which are neither gain nor loss."""
        paid_in = exact.subtract(capital, self.capital)
        return replace(
            self,
            high_water=exact.add(self.high_water, paid_in),
            day_start_equity=exact.add(self.day_start_equity, paid_in),
            capital=capital,
        )

    def begun(self, day: str, equity: Decimal, capital: Decimal) -> EquityLevels:
        """Return the levels of a new day that starts with `equity`.

        That is the equity at its midnight, or the last known before it.
        """
        return replace(self.with_capital(capital), day=day, day_start_equity=equity)


def local_day(now: datetime, zone: tzinfo) -> str:
    return now.astimezone(zone).date().isoformat()


def midnight(now: datetime, zone: tzinfo) -> datetime:
    """Return the first moment of the local day of `now`."""
    return datetime.combine(now.astimezone(zone).date(), time(), zone)


def observe_equity(before: EquityLevels | None, summary: Summary, day: str) -> EquityLevels:
    """Return the levels after one more observation.

    The very first day starts with the capital. A later day starts with its first observation, unless
    `Levels.begun` has begun it. An observation of an earlier day starts no day here; `Levels.begun` restores that
    day's start.
    """
    if before is None:
        high_water = max(summary.capital, summary.cautious_equity)
        return EquityLevels(high_water, day, summary.capital, summary.capital)
    known = before.with_capital(summary.capital)
    high_water = max(known.high_water, summary.cautious_equity)
    if day > known.day:
        return EquityLevels(high_water, day, summary.equity, summary.capital)
    return replace(known, high_water=high_water)


def drawdown(high_water: Decimal, equity: Decimal) -> Decimal:
    """Return the lost fraction of the high-water mark, 0 at or above it.

    The result is also 0 when the high-water mark is not above 0.
    """
    if high_water <= ZERO:
        return ZERO
    return exact.ratio(max(exact.subtract(high_water, equity), ZERO), high_water)
