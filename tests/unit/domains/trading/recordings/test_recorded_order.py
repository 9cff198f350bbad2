"""The order of rows changes nothing, and no row is known before its time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from argosy.domains.trading.recordings import (
    BookTick,
    PriceTick,
    QuoteTick,
    Recording,
    RowProblem,
    Tick,
    open_recording,
)

HOUR = 3600
START = 1_770_030_000  # 2026-02-02 11:00 UTC
BAR = "100,110,90,105,3"


def written(path: Path, head: str, rows: Sequence[str]) -> Recording:
    path.write_text("\n".join([head, *rows]) + "\n")
    return open_recording(path)


def found(recording: Recording) -> dict[str, int]:
    list(recording)
    return {warning.code.value: warning.count for warning in recording.warnings}


def ends(recording: Recording) -> list[int]:
    return [int(tick.at.timestamp()) for tick in recording]


def coinbase(tmp_path: Path, starts: Sequence[int], name: str = "coinbase_btcusd.csv") -> Recording:
    return written(tmp_path / name, "start,open,high,low,close,volume", [f"{at},{BAR}" for at in starts])


def binance(tmp_path: Path, bars: Sequence[tuple[int, int]], name: str = "binance_btcusdt.csv") -> Recording:
    rows = [f"{start * 1000},{BAR},{end}" for start, end in bars]
    return written(tmp_path / name, "open_time,open,high,low,close,volume,close_time", rows)


def hours(count: int) -> list[int]:
    return [START + number * HOUR for number in range(count)]


@pytest.mark.parametrize("count", [2, 3, 40])
def test_hourly_bars_newest_first_are_known_when_they_end(tmp_path: Path, count: int) -> None:
    recording = coinbase(tmp_path, hours(count)[::-1])
    assert ends(recording) == [start + HOUR for start in hours(count)]
    assert found(recording) == {"newest_first": count}


def test_a_bar_beside_the_grid_shortens_no_other(tmp_path: Path) -> None:
    starts = [*hours(5), START + 2 * HOUR + 5, *hours(48)[5:]]
    recording = coinbase(tmp_path, starts)
    assert ends(recording) == sorted(start + HOUR for start in starts)
    assert found(recording)["off_grid"] == 1
    stray = next(warning for warning in recording.warnings if warning.code is RowProblem.OFF_GRID)
    assert (stray.line, "5 s beside" in stray.example) == (7, True)


def test_missing_bars_do_not_stretch_the_others(tmp_path: Path) -> None:
    minutes = [START + 60 * number for number in (0, 1, 2, 3, 9, 10, 30, 31, 32)]
    assert ends(coinbase(tmp_path, minutes)) == [start + 60 for start in minutes]


def test_the_recorded_end_of_a_bar_counts(tmp_path: Path) -> None:
    """Bars of a minute, one an hour: the steps say nothing of their length."""
    bars = [(start, (start + 60) * 1000 - 1) for start in hours(6)]
    recording = binance(tmp_path, bars)
    assert ends(recording) == [start + 60 for start in hours(6)]
    assert {tick.interval_s for tick in recording if isinstance(tick, PriceTick)} == {60}


def test_a_recorded_end_that_comes_too_early_is_not_believed(tmp_path: Path) -> None:
    bars = [(start, (start + HOUR) * 1000 - 1) for start in hours(10)]
    bars[4] = (bars[4][0], (bars[4][0] + 5) * 1000)
    bars[7] = (bars[7][0], (bars[7][0] - 5) * 1000)
    recording = binance(tmp_path, bars)
    assert ends(recording) == [start + HOUR for start in hours(10) if start != bars[7][0]]
    assert {code: found(recording)[code] for code in ("off_grid", "unparseable")} == {
        "off_grid": 1,
        "unparseable": 1,
    }


def test_the_end_in_lists_of_binance_counts(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT.json"
    bars = [[start * 1000, "1", "2", "0.5", "1.5", "7", (start + 60) * 1000 - 1] for start in hours(3)]
    path.write_text(json.dumps(bars))
    assert ends(open_recording(path)) == [start + 60 for start in hours(3)]


@pytest.mark.parametrize(("name", "length"), [("btcusd_4h.csv", 4 * HOUR), ("btcusd.csv", 24 * HOUR)])
def test_a_single_bar_is_never_known_early(tmp_path: Path, name: str, length: int) -> None:
    recording = coinbase(tmp_path, [START], name)
    assert ends(recording) == [START + length]
    assert ("interval_assumed" in found(recording)) == (length == 24 * HOUR)


# --- quotes ------------------------------------------------------------------------------------------------

QUOTES = "timestamp_ms,call_bid,call_ask,put_bid,put_ask,seconds_to_expiry"
WINDOW = START  # a quarter that ends off the hour


def quote(ms: int, end: int, bid: str = "0.50") -> str:
    return f"{ms},{bid},0.60,0.40,0.50,{end - ms / 1000:g}"


def quarter(start: int, count: int = 700, step_ms: int = 1000) -> list[str]:
    return [
        quote(start * 1000 + step_ms * number, start + 900, f"0.{10 + number % 30}")
        for number in range(count)
    ]


def slugs(recording: Recording) -> set[str]:
    return {tick.slug for tick in recording if isinstance(tick, QuoteTick)}


def test_quotes_newest_first_are_the_same_quotes(tmp_path: Path) -> None:
    rows = quarter(WINDOW, 900)
    right = written(tmp_path / "up.csv", QUOTES, rows)
    turned = written(tmp_path / "down.csv", QUOTES, rows[::-1])
    assert list(turned) == list(right)
    assert (found(right).get("newest_first"), found(turned)["newest_first"]) == (None, 900)
    assert "gap" not in found(turned)


def test_rows_of_one_moment_keep_their_order_in_a_turned_file(tmp_path: Path) -> None:
    rows = [
        quote(WINDOW * 1000 + 1000 * (number // 3), WINDOW + 900, f"0.{number + 10}") for number in range(60)
    ]
    right = written(tmp_path / "up.csv", QUOTES, rows)
    assert list(written(tmp_path / "down.csv", QUOTES, rows[::-1])) == list(right)


@pytest.mark.parametrize("early_ms", [250, 4_000])
@pytest.mark.parametrize("start", [WINDOW, WINDOW + 2700])
def test_a_row_before_the_window_makes_no_other_window(tmp_path: Path, start: int, early_ms: int) -> None:
    rows = [quote(start * 1000 - early_ms, start + 900), *quarter(start, 120)]
    recording = written(tmp_path / "q.csv", QUOTES, rows)
    assert slugs(recording) == {f"btc-updown-15m-{start}"}
    outlier = next(warning for warning in recording.warnings if warning.code is RowProblem.OFF_GRID)
    assert (outlier.count, outlier.line) == (1, 2)
    assert "to the end of a window of 900 s" in outlier.example


def test_windows_of_an_hour_and_of_five_minutes_follow_from_the_bulk(tmp_path: Path) -> None:
    hour = [quote((START + second) * 1000, START + HOUR) for second in range(0, HOUR, 10)]
    assert slugs(written(tmp_path / "a.csv", QUOTES, hour)) == {f"btc-updown-60m-{START}"}
    late = hour[200:]  # the recording began in the middle of the hour
    assert slugs(written(tmp_path / "b.csv", QUOTES, late)) == {f"btc-updown-60m-{START}"}
    fives = [
        quote((START + second) * 1000, START + 300 * (second // 300 + 1)) for second in range(0, 1200, 10)
    ]
    assert slugs(written(tmp_path / "c.csv", QUOTES, fives)) == {
        f"btc-updown-5m-{START + 300 * number}" for number in range(4)
    }


def test_the_name_of_the_file_decides_the_window(tmp_path: Path) -> None:
    rows = [quote((START + second) * 1000, START + 300) for second in range(0, 300, 10)]
    for name, minutes in (("btc_5m.csv", 5), ("btc_5min.csv", 5), ("btc_1h.csv", 60)):
        recording = written(tmp_path / name, QUOTES, rows)
        assert {slug.split("-")[2] for slug in slugs(recording)} == {f"{minutes}m"}


# --- other formats -----------------------------------------------------------------------------------------


def test_snapshots_oracle_ticks_and_sessions_are_put_in_order(tmp_path: Path) -> None:
    snapshots = [f"{START + second},{300 - second},0.5,0.6,0.4,0.5" for second in range(0, 280, 2)]
    head = "timestamp,time_remaining,up_best_bid,up_best_ask,down_best_bid,down_best_ask"
    oracle = [f"{(START + second) * 1000},{60_000 + second}" for second in range(100)]
    session = [
        json.dumps(
            {
                "source": "x",
                "recv_wall_ts": (START + second) * 1000,
                "payload": json.dumps(
                    {
                        "stream": "t",
                        "data": {"s": "BTCUSDT", "p": str(60_000 + second), "T": (START + second) * 1000},
                    }
                ),
            }
        )
        for second in range(100)
    ]
    for name, first, rows in (
        ("s", [head], snapshots),
        ("o", ["feed_ts_ms,value"], oracle),
        ("r", [], session),
    ):
        up, down = tmp_path / f"{name}_up.csv", tmp_path / f"{name}_down.csv"
        up.write_text("\n".join([*first, *rows]) + "\n")
        down.write_text("\n".join([*first, *rows[::-1]]) + "\n")
        assert list(open_recording(down)) == list(open_recording(up))
        assert len(list(open_recording(up))) == len(rows)


def test_changes_of_a_book_apply_in_the_order_of_time(tmp_path: Path) -> None:
    """A file turned round holds the first book last: its changes still apply to it."""

    def line(second: int, message: dict[str, object]) -> str:
        ms = (START + second) * 1000
        envelope = {"slug": f"btc-updown-15m-{START}", "recv_ts": START + second}
        return json.dumps({**envelope, "raw_data": {"asset_id": "77", "timestamp": str(ms), **message}})

    levels = {"bids": [{"price": "0.4", "size": "5"}], "asks": [{"price": "0.6", "size": "5"}]}
    lines = [line(0, {"event_type": "book", **levels})]
    for second, size in ((1, "9"), (2, "0")):
        change = {"asset_id": "77", "price": "0.5", "size": size, "side": "BUY"}
        lines.append(line(second, {"event_type": "price_change", "price_changes": [change]}))
    path = tmp_path / "books.jsonl"
    for rows in (lines, lines[::-1]):
        path.write_text("\n".join(rows) + "\n")
        books = [tick for tick in open_recording(path) if isinstance(tick, BookTick)]
        assert [str(book.bids[0][0]) for book in books] == ["0.4", "0.5", "0.4"]


def test_a_file_in_order_is_read_as_a_stream(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = written(tmp_path / "q.csv", QUOTES, quarter(WINDOW, 800))
    first: Tick = next(iter(recording.ticks()))
    assert isinstance(first.at, datetime)
    assert not recording.warnings or all(warning.count < 800 for warning in recording.warnings)
