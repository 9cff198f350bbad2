"""Number of ticks between two times: by arithmetic if possible, else counted up to a bound."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from argosy.core.clock import from_ms, to_ms
from argosy.core.schedule.cron import cron_times
from argosy.core.schedule.schedule import (
    ActiveHours,
    CronSchedule,
    IntervalSchedule,
    Schedule,
    WindowSchedule,
    active_ticks,
    add_jitter,
    offset_change,
)

MOST_TIMES = 2_000
"""Largest number of times of a cron expression that are counted one by one."""

_DAY_MS = 86_400_000
_HOUR_S = 3_600
_ONE_MS = timedelta(milliseconds=1)


class TickCount(NamedTuple):
    """Number of ticks; `exact` False means that there are more than `ticks`."""

    ticks: int
    exact: bool = True


def count_ticks(spec: Schedule, first_due: datetime, last_due: datetime, seed: str = "") -> TickCount:
    """Return the number of ticks due in [first_due, last_due], inside the active hours."""
    first, last = _nominal(spec, first_due, seed), _nominal(spec, last_due, seed)
    match spec:
        case CronSchedule():
            return _count_times(spec, first, last)
        case WindowSchedule() if spec.every_s > _HOUR_S:
            return TickCount(_count_days(spec, first, last))
        case _:
            return TickCount(_count_periods(spec, to_ms(first), to_ms(last) + 1))


def _nominal(spec: Schedule, due: datetime, seed: str) -> datetime:
    """Return the time before jitter of the tick due at `due`."""
    if not spec.jitter_s:
        return due
    earliest = due - timedelta(seconds=spec.jitter_s)
    for nominal in active_ticks(spec, earliest - _ONE_MS, until=due):
        if add_jitter(spec, nominal, seed) == due:
            return nominal
    return earliest


def _count_times(spec: CronSchedule, first: datetime, last: datetime) -> TickCount:
    ticks = 0
    begin = first - _ONE_MS
    for seen, tick in enumerate(cron_times(spec.expr, begin, ZoneInfo(spec.timezone))):
        if tick > last:
            return TickCount(ticks)
        if seen >= MOST_TIMES:
            return TickCount(ticks, exact=False)
        ticks += tick > begin and _is_active(spec, tick)
    return TickCount(ticks)


def _count_days(spec: WindowSchedule, first: datetime, last: datetime) -> int:
    zone = ZoneInfo(spec.timezone)
    ticks: set[datetime] = set()  # two wall times of a skipped hour can be one instant
    day, end = (
        first.astimezone(zone).date() - timedelta(days=1),
        last.astimezone(zone).date() + timedelta(days=1),
    )
    while day <= end:
        ticks.update(
            tick for tick in spec.ticks_of(day, zone) if first <= tick <= last and _is_active(spec, tick)
        )
        day += timedelta(days=1)
    return len(ticks)


def _is_active(spec: Schedule, tick: datetime) -> bool:
    hours = spec.active_hours
    return hours is None or hours.contains(tick, ZoneInfo(hours.timezone or spec.timezone))


def _count_periods(spec: IntervalSchedule | WindowSchedule, low_ms: int, high_ms: int) -> int:
    """Count ticks in [low, high): whole periods in each active stretch with one UTC offset."""
    hours = spec.active_hours
    period = round(spec.every_s * 1000)
    window = isinstance(spec, WindowSchedule)
    if hours is None and not window:
        return _multiples(low_ms, high_ms, period, 0)
    zone = ZoneInfo(spec.timezone)
    hours_zone = zone if hours is None else ZoneInfo(hours.timezone or spec.timezone)
    ticks = 0
    for begin, end in _same_offset(low_ms, high_ms, {zone, hours_zone}):
        # A window is aligned to the wall clock: wall = instant + offset, so instant = wall - offset.
        phase = (
            round(spec.offset_s * 1000) - _offset_ms(begin, zone) if isinstance(spec, WindowSchedule) else 0
        )
        spans = (
            [(begin, end)]
            if hours is None
            else _active_spans(hours, begin, end, _offset_ms(begin, hours_zone))
        )
        ticks += sum(_multiples(low, high, period, phase) for low, high in spans)
    return ticks


def _multiples(low: int, high: int, period: int, phase: int) -> int:
    """Return the count of numbers n * period + phase in [low, high)."""
    return (high - 1 - phase) // period - (low - 1 - phase) // period if high > low else 0


def _same_offset(low_ms: int, high_ms: int, zones: set[ZoneInfo]) -> Iterator[tuple[int, int]]:
    """Split [low, high) into stretches in which no zone changes its offset."""
    changes = {low_ms, high_ms}
    for zone in zones:
        at = low_ms
        while at < high_ms:
            after = min(at + _DAY_MS, high_ms)
            if _offset_ms(at, zone) != _offset_ms(after, zone):
                changes.add(to_ms(offset_change(from_ms(at), from_ms(after), zone)))
            at = after
    marks = sorted(mark for mark in changes if low_ms <= mark <= high_ms)
    yield from itertools.pairwise(marks)


def _active_spans(hours: ActiveHours, low: int, high: int, offset: int) -> Iterator[tuple[int, int]]:
    """Iterate over the active stretches in [low, high), where the offset is constant."""
    start, end = _ms_of_day(hours, "start"), _ms_of_day(hours, "end")
    for day in range((low + offset) // _DAY_MS, (high + offset) // _DAY_MS + 1):
        begin = day * _DAY_MS - offset
        today, yesterday = _is_on(hours, day), _is_on(hours, day - 1)
        spans = []
        if start < end:
            spans = [(begin + start, begin + end)] if today else []
        else:
            spans += [(begin, begin + end)] if yesterday else []
            spans += [(begin + start, begin + _DAY_MS)] if today else []
        for first, last in spans:
            if max(first, low) < min(last, high):
                yield max(first, low), min(last, high)


def _is_on(hours: ActiveHours, day: int) -> bool:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return names[(date(1970, 1, 1) + timedelta(days=day)).weekday()] in hours.days


def _ms_of_day(hours: ActiveHours, name: str) -> int:
    at = hours.start if name == "start" else hours.end
    micros = ((at.hour * 60 + at.minute) * 60 + at.second) * 1_000_000 + at.microsecond
    return -(-micros // 1000)  # ticks are whole milliseconds


def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = from_ms(at_ms).astimezone(zone).utcoffset()
    return 0 if offset is None else round(offset / _ONE_MS)
