"""A domain's recordings: it says what its rows are, and the kit reads, counts, sorts and plays them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from support.electricity.recordings import FORMATS, HourPrice
from support.electricity.sandbox import Power

from argosy.core.clock import DrivenClock, to_ms
from argosy.errors import InvalidInput
from argosy.venuekit.recordings.recording_set import RecordingSet
from argosy.venuekit.replay.playback import RecordedPlayback
from argosy.venuekit.replay.warnings import ReplayWarnings
from argosy.venuekit.sandbox.environment import SandboxEnvironment

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
Rows = Sequence[tuple[float, str]]
"""Hours after the start, and the price as written."""


def table(path: Path, rows: Rows) -> Path:
    lines = [f"{moment(hours)},{price}" for hours, price in rows]
    path.write_text("\n".join(["published,price", *lines]) + "\n")
    return path


def lines(path: Path, rows: Rows) -> Path:
    written = [json.dumps({"published": moment(hours), "price": price}) for hours, price in rows]
    path.write_bytes(gzip.compress(("\n".join(written) + "\n").encode()))
    return path


def moment(hours: float) -> str:
    return (START + timedelta(hours=hours)).isoformat()


@pytest.mark.parametrize("write", [table, lines])
def test_both_layouts_are_the_same_rows_in_time_order(
    tmp_path: Path, write: Callable[[Path, Rows], Path]
) -> None:
    recording = FORMATS.open(write(tmp_path / "prices", [(0, "40"), (2, "44.5"), (1, "42"), (3, "?")]))
    assert [(tick.at, tick.price) for tick in recording] == [
        (START, Decimal(40)),
        (START + timedelta(hours=1), Decimal(42)),
        (START + timedelta(hours=2), Decimal("44.5")),
    ]
    counted = {warning.code.value: (warning.count, warning.line) for warning in recording.warnings}
    row = 4 if write is lines else 5
    assert counted == {"time_backwards": (1, row - 1), "unparseable": (1, row)}
    assert "line" in recording.unreadable()


def test_rows_without_a_field_are_counted_and_gaps_too(tmp_path: Path) -> None:
    path = tmp_path / "prices.jsonl"
    rows = [{"published": moment(0), "price": 40}, {"published": moment(1)}, {"price": 41}, [1]]
    late = {"published": moment(5), "price": 42}
    path.write_text("\n".join(map(json.dumps, [*rows, late])))
    recording = FORMATS.open(path)
    assert [tick.price for tick in recording] == [40, 42]
    assert {one.code.value: one.count for one in recording.warnings} == {"unparseable": 3, "gap": 1}


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "[1]", '{"price": 1}\n{"price": 2}\n'])
def test_another_file_is_refused_with_the_known_formats(tmp_path: Path, content: str) -> None:
    (tmp_path / "other").write_text(content)
    with pytest.raises(InvalidInput, match="hour prices"):
        FORMATS.open(tmp_path / "other")


class Prices(RecordedPlayback[HourPrice]):
    """Playback whose runs are due at prices below 42."""

    price: Decimal | None = None

    def take(self, tick: HourPrice, /) -> None:
        self.price = tick.price

    def is_due(self, tick: HourPrice, /) -> bool:
        return tick.price < 42


def test_runs_are_due_at_the_observations_that_the_domain_names(tmp_path: Path) -> None:
    recordings = RecordingSet(
        [
            FORMATS.open(table(tmp_path / "a.csv", [(0, "40"), (2, "45"), (3, "41")])),
            FORMATS.open(lines(tmp_path / "b.gz", [(1, "43"), (4, "nothing")])),
        ]
    )
    playback, start_ms = Prices(recordings.ticks()), to_ms(START)
    moments, shown = [], []
    due = playback.next_moment(-1)
    while due is not None:
        playback.advance(due)
        moments.append((due - start_ms) // 3_600_000)
        shown.append((playback.price, playback.seen))
        due = playback.next_moment(due)
    assert moments == [0, 3]
    assert shown == [(40, 1), (41, 4)]
    warnings = ReplayWarnings()
    recordings.note(warnings)
    assert [(one["code"], one["count"]) for one in warnings.to_wire()] == [("gap", 1), ("unparseable", 1)]
    assert recordings.holds == {"prices"}


def test_the_sandbox_of_a_domain_plays_its_recording_shifted_to_now(tmp_path: Path) -> None:
    now = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)
    clock = DrivenClock(now)
    path = table(tmp_path / "prices.csv", [(n / 2, str(40 + n)) for n in range(6)])
    power = Power(SandboxEnvironment.at(clock=clock, recordings=[path]))

    def price() -> Decimal:
        for _ in power.advance(to_ms(clock.now())):
            pass
        return power._price(to_ms(clock.now()))

    assert price() == 41
    clock.advance(3600)
    assert price() == 43
