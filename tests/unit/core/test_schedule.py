"""Due times: strictly later, reproducible, right across every change of the clocks."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.core.schedule.cron import smallest_gap_s
from argosy.core.schedule.schedule import (
    CronSchedule,
    IntervalSchedule,
    Schedule,
    WindowSchedule,
    describe,
    expiry_of,
    next_after,
    parse,
)
from argosy.errors import InvalidInput

ZONES = (
    "UTC",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Chatham",
)
MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    max_value=datetime(2028, 1, 1, tzinfo=UTC).replace(tzinfo=None),
    timezones=st.just(UTC),
)
DIVISORS = (1, 5, 60, 300, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)


def windows() -> st.SearchStrategy[WindowSchedule]:
    return st.builds(
        lambda every, share, zone, jitter: WindowSchedule(
            every_s=every, offset_s=int(every * share), timezone=zone, jitter_s=min(jitter, every)
        ),
        st.sampled_from(DIVISORS),
        st.floats(0, 0.99),
        st.sampled_from(ZONES),
        st.sampled_from([0.0, 2.5]),
    )


def crons() -> st.SearchStrategy[CronSchedule]:
    return st.builds(
        lambda expr, zone: CronSchedule(expr=expr, timezone=zone),
        st.sampled_from(
            ["*/15 * * * *", "30 1 * * *", "30 2 * * *", "0 0 * * mon", "5 4 1 * *", "*/10 * * * * *"]
        ),
        st.sampled_from(ZONES),
    )


def intervals() -> st.SearchStrategy[IntervalSchedule]:
    return st.builds(
        lambda every, jitter: IntervalSchedule(every_s=every, jitter_s=jitter),
        st.sampled_from([0.1, 1, 7, 60, 900, 86_400]),
        st.sampled_from([0.0, 0.05]),
    )


@given(st.one_of(windows(), crons(), intervals()), MOMENTS)
@settings(max_examples=400, deadline=None)
def test_the_next_tick_is_later_and_nothing_lies_between(spec: Schedule, moment: datetime) -> None:
    due = next_after(spec, moment, "seed")
    assert due is not None
    assert due > moment
    assert due.tzinfo is UTC
    # Asked again from any time before it, the same tick comes.
    between = moment + (due - moment) / 2
    assert next_after(spec, between, "seed") == due
    assert next_after(spec, due - timedelta(milliseconds=1), "seed") == due


@given(windows(), MOMENTS)
@settings(max_examples=300, deadline=None)
def test_short_windows_are_aligned_to_the_local_clock(spec: WindowSchedule, moment: datetime) -> None:
    due = spec.nominal_after(moment)
    if spec.every_s > 3600:
        return
    local = due.astimezone(ZoneInfo(spec.timezone))
    passed = local.hour * 3600 + local.minute * 60 + local.second + local.microsecond / 1e6
    assert round((passed - spec.offset_s) * 1000) % (spec.every_s * 1000) == 0


@pytest.mark.parametrize("zone", ZONES)
def test_a_daily_window_comes_once_every_local_day(zone: str) -> None:
    spec = WindowSchedule(every_s=86_400, offset_s=9000, timezone=zone)  # 02:30, inside most gaps
    moment, days = datetime(2026, 1, 1, tzinfo=UTC), set()
    count = 0
    while moment < datetime(2027, 1, 1, tzinfo=UTC):
        moment = spec.nominal_after(moment)
        days.add(moment.astimezone(ZoneInfo(zone)).date())
        count += 1
    assert count == len(days)
    assert len(days) in (365, 366)


def test_quarter_hours_go_on_through_the_repeated_and_the_skipped_hour() -> None:
    spec = WindowSchedule(every_s=900, offset_s=5, timezone="America/New_York")
    for start in (datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)):
        moment, ticks = start, []
        for _ in range(16):
            moment = spec.nominal_after(moment)
            ticks.append(moment)
        assert ticks[0] == start + timedelta(seconds=5)
        gaps = {later - earlier for earlier, later in itertools.pairwise(ticks)}
        assert gaps == {timedelta(minutes=15)}


def test_hourly_windows_realign_where_the_clock_moves_by_half_an_hour() -> None:
    spec = WindowSchedule(every_s=3600, timezone="Australia/Lord_Howe")
    zone = ZoneInfo("Australia/Lord_Howe")
    moment = datetime(2026, 4, 4, 12, tzinfo=UTC)  # the clocks go back by 30 minutes at 15:00 UTC
    for _ in range(8):
        moment = spec.nominal_after(moment)
        assert moment.astimezone(zone).minute == 0


def test_a_cron_time_in_the_gap_runs_after_it_and_in_the_repeated_hour_once() -> None:
    spring = CronSchedule(expr="30 2 * * *", timezone="America/New_York")
    assert spring.nominal_after(datetime(2026, 3, 8, 5, tzinfo=UTC)) == datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    autumn = CronSchedule(expr="30 1 * * *", timezone="America/New_York")
    first = autumn.nominal_after(datetime(2026, 11, 1, 4, tzinfo=UTC))
    assert first == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    assert autumn.nominal_after(first) == datetime(2026, 11, 2, 6, 30, tzinfo=UTC)


def test_active_hours_leave_out_what_lies_outside() -> None:
    spec = parse(
        {
            "kind": "interval",
            "everyS": 600,
            "activeHours": {
                "days": ["mon", "tue", "wed", "thu", "fri"],
                "from": "09:30",
                "to": "16:00",
                "timezone": "America/New_York",
            },
        }
    )
    friday_close = datetime(2026, 11, 20, 20, 50, tzinfo=UTC)
    assert next_after(spec, friday_close) == datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


def test_active_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    spec = parse(
        {"kind": "window", "everyS": 3600, "activeHours": {"days": ["sat"], "from": "22:00", "to": "02:00"}}
    )
    moment, ticks = datetime(2026, 11, 20, tzinfo=UTC), []
    for _ in range(5):
        moment = next_after(spec, moment)
        ticks.append(moment.strftime("%a %H"))
    assert ticks == ["Sat 22", "Sat 23", "Sun 00", "Sun 01", "Sat 22"]


@given(MOMENTS, st.sampled_from(["a", "b", "c"]))
def test_jitter_is_fixed_by_schedule_and_tick_and_stays_below_its_width(moment: datetime, seed: str) -> None:
    spec = IntervalSchedule(every_s=60, jitter_s=30)
    due = next_after(spec, moment, seed)
    assert due == next_after(spec, moment, seed)
    assert 0 <= due.timestamp() % 60 < 30


def test_schedules_that_share_a_spec_are_spread() -> None:
    spec, moment = IntervalSchedule(every_s=60, jitter_s=30), datetime(2026, 1, 1, tzinfo=UTC)
    assert len({next_after(spec, moment, f"bot-{n}") for n in range(20)}) > 15


def test_an_expression_that_never_comes_true_ends() -> None:
    spec = CronSchedule(expr="0 0 29 2 *")
    assert next_after(spec, datetime(2026, 3, 1, tzinfo=UTC)) == datetime(2028, 2, 29, tzinfo=UTC)


def test_expiry_is_one_period_unless_set() -> None:
    due = datetime(2026, 1, 1, tzinfo=UTC)
    assert expiry_of(IntervalSchedule(every_s=900), due) == timedelta(minutes=15)
    assert expiry_of(IntervalSchedule(every_s=86_400), due) == timedelta(hours=1)
    assert expiry_of(IntervalSchedule(every_s=900, misfire_expiry_s=5), due) == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"kind": "sometimes"}, "kind"),
        ({"kind": "interval"}, "everyS"),
        ({"kind": "interval", "everyS": 0}, "0.1"),
        ({"kind": "interval", "everyS": "soon"}, "everyS"),
        ({"kind": "window", "everyS": 7}, "86400"),
        ({"kind": "window", "everyS": 900, "offsetS": 900}, "offsetS"),
        ({"kind": "cron", "expr": "* * *"}, "cron"),
        ({"kind": "cron", "expr": "0 0 30 2 *"}, "cron"),
        ({"kind": "interval", "everyS": 5, "timezone": "Mars/Base"}, "time zone"),
        ({"kind": "interval", "everyS": 5, "zone": "UTC"}, "zone"),
        ({"kind": "interval", "everyS": 5, "activeHours": {"days": []}}, "days"),
        ({"kind": "interval", "everyS": 0.1, "jitterS": 3600}, "lower jitterS"),
        ({"kind": "interval", "everyS": 5, "jitterS": 5.5}, "(5 s), found 5.5"),
        ({"kind": "window", "everyS": 60, "jitterS": 61}, "(60 s), found 61"),
        ({"kind": "cron", "expr": "*/7 * * * *", "jitterS": 241}, "(240 s), found 241"),
        ({"kind": "cron", "expr": "* * * * * *", "jitterS": 2}, "(1 s), found 2"),
        ("daily", "schedule"),
        (None, "schedule"),
    ],
)
def test_a_wrong_spec_is_refused_with_what_was_wrong(document: object, said: str) -> None:
    with pytest.raises(InvalidInput, match="schedule is not valid") as refused:
        parse(document)
    assert said in str(refused.value)


@given(st.one_of(windows(), crons(), intervals()))
def test_the_wire_form_comes_back_the_same(spec: Schedule) -> None:
    assert parse(spec.to_wire()) == spec


def test_words() -> None:
    assert describe(WindowSchedule(every_s=900, offset_s=5)) == "each 15 min of the clock + 5 s"
    assert (
        describe(CronSchedule(expr="0 9 * * mon", timezone="Europe/Paris"))
        == "cron 0 9 * * mon (Europe/Paris)"
    )


@given(
    crons()
    | st.builds(
        lambda expr, zone: CronSchedule(expr=expr, timezone=zone),
        st.sampled_from(
            ["0 30 1 * * *", "0 */20 1,2 * * *", "10 0 * * *", "15,45 1-3 * * sun", "7 */2 * * *"]
        ),
        st.sampled_from((*ZONES, "America/Havana")),
    ),
    MOMENTS,
)
@settings(max_examples=400)
def test_the_next_time_does_not_depend_on_where_the_search_begins(
    spec: CronSchedule, moment: datetime
) -> None:
    """Also around changes of the clocks, where the search once began two hours earlier to be on the right side."""
    zone = ZoneInfo(spec.timezone)
    earlier = CronSim(spec.expr, (moment - timedelta(hours=26)).astimezone(zone))
    expected = next(due for tick in earlier if (due := tick.astimezone(UTC)) > moment)
    assert spec.nominal_after(moment) == expected


@pytest.mark.parametrize(
    ("expr", "gap_s"),
    [
        ("* * * * * *", 1),
        ("*/10 * * * * *", 10),
        ("*/7 * * * *", 240),
        ("0 0 * * *", 86_400),
        ("0 0,23 * * *", 3600),
        ("0 0,23 * * mon", 82_800),
        ("0 0,23 1,15 * *", 82_800),
        ("0 0,23 28-31 * *", 3600),
        ("59 23,0 * * *", 3600),
        ("0 0 1 1 *", 86_400),
        ("0,59 0 * * *", 3540),
        ("50 59 23 * * *", 86_400),
        ("0,50 0,59 0,23 * * *", 10),
    ],
)
def test_the_smallest_gap_of_a_cron_expression(expr: str, gap_s: int) -> None:
    assert smallest_gap_s(expr) == gap_s
    times = [
        tick.timestamp() for tick in itertools.islice(CronSim(expr, datetime(2026, 1, 1, tzinfo=UTC)), 300)
    ]
    assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= gap_s
