"""Schedules of bots: specs, and pure arithmetic of due times, DST-correct in every zone.

Due times are instants that depend on the spec alone, so two beats agree and a restart changes nothing. Intervals
count from the Unix epoch, windows from local midnight, cron from the local wall clock.
"""

from __future__ import annotations

import functools
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import Field, TypeAdapter, ValidationError, field_validator, model_validator

from argosy.core.clock import from_ms, to_ms
from argosy.core.schedule.cron import cron_times, smallest_gap_s
from argosy.core.wire import Wire
from argosy.errors import InvalidInput

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Overlap = Literal["skip", "queue", "allow"]

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_S = 86_400
_HOUR_S = 3_600
_ONE_MS = timedelta(milliseconds=1)
_LOOK_AHEAD = timedelta(days=366 * 5)


def _zone_name(value: str | None) -> str | None:
    if value is not None:
        try:
            ZoneInfo(value)
        except Exception as error:
            raise ValueError(
                f"unknown time zone {value!r}: expected an IANA name such as 'UTC' or 'America/New_York'"
            ) from error
    return value


class ActiveHours(Wire):
    """Active hours of a schedule; ticks outside them are left out.

    `from` after `to` spans midnight and belongs to the day of its beginning. `from` equal to `to` is the whole
    day.
    """

    days: tuple[Weekday, ...] = Field(default=_WEEKDAYS, min_length=1)
    start: time = Field(default=time(0), alias="from")
    end: time = Field(default=time(0), alias="to")
    timezone: str | None = Field(default=None, description="IANA name; the schedule's own when absent")

    _zone = field_validator("timezone")(_zone_name)

    @field_validator("start", "end")
    @classmethod
    def _plain(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("active hours are wall-clock times without an offset, as '09:30'")
        return value

    def contains(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Return True if `moment` is inside; `start` is inside, `end` is outside."""
        local = moment.astimezone(zone)
        at = local.time()
        today, yesterday = _WEEKDAYS[local.weekday()], _WEEKDAYS[(local.weekday() - 1) % 7]
        if self.start < self.end:
            return today in self.days and self.start <= at < self.end
        return (today in self.days and at >= self.start) or (yesterday in self.days and at < self.end)

    def opens_after(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the next beginning of the hours strictly after `moment`, which lies outside them.

        A wall time that comes twice opens twice, and a change of the clocks may open the hours by itself.
        """
        first = moment.astimezone(zone).date() - timedelta(days=1)
        for ahead in range(10):
            day = first + timedelta(days=ahead)
            for opening in sorted(self._openings(day, zone)):
                if opening > moment and self.contains(opening, zone):
                    return opening
        raise AssertionError("a weekday comes within ten days")

    def _openings(self, day: date, zone: ZoneInfo) -> Iterator[datetime]:
        begin = datetime.combine(day, self.start, zone)
        yield begin.astimezone(UTC)
        yield begin.replace(fold=1).astimezone(UTC)
        midnight = datetime.combine(day, time(0), zone).astimezone(UTC)
        later = midnight + timedelta(days=1, hours=1)
        if midnight.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
            yield offset_change(midnight, later, zone)


class _Common(Wire, ABC):
    """Fields of all kinds of schedules.

    `jitter_s` delays each tick by a fixed pseudo-random time below it.
    """

    timezone: str = "UTC"
    jitter_s: float = Field(default=0.0, ge=0, le=_HOUR_S)
    active_hours: ActiveHours | None = None
    overlap: Overlap = Field(default="skip", description="what a tick does while the bot still runs")
    misfire_expiry_s: float | None = Field(
        default=None, gt=0, le=7 * _DAY_S, description="how late a tick may start; one period when absent"
    )

    _zone = field_validator("timezone")(_zone_name)

    @property
    @abstractmethod
    def period_s(self) -> float:
        """The least time in seconds between two ticks."""

    @abstractmethod
    def nominal_after(self, moment: datetime) -> datetime | None:
        """Return the next tick strictly after `moment`, without jitter and active hours."""

    @model_validator(mode="after")
    def _jitter_below_period(self) -> Self:
        """Reject wider jitter: ticks would overtake each other, and settling them would cost more."""
        if self.jitter_s and self.jitter_s > self.period_s:
            raise ValueError(
                f"jitterS must be at most the time between two ticks ({self.period_s:g} s), found {self.jitter_s:g}: "
                "lower jitterS, or tick less often"
            )
        return self


class IntervalSchedule(_Common):
    """Schedule every `every_s` seconds, counted from the Unix epoch."""

    kind: Literal["interval"] = "interval"
    every_s: float = Field(ge=0.1, le=366 * _DAY_S)

    @property
    def period_s(self) -> float:
        """The gap in seconds between two ticks."""
        return self.every_s

    def nominal_after(self, moment: datetime) -> datetime:
        """Return the next tick strictly after `moment`, without jitter and active hours."""
        period = round(self.every_s * 1000)
        return from_ms((to_ms(moment) // period + 1) * period)


class CronSchedule(_Common):
    """Schedule by a cron expression on the local wall clock.

    The expression has five fields, or six with seconds first. DST changes are handled like Debian's cron: a
    skipped time runs right after the gap, a repeated one runs once.
    """

    kind: Literal["cron"] = "cron"
    expr: str = Field(max_length=200)

    @property
    def period_s(self) -> float:
        """The smallest gap in seconds between two ticks."""
        return float(smallest_gap_s(self.expr))

    @field_validator("expr")
    @classmethod
    def _parses(cls, value: str) -> str:
        try:
            CronSim(value, datetime(2026, 1, 1, tzinfo=UTC))
        except CronSimError as error:
            raise ValueError(
                f"{value!r} is no cron expression ({error}); expected e.g. '*/15 * * * *'"
            ) from error
        return value

    def nominal_after(self, moment: datetime) -> datetime | None:
        """Return the next tick strictly after `moment`, without jitter and active hours.

        Returns None when the expression never matches again (for example 30 February).
        """
        for tick in cron_times(self.expr, moment, ZoneInfo(self.timezone)):
            due = tick.astimezone(UTC)
            if due > moment:
                return due
            if due > moment + _LOOK_AHEAD:
                break
        return None


class WindowSchedule(_Common):
    """Schedule aligned to the wall clock: every `every_s` from local midnight, plus `offset_s`.

    `every_s` 900 and `offset_s` 5 mean five seconds into each quarter-hour. Windows up to an hour repeat in a
    repeated hour and are left out in a skipped one. Longer windows occur once. A skipped wall time is then
    converted with the offset before the clock change.
    """

    kind: Literal["window"] = "window"
    every_s: int = Field(ge=1, le=_DAY_S)
    offset_s: float = Field(default=0.0, ge=0)

    @model_validator(mode="after")
    def _fits(self) -> WindowSchedule:
        if _DAY_S % self.every_s:
            raise ValueError(f"everyS must divide a day of 86400 s evenly, found {self.every_s}")
        if self.offset_s >= self.every_s:
            raise ValueError(f"offsetS must be below everyS ({self.every_s}), found {self.offset_s}")
        return self

    @property
    def period_s(self) -> float:
        """The gap in seconds between two ticks, ignoring clock changes."""
        return float(self.every_s)

    def nominal_after(self, moment: datetime) -> datetime:
        """Return the next tick strictly after `moment`, without jitter and active hours."""
        zone = ZoneInfo(self.timezone)
        return self._short(moment, zone) if self.every_s <= _HOUR_S else self._long(moment, zone)

    def _short(self, moment: datetime, zone: ZoneInfo) -> datetime:
        due = self._aligned(from_ms(to_ms(moment) + 1), zone)  # ticks are whole milliseconds
        if due.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
            return due
        # The clocks change in between: a tick aligned after the change may be earlier, or `due` may not exist.
        change = offset_change(moment, due, zone)
        before = due if due < change else None
        return before or self._aligned(change, zone)

    def _aligned(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the first aligned instant at or after `moment`, by the UTC offset at `moment`."""
        local = moment.astimezone(zone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        passed = round((local.replace(tzinfo=None) - midnight) / _ONE_MS)
        wait = -(passed - round(self.offset_s * 1000)) % (self.every_s * 1000)
        return from_ms(to_ms(moment) + wait)

    def _long(self, moment: datetime, zone: ZoneInfo) -> datetime:
        first = moment.astimezone(zone).date() - timedelta(days=1)
        ticks = (tick for ahead in range(4) for tick in self.ticks_of(first + timedelta(days=ahead), zone))
        return min(tick for tick in ticks if tick > moment)

    def ticks_of(self, day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
        """Return the ticks with a wall time on this local day; for windows of more than an hour."""
        return _wall_times(day, zone, self.every_s, self.offset_s)


@functools.lru_cache(maxsize=4096)
def _wall_times(day: date, zone: ZoneInfo, every_s: int, offset_s: float) -> tuple[datetime, ...]:
    midnight = datetime.combine(day, time(0))
    return tuple(
        (midnight + timedelta(seconds=second + offset_s)).replace(tzinfo=zone).astimezone(UTC)
        for second in range(0, _DAY_S, every_s)
    )


Schedule = Annotated[IntervalSchedule | CronSchedule | WindowSchedule, Field(discriminator="kind")]
"""Any kind of schedule, selected by `kind`."""

_ADAPTER: TypeAdapter[IntervalSchedule | CronSchedule | WindowSchedule] = TypeAdapter(Schedule)


def parse(document: Any) -> Schedule:
    """Parse a schedule from its wire form.

    Raises InvalidInput that names field, problem and value.
    """
    try:
        return _ADAPTER.validate_python(document)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            "the schedule is not valid",
            expected=first["msg"],
            found=f"{'.'.join(str(part) for part in first['loc']) or 'schedule'} = {first['input']!r}",
            remedy="a schedule has kind interval (everyS), cron (expr) or window (everyS, offsetS)",
            problems=[f"{'.'.join(str(p) for p in each['loc'])}: {each['msg']}" for each in error.errors()],
        ) from None


def next_after(
    spec: Schedule, moment: datetime, seed: str = "", *, until: datetime | None = None
) -> datetime | None:
    """Return the next due time strictly after `moment` (aware), with active hours and jitter.

    None means never again. With `until`, ticks whose time without jitter is later are ignored. `seed` (the
    schedule's id) spreads the jitter of schedules with equal specs. The same seed and tick give the same jitter
    on every machine.
    """
    best: datetime | None = None
    for nominal in active_ticks(spec, moment - timedelta(seconds=spec.jitter_s), until=until):
        if best is not None and nominal >= best:
            break
        due = add_jitter(spec, nominal, seed)
        if due > moment and (best is None or due < best):
            best = due
    return best


def expiry_of(spec: Schedule, due: datetime, seed: str = "") -> timedelta:
    """Return the time after `due` within which the tick may still start.

    It is `misfire_expiry_s`, else the time until the next tick, at most an hour.
    """
    return expiry_before(spec, due, next_after(spec, due, seed))


def expiry_before(spec: Schedule, due: datetime, following: datetime | None) -> timedelta:
    """Return the result of `expiry_of` for a known next tick (`following`)."""
    if spec.misfire_expiry_s is not None:
        return timedelta(seconds=spec.misfire_expiry_s)
    longest = timedelta(hours=1)
    return longest if following is None else min(longest, max(following - due, timedelta(seconds=1)))


def describe(spec: Schedule) -> str:
    """Return a description such as "cron 0 9 * * mon-fri (Europe/Paris)"."""
    match spec:
        case IntervalSchedule():
            text = f"every {_span(spec.every_s)}"
        case WindowSchedule():
            text = f"each {_span(spec.every_s)} of the clock"
            text += f" + {_span(spec.offset_s)}" if spec.offset_s else ""
        case CronSchedule():
            text = f"cron {spec.expr}"
    if spec.timezone != "UTC":
        text += f" ({spec.timezone})"
    hours = spec.active_hours
    if hours is not None:
        text += f", {' '.join(hours.days)}" if len(hours.days) < 7 else ""
        text += f" {hours.start:%H:%M}-{hours.end:%H:%M}" if hours.start != hours.end else ""
    return text


def _span(seconds: float) -> str:
    for unit, size in (("d", _DAY_S), ("h", _HOUR_S), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def active_ticks(spec: Schedule, moment: datetime, *, until: datetime | None = None) -> Iterator[datetime]:
    """Iterate over ticks after `moment` inside the active hours, in order, without jitter.

    `until` is the last possible tick. The search ends five years after `moment`.
    """
    hours = spec.active_hours
    horizon = moment + _LOOK_AHEAD
    tick = spec.nominal_after(moment)
    while tick is not None and tick < horizon and (until is None or tick <= until):
        if hours is None:
            yield tick
        else:
            zone = ZoneInfo(hours.timezone or spec.timezone)
            if hours.contains(tick, zone):
                yield tick
            else:
                tick = hours.opens_after(tick, zone) - _ONE_MS
        tick = spec.nominal_after(tick)


def add_jitter(spec: Schedule, nominal: datetime, seed: str) -> datetime:
    """Return the due time of the tick with the time `nominal` before jitter."""
    if not spec.jitter_s:
        return nominal
    drawn = hashlib.sha256(f"{seed}\x00{to_ms(nominal)}".encode()).digest()
    return nominal + timedelta(milliseconds=int(spec.jitter_s * 1000 * int.from_bytes(drawn[:6]) / (1 << 48)))


def offset_change(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the first instant in (low, high] with the UTC offset of `high`, to the second."""
    offset = high.astimezone(zone).utcoffset()
    first, last = int(low.timestamp()), int(high.timestamp())
    while last - first > 1:
        middle = (first + last) // 2
        if from_ms(middle * 1000).astimezone(zone).utcoffset() == offset:
            last = middle
        else:
            first = middle
    return from_ms(last * 1000)
