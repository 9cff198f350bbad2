from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.clock import DrivenClock, SystemClock, from_ms, to_ms

START = datetime(2026, 1, 1, tzinfo=UTC)


@given(st.integers(-(10**12), 4 * 10**12))
def test_milliseconds_go_there_and_back(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


def test_milliseconds_round_down_and_know_zones() -> None:
    assert to_ms(datetime(1970, 1, 1, 0, 0, 0, 1999, tzinfo=UTC)) == 1
    assert to_ms(datetime(1970, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 0


def test_a_driven_clock_moves_only_when_told() -> None:
    clock = DrivenClock(START)
    assert clock.now() == clock.now() == START
    clock.sleep(1.5)
    clock.advance(0.5)
    assert (clock.now() - START).total_seconds() == 2
    assert clock.monotonic() == 2
    assert clock.now_ms() == to_ms(START) + 2000
    clock.set(START + timedelta(hours=1))
    assert clock.now() == START + timedelta(hours=1)
    assert clock.now_ms() == to_ms(START) + 3_600_000


def test_it_never_goes_back_and_wants_a_zone() -> None:
    clock = DrivenClock(START)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(START - timedelta(seconds=1))
    with pytest.raises(ValueError, match="aware"):
        DrivenClock(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


def test_the_systems_clock_is_utc_and_moves_on() -> None:
    clock = SystemClock()
    before = clock.monotonic()
    clock.sleep(0)
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() >= before
    assert abs(clock.now_ms() - to_ms(clock.now())) < 1000
