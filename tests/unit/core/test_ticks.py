"""Late ticks: one fires if it is in time, the others are counted, none comes twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.schedule import IntervalSchedule
from argosy.core.ticks import settle

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


def test_a_year_of_tenths_of_a_second_ends_quickly_and_goes_on_from_now() -> None:
    now = DUE + timedelta(days=365)
    settled = settle(IntervalSchedule(every_s=0.1), DUE, now)
    assert settled.fire is None
    assert settled.missed > 10_000
    assert settled.next_due is not None
    assert now < settled.next_due <= now + timedelta(seconds=0.1)


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
