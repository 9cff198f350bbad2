"""Cron expressions: the next times, and the smallest gap between two times."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

_DAY_S = 86_400
_CALENDAR_DAYS = 4 * 366
"""Days to search for two matching days in a row.

Nearly every combination of weekday and date of two neighbouring days occurs within four years.
"""


def cron_times(expr: str, moment: datetime, zone: ZoneInfo) -> CronSim:
    """Iterate over the times of `expr` after `moment`, in order.

    In a repeated hour the first times may lie before `moment`: the caller skips them. cronsim walks the wall
    clock. An aware start selects the right side of a repeated hour. A wall time that occurs twice yields its
    first instant only, which is then not after `moment`.
    """
    return CronSim(expr, moment.astimezone(zone))


def smallest_gap_s(expr: str) -> int:
    """Return the smallest gap in seconds between two times of `expr`, ignoring clock changes."""
    spec = CronSim(expr, datetime(2026, 1, 1, tzinfo=UTC))
    seconds, minutes, hours = sorted(spec.seconds), sorted(spec.minutes), sorted(spec.hours)
    in_minute = seconds[-1] - seconds[0]
    in_hour = minutes[-1] * 60 + in_minute - minutes[0] * 60
    in_day = hours[-1] * 3600 + in_hour - hours[0] * 3600
    gaps = [
        *_steps(seconds),
        *(step * 60 - in_minute for step in _steps(minutes)),
        *(step * 3600 - in_hour for step in _steps(hours)),
    ]
    least = min(gaps, default=_DAY_S)
    over_night = _DAY_S - in_day
    return min(least, over_night) if over_night < least and _has_neighbours(spec) else least


def _steps(values: list[int]) -> list[int]:
    return [later - earlier for earlier, later in itertools.pairwise(values)]


def _has_neighbours(spec: CronSim) -> bool:
    """Return True if two days in a row ever match."""
    day, before = datetime(2026, 1, 1, tzinfo=UTC).date(), False
    for _ in range(_CALENDAR_DAYS):
        matches = day.month in spec.months and spec.match_day(day)
        if matches and before:
            return True
        before, day = matches, day + timedelta(days=1)
    return False
