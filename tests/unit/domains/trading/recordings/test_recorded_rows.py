"""Rows with something wrong are counted with an example, and end nothing."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.domains.trading.recordings import (
    BookTick,
    MarketTick,
    PriceTick,
    QuoteTick,
    Recording,
    RowProblem,
    open_recording,
)
from argosy.errors import InvalidInput

HEADER = "timestamp,timestamp_ms,call_bid,call_ask,call_mid,put_bid,put_ask,put_mid,seconds_to_expiry"
START_MS = 1_770_030_900_000  # 2026-02-02 11:15 UTC


def quote_row(second: float, up: tuple[str, str], down: tuple[str, str], *, left: float | None = None) -> str:
    ms = START_MS + int(second * 1000)
    return f"t,{ms},{up[0]},{up[1]},0,{down[0]},{down[1]},0,{900 - second if left is None else left}"


def quotes(tmp_path: Path, *rows: str) -> Recording:
    path = tmp_path / "quotes.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return open_recording(path)


def counts(recording: Recording) -> dict[str, int]:
    return {warning.code.value: warning.count for warning in recording.warnings}


def test_each_kind_of_doubtful_row_is_counted_and_still_yielded(tmp_path: Path) -> None:
    good = (("0.50", "0.51"), ("0.49", "0.50"))
    recording = quotes(
        tmp_path,
        quote_row(1, *good),
        quote_row(2, ("0.50", "0.50"), good[1]),
        quote_row(3, ("0.52", "0.50"), good[1]),
        quote_row(4, ("0.30", "0.31"), ("0.30", "0.31")),
        quote_row(5, ("0.99", "1.000000"), ("0.000000", "0.01")),
        quote_row(20, *good),
        quote_row(21, *good, left=100),
        "torn,line",
        quote_row(22, ("x", "0.5"), good[1]),
        quote_row(23, ("nan", "0.5"), good[1]),
    )
    ticks = list(recording)
    assert len(ticks) == 7
    assert counts(recording) == {
        "locked": 1,
        "crossed": 1,
        "pair_sum_below_one": 1,
        "empty_side": 2,
        "gap": 1,
        "off_grid": 1,
        "unparseable": 3,
    }
    first = {warning.code: warning for warning in recording.warnings}
    assert first[RowProblem.CROSSED].line == 4
    assert "bid 0.52, ask 0.50" in first[RowProblem.CROSSED].example
    assert first[RowProblem.UNPARSEABLE].example == "torn,line"
    empty = ticks[4]
    assert isinstance(empty, QuoteTick)
    assert (empty.up_ask, empty.down_bid) == (None, None)
    assert empty.side("UP") == (Decimal("0.99"), None)


def test_time_that_runs_backwards_is_put_in_order(tmp_path: Path) -> None:
    good = (("0.50", "0.51"), ("0.49", "0.50"))
    recording = quotes(tmp_path, quote_row(5, *good), quote_row(3, *good), quote_row(6, *good))
    seconds = [int(tick.at.timestamp() - START_MS / 1000) for tick in recording]
    assert seconds == [3, 5, 6]
    assert counts(recording) == {"time_backwards": 1}


def test_a_row_that_is_far_too_late_takes_its_place(tmp_path: Path) -> None:
    good = (("0.50", "0.51"), ("0.49", "0.50"))
    rows = [quote_row(second, *good) for second in range(1, 700)]
    recording = quotes(tmp_path, *rows, quote_row(0, ("0.10", "0.11"), ("0.89", "0.90")))
    ticks = [tick for tick in recording if isinstance(tick, QuoteTick)]
    assert len(ticks) == 700
    assert all(before.at < after.at for before, after in pairwise(ticks))
    assert ticks[0].up_bid == Decimal("0.10")
    assert counts(recording) == {"time_backwards": 1}


def test_a_torn_archive_ends_early_with_a_warning(tmp_path: Path) -> None:
    lines = [HEADER, *(quote_row(second, ("0.50", "0.51"), ("0.49", "0.50")) for second in range(800))]
    whole = gzip.compress("\n".join(lines).encode(), compresslevel=0)
    path = tmp_path / "quotes.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    recording = open_recording(path)
    read = len(list(recording))
    assert 100 < read < 800
    assert any("ends early" in warning.example for warning in recording.warnings)


def test_books_out_of_order_late_and_broken(tmp_path: Path) -> None:
    def line(received_s: float, made_ms: int, bids: list[list[str]]) -> str:
        levels = [{"price": price, "size": size} for price, size in bids]
        message = {"market": "0x1", "asset_id": "7", "timestamp": str(made_ms), "bids": levels, "asks": []}
        return json.dumps({"recv_ts": received_s, "slug": "btc-updown-5m-1776323400", "raw_data": message})

    path = tmp_path / "books.jsonl"
    path.write_text(
        "\n".join(
            [
                line(1776323410.0, 1776323410020, [["0.4", "5"], ["0.5", "6"]]),
                line(1776323405.0, 1776323404990, [["0.45", "5"], ["0.44", "0"]]),
                line(1776323420.0, 1776323411000, [["0.41", "5"]]),
                line(1776323421.0, 1776323421000, [["0.4x", "5"]]),
                "{not json",
                "",
            ]
        )
    )
    recording = open_recording(path)
    ticks = [tick for tick in recording if isinstance(tick, BookTick)]
    assert [float(tick.bids[0][0]) for tick in ticks] == [0.45, 0.5, 0.41]
    assert ticks[0].bids == [(Decimal("0.45"), Decimal(5))]
    assert ticks[1].at == ticks[1].venue_at  # received before it was made: the clocks differ
    assert counts(recording) == {"time_backwards": 1, "unparseable": 2, "empty_side": 3, "stale_timestamp": 1}


def test_bars_in_documents_lists_and_other_units(tmp_path: Path) -> None:
    microseconds = tmp_path / "BTCUSDT-1m.json"
    bar = ["1.0", "2.0", "0.5", "1.5", "7", 0, "0", 1, "0", "0", "0"]
    microseconds.write_text(json.dumps([[1_700_000_000_000_000 + 60_000_000 * i, *bar] for i in range(3)]))
    ticks = list(open_recording(microseconds))
    assert [int(tick.at.timestamp()) for tick in ticks] == [1_700_000_060, 1_700_000_120, 1_700_000_180]
    wrong = tmp_path / "btc_usd.csv"
    wrong.write_text("ts,close\n1700000000000,10\n1700000060000,-3\n1700000120000,oops\n1700000180000,11\n")
    recording = open_recording(wrong, venue="somewhere")
    found = [tick for tick in recording if isinstance(tick, PriceTick)]
    assert [(tick.symbol, tick.source, tick.price) for tick in found] == [
        ("BTC/USD", "somewhere", Decimal(10)),
        ("BTC/USD", "somewhere", Decimal(11)),
    ]
    assert counts(recording)["unparseable"] == 2


def test_outcomes_are_read_by_name_and_resolved_false_says_nothing(tmp_path: Path) -> None:
    market = {
        "slug": "btc-updown-15m-1770030900",
        "conditionId": "0x" + "1" * 64,
        "outcomes": '["Down", "Up"]',
        "clobTokenIds": '["111", "222"]',
        "outcomePrices": '["0", "1"]',
        "closed": True,
        "closedTime": "2026-02-02 11:31:09+00",
        "resolved": False,
    }
    path = tmp_path / "gamma.jsonl"
    path.write_text(json.dumps(market) + "\n" + json.dumps({**market, "closed": False}) + "\n")
    ticks = [tick for tick in open_recording(path) if isinstance(tick, MarketTick)]
    resolved = [tick for tick in ticks if tick.resolved]
    assert [(tick.market.winner, tick.market.up_token) for tick in resolved] == [("UP", "222")]
    assert len(ticks) == 3


@pytest.mark.parametrize(
    "content",
    [b"", b"\n\n", b"a,b\n1,2\n", b'{"a": 1}\n{"a": 2}\n', b"[1, 2]", b"{", b"\x1f\x8bnope", b"PAR1nope"],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        open_recording(path)
    assert caught.value.expected


def test_a_folder_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            open_recording(path)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.binary(max_size=400),
    st.sampled_from(
        [
            HEADER,
            "ts,close",
            "feed_ts_ms,value",
            "start,low,high,open,close,volume",
            '{"slug":"s","raw_data":{}}',
            '{"source":"x","recv_wall_ts":1,"payload":"{}"}',
            '{"window_ts":1,"samples":[],"slug":"x"}',
            '{"condition_id":"0x1","raw":{}}',
        ]
    ),
)
def test_no_content_breaks_a_reader(tmp_path: Path, noise: bytes, head: str) -> None:
    path = tmp_path / "noise"
    path.write_bytes(head.encode() + b"\n" + noise)
    try:
        recording = open_recording(path)
    except InvalidInput:
        return
    for tick in recording:
        assert tick.at.tzinfo is not None
