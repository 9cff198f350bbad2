"""Times in the one shape for people and the one for programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from argosy.cli._shared.times import format_time, readable, wire
from argosy.cli.bots.runs import line as run_line
from argosy.cli.data.events import line as event_line
from argosy.core.clock import to_ms
from argosy.core.event import Event

NOON = datetime(2026, 2, 2, 12, 0, 5, 38_000, tzinfo=timezone(timedelta(hours=1)))


def test_a_time_for_people_has_its_zone() -> None:
    assert format_time(NOON) == "2026-02-02 11:00:05 UTC"
    assert format_time(NOON, millis=True) == "2026-02-02 11:00:05.038 UTC"
    assert format_time(None) == ""


def test_a_time_for_programs_is_that_of_the_api() -> None:
    assert wire(NOON) == "2026-02-02T11:00:05.038Z"
    assert wire(None) is None
    assert (readable(wire(NOON)), readable(None)) == ("2026-02-02 11:00:05 UTC", None)


def test_lines_of_runs_and_events_begin_with_date_time_and_zone() -> None:
    event = Event(
        "run_finished", to_ms(NOON.astimezone(UTC)), bot_id="b", run_id="r", data={"status": "success"}
    )
    for line in (run_line(event), event_line(event)):
        assert line.startswith("2026-02-02 11:00:05.038 UTC ")
