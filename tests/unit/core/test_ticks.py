"""Late ticks: one fires if it is in time, the others are counted, none comes twice."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from support.cpu import least_cpu_s

from argosy.core.schedule.schedule import ActiveHours, IntervalSchedule, Schedule, next_after, parse
from argosy.core.schedule.ticks import settle

DUE = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)
QUARTERS = IntervalSchedule(every_s=900)


def test_on_time() -> None:
    settled = settle(QUARTERS, DUE, DUE + timedelta(milliseconds=20))
    assert settled.fire == DUE
    assert settled.missed == 0
    assert settled.next_due == DUE + timedelta(minutes=15)
    assert settled.expires_at == DUE + timedelta(minutes=15)


def test_after_an_absence_the_last_one_fires_and_the_rest_are_missed() -> None:
    settled = settle(QUARTERS, DUE, DUE + timedelta(minutes=50))
    assert settled.fire == DUE + timedelta(minutes=45)
    assert settled.missed == 3
    assert settled.next_due == DUE + timedelta(minutes=60)


def test_past_its_expiry_nothing_fires() -> None:
    spec = IntervalSchedule(every_s=900, misfire_expiry_s=30)
    settled = settle(spec, DUE, DUE + timedelta(seconds=31))
    assert settled.fire is None
    assert settled.missed == 1
    assert settle(spec, DUE, DUE + timedelta(seconds=30)).fire == DUE


def test_a_year_of_tenths_of_a_second_is_counted_exactly() -> None:
    now = DUE + timedelta(days=365)
    settled = settle(IntervalSchedule(every_s=0.1), DUE, now)
    assert settled.fire == now
    assert (settled.missed, settled.exact) == (365 * 864_000, True)
    assert settled.next_due == now + timedelta(seconds=0.1)


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "cron", "expr": "* * * * * *"},
        {"kind": "cron", "expr": "* * * * * *", "timezone": "America/New_York", "jitterS": 1},
        {"kind": "cron", "expr": "*/5 * 3 1 1 *", "timezone": "Europe/London"},
        {"kind": "cron", "expr": "30 1 * * *", "timezone": "America/New_York", "jitterS": 3600},
        {"kind": "interval", "everyS": 0.1, "jitterS": 0.1},
        {"kind": "interval", "everyS": 90_001, "activeHours": {"from": "09:00:00", "to": "09:00:01"}},
        {"kind": "interval", "everyS": 86_400, "activeHours": {"from": "09:00", "to": "10:00"}},
        {"kind": "window", "everyS": 1, "timezone": "America/New_York", "jitterS": 1},
        {
            "kind": "window",
            "everyS": 7200,
            "timezone": "Australia/Lord_Howe",
            "activeHours": {"days": ["sat"], "from": "22:00", "to": "02:00", "timezone": "Asia/Kathmandu"},
        },
    ],
)
@pytest.mark.parametrize(
    "away", [timedelta(seconds=2), timedelta(hours=1), timedelta(days=300), timedelta(days=4000)]
)
@pytest.mark.parametrize(
    "now", [datetime(2026, 11, 1, 6, 15, tzinfo=UTC), datetime(2026, 11, 29, 14, tzinfo=UTC)]
)
def test_settling_costs_little_however_long_the_absence(
    spec: dict[str, Any], away: timedelta, now: datetime
) -> None:
    """The first moment lies in the repeated hour of New York."""
    schedule = parse(spec)
    due = next_after(schedule, now - away, "x")
    if due is None or due > now:
        due = now - away
    settled = settle(schedule, due, now, "x")
    assert least_cpu_s(lambda: settle(schedule, due, now, "x"), 0.5) < 0.5
    assert settled.next_due is None or settled.next_due > now
    assert settled.exact or away > timedelta(days=400) or settled.missed >= 1000


ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
)
HOURS = st.sampled_from(
    [
        None,
        {"from": "01:10", "to": "02:40"},
        {"from": "22:00", "to": "01:30", "days": ["sat", "sun"]},
        {"from": "00:00", "to": "00:00", "days": ["sun"], "timezone": "America/New_York"},
    ]
)
SPECS = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("interval"), "everyS": st.sampled_from([7.5, 60, 611, 7200]), "activeHours": HOURS}
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("window"),
            "everyS": st.sampled_from([60, 900, 3600, 7200, 21_600]),
            "offsetS": st.sampled_from([0, 5.5]),
            "timezone": st.sampled_from(ZONES),
            "activeHours": HOURS,
        }
    ),
    st.fixed_dictionaries(
        {
            "kind": st.just("cron"),
            "expr": st.sampled_from(
                ["*/7 * * * *", "30 1 * * *", "10,50 2,3 * * *", "15 30 */2 * * *", "0 0 * * 0"]
            ),
            "timezone": st.sampled_from(ZONES),
            "activeHours": HOURS,
        }
    ),
)
CHANGE_TIMES = [
    datetime(2026, 3, 8, 7, tzinfo=UTC),  # New York, spring
    datetime(2026, 11, 1, 6, tzinfo=UTC),  # New York, autumn
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # London, spring
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # London, autumn
    datetime(2026, 4, 4, 15, tzinfo=UTC),  # Lord Howe, autumn, by half an hour
    datetime(2026, 10, 3, 15, 30, tzinfo=UTC),  # Lord Howe, spring
    datetime(2026, 11, 1, 5, tzinfo=UTC),  # Havana, autumn: midnight comes twice
    datetime(2026, 6, 6, 12, tzinfo=UTC),
]
CHANGES = st.sampled_from(CHANGE_TIMES)


def walked(spec: Schedule, due: datetime, now: datetime) -> tuple[datetime, int, datetime | None]:
    """The last tick, how many there are, and the next one: tick by tick."""
    last, count = due, 1
    following = next_after(spec, due, "x")
    while following is not None and following <= now:
        last, count = following, count + 1
        following = next_after(spec, following, "x")
    return last, count, following


@settings(max_examples=300)
@example(
    raw={
        "kind": "window",
        "everyS": 60,
        "offsetS": 0,
        "timezone": "America/New_York",
        "activeHours": {"from": "01:10", "to": "02:40"},
    },
    change=datetime(2026, 11, 1, 5, tzinfo=UTC),
    begin_s=2040,
    away_s=2040,
    jitter=0,
)
@given(
    SPECS, CHANGES, st.integers(-200_000, 100_000), st.integers(0, 200_000), st.sampled_from([0, 0.3, 1.0])
)
def test_settling_agrees_with_walking_through_every_tick(
    raw: dict[str, Any], change: datetime, begin_s: int, away_s: int, jitter: float
) -> None:
    plain = parse(raw)
    spec = parse(raw | {"jitterS": min(plain.period_s * jitter, 3600)})
    due = next_after(spec, change + timedelta(seconds=begin_s), "x")
    assume(due is not None)
    now = due + timedelta(seconds=away_s, milliseconds=417)
    last, count, following = walked(spec, due, now)
    settled = settle(spec, due, now, "x")
    assert settled.next_due == following
    assert settled.fire in (last, None)
    ordered = not jitter or not _clocks_changed(
        spec, due, now
    )  # jitter may swap ticks that a change squeezes
    if ordered and settled.exact:
        assert settled.missed + (settled.fire is not None) == count


def _clocks_changed(spec: Schedule, due: datetime, now: datetime) -> bool:
    zone = ZoneInfo(spec.timezone)
    around = (due - timedelta(days=1), due, now, now + timedelta(days=1))
    return len({moment.astimezone(zone).utcoffset() for moment in around}) > 1


def test_cron_times_beyond_the_bound_are_a_least_number() -> None:
    spec = parse({"kind": "cron", "expr": "* * * * * *"})
    settled = settle(spec, DUE, DUE + timedelta(days=30))
    assert settled.fire == DUE + timedelta(days=30)
    assert not settled.exact
    assert settled.missed >= 1000


def test_what_is_not_due_is_refused() -> None:
    with pytest.raises(ValueError, match="not due"):
        settle(QUARTERS, DUE, DUE - timedelta(seconds=1))


@given(st.integers(1, 5000), st.sampled_from([1.0, 7.0, 60.0, 900.0]))
def test_every_tick_is_fired_or_missed_exactly_once(late_s: int, every_s: float) -> None:
    due = datetime.fromtimestamp(-(-DUE.timestamp() // every_s) * every_s, UTC)
    now = due + timedelta(seconds=late_s)
    settled = settle(IntervalSchedule(every_s=every_s), due, now)
    ticks = int(late_s // every_s) + 1
    assert settled.missed + (settled.fire is not None) == ticks
    assert settled.next_due is not None
    assert settled.next_due > now


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("span", ["01:10-02:40", "02:10-03:30", "22:00-01:30", "00:00-00:00", "00:20-00:50"])
def test_hours_open_at_the_first_second_inside_them(zone: str, span: str) -> None:
    """Both changes of the clocks, the hours by each quarter of an hour, minute by minute."""
    start, end = span.split("-")
    hours = ActiveHours.model_validate({"from": start, "to": end, "days": ["sat", "sun"]})
    place = ZoneInfo(zone)
    for change in CHANGE_TIMES:
        moments = [change + timedelta(minutes=minute) for minute in range(-26 * 60, 26 * 60)]
        opens = None
        for moment, following in reversed(list(itertools.pairwise(moments))):
            if hours.contains(following, place) and not hours.contains(moment, place):
                opens = following
            if opens is not None and not hours.contains(moment, place) and moment.minute % 15 == 0:
                assert hours.opens_after(moment, place) == opens
