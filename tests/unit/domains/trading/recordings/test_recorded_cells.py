"""Cells that are no numbers, numbers that lost digits, marks and torn rows: counted, never fatal, never taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.domains.trading.recordings import (
    BookTick,
    MarketTick,
    PriceTick,
    QuoteTick,
    Recording,
    RowProblem,
    TickSizeTick,
    open_recording,
)
from argosy.errors import InvalidInput

D = Decimal
START = 1_770_030_900
SLUG = f"btc-updown-15m-{START}"
UP, DOWN = "7" * 77, "8" * 77
NO_NUMBERS = ["nan", "NaN", "sNaN", "inf", "-inf", "Infinity", "1_0", "0x1", "١", "1e999", "true"]
MARK = b"\xef\xbb\xbf"


def unparseable(recording: Recording) -> int:
    return sum(w.count for w in recording.warnings if w.code is RowProblem.UNPARSEABLE)


def opened(path: Path, text: str | bytes) -> Recording:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return open_recording(path)


def lines(*values: Any) -> str:
    return "".join((value if isinstance(value, str) else json.dumps(value)) + "\n" for value in values)


TABLES: dict[str, tuple[str, list[str], set[int]]] = {
    # format: header, a good row, columns that may be empty or hold text
    "quotes": (
        "timestamp_ms,call_bid,call_ask,put_bid,put_ask,seconds_to_expiry",
        [f"{START}000", "0.4", "0.5", "0.5", "0.6", "900"],
        set(),
    ),
    "snapshots": (
        "timestamp,time_remaining,up_best_bid,up_best_ask,down_best_bid,down_best_ask,up_ask_depth,btc_price",
        [f"{START}", "300", "0.4", "0.5", "0.5", "0.6", "50", "60000"],
        set(),
    ),
    "oracle": (
        "feed_ts_ms,value,full_accuracy_value,server_ts_ms,recv_ms",
        [f"{START}000", "60000", "60000000000000000000000", "1", f"{START}010"],
        {1, 3},
    ),
    "coinbase": ("start,low,high,open,close,volume", [f"{START}", "1", "3", "2", "2", "5"], set()),
    "binance": (
        "open_time,open,high,low,close,volume,close_time",
        [f"{START}000", "2", "3", "1", "2", "5", f"{START + 59}999"],
        set(),
    ),
    "closes": ("ts,close", [f"{START}000", "60000"], set()),
    "outcomes": (
        "condition_id,slug,start_time,end_time,winner,payout_up,payout_down",
        ["0xab", SLUG, f"{START}", f"{START + 900}", "up", "1", "0"],
        {0, 1, 4},
    ),
}


@pytest.mark.parametrize("word", NO_NUMBERS)
@pytest.mark.parametrize("name", TABLES)
def test_no_number_in_any_column_of_a_table_is_fatal(tmp_path: Path, name: str, word: str) -> None:
    head, row, texts = TABLES[name]
    for column in range(len(row)):
        if column in texts:
            continue
        wrong = [word if at == column else cell for at, cell in enumerate(row)]
        recording = opened(tmp_path / f"{name}.csv", "\n".join([head, ",".join(row), ",".join(wrong)]) + "\n")
        good = len(list(opened(tmp_path / f"{name}_good.csv", "\n".join([head, ",".join(row)]) + "\n")))
        assert good > 0
        assert len(list(recording)) == good, f"column {column}"
        assert unparseable(recording) == 1, f"column {column}"
        found = next(w for w in recording.warnings if w.code is RowProblem.UNPARSEABLE)
        assert (found.line, word in found.example) == (3, True)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("change", [lambda row: [*row, "9"], lambda row: row[:-1], lambda row: ["9", *row]])
def test_a_row_of_another_width_is_never_shifted(
    tmp_path: Path, name: str, change: Callable[[list[str]], list[str]]
) -> None:
    head, row, _ = TABLES[name]
    recording = opened(tmp_path / "t.csv", "\n".join([head, ",".join(change(row)), ",".join(row)]) + "\n")
    ticks = list(recording)
    assert unparseable(recording) == 1
    assert ticks == list(opened(tmp_path / "t.csv", "\n".join([head, ",".join(row)]) + "\n"))


def test_a_column_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a column twice"):
        opened(tmp_path / "t.csv", "ts,close,close\n1770030900000,1,2\n")


# --- JSON --------------------------------------------------------------------------------------------------


def message(second: int = 1, token: Any = UP, **more: Any) -> dict[str, Any]:
    book = {
        "event_type": "book",
        "asset_id": token,
        "market": "0xc0",
        "timestamp": str((START + second) * 1000),
        "bids": [{"price": "0.45", "size": "50"}],
        "asks": [{"price": "0.46", "size": "50"}],
    }
    return {"slug": SLUG, "recv_ts": START + second, "raw_data": {**book, **more}}


def gamma(**more: Any) -> dict[str, Any]:
    return {
        "slug": SLUG,
        "conditionId": "0xc0",
        "outcomes": '["Up", "Down"]',
        "clobTokenIds": json.dumps([UP, DOWN]),
        "outcomePrices": '["1", "0"]',
        "closed": True,
        "closedTime": "2026-02-02 11:31:00+00",
        "umaResolutionStatus": "resolved",
        "orderPriceMinTickSize": 0.01,
        "orderMinSize": 5,
        "feeSchedule": {"rate": 0.07, "exponent": 1},
        "eventStartTime": "2026-02-02T11:15:00Z",
        "endDate": "2026-02-02T11:30:00Z",
        **more,
    }


def envelope(payload: Any, second: int = 1) -> dict[str, Any]:
    return {"source": "x", "recv_wall_ts": (START + second) * 1000, "payload": json.dumps(payload)}


def ticker(**more: Any) -> dict[str, Any]:
    found = {"type": "ticker", "product_id": "BTC-USD", "price": "60000", "best_bid": "1", "best_ask": "2"}
    return {**found, "time": "2026-02-02T11:15:01Z", **more}


def trade(price: Any = "1", at: Any = START * 1000) -> dict[str, Any]:
    return {"stream": "x", "data": {"s": "BTCUSDT", "p": price, "T": at}}


def ladder(**more: Any) -> dict[str, Any]:
    side = {"ask": 0.5, "bid": 0.4, "ask_depth": 5, "bid_depth": 5}
    sample = {"t": -60, "up": side, "down": side, "spot": 60_000, **more}
    return {"window_ts": START, "slug": f"btc-updown-5m-{START}", "samples": [sample], "winner": "up"}


BROKEN_LINES: dict[str, tuple[Any, list[Any]]] = {
    "books": (
        message(),
        [
            *(
                message(bids=[{"price": word, "size": "5"}])
                for word in ("NaN", "sNaN", "Infinity", "-0.1", "1.5", "")
            ),
            *(
                message(asks=[{"price": "0.5", "size": word}])
                for word in ("NaN", "sNaN", "Infinity", "-5", None)
            ),
            message(timestamp="nan"),
            {**message(), "recv_ts": "inf"},
            message(tick_size="NaN"),
            message(tick_size="7"),
            message(last_trade_price="sNaN"),
            message(token=7.5e76),
            message(token="7.94E+11"),
            message(bids=None),
            message(event_type="unheard of", bids=None, asks=None),
            lines(message()).strip().replace('"0.45"', "NaN"),
            lines(message()).strip().replace('"50"', "Infinity"),
            "[1, 2]",
        ],
    ),
    "gamma": (
        gamma(),
        [
            gamma(closedTime="2026-02-02 11:31:00"),
            gamma(outcomePrices='["NaN", "0"]'),
            gamma(outcomePrices='["sNaN", "Infinity"]'),
            gamma(orderPriceMinTickSize="NaN"),
            gamma(orderPriceMinTickSize=5),
            gamma(orderMinSize="-1"),
            gamma(feeSchedule={"rate": "Infinity", "exponent": 1}),
            gamma(clobTokenIds="[7.1e76, 8.2e76]"),
            gamma(clobTokenIds=json.dumps([UP, UP])),
            gamma(slug="another", endDate="2026-02-02T11:30:00"),
            gamma(slug="another", eventStartTime="2026-02-02T11:30:00Z", endDate="2026-02-02T11:30:00Z"),
        ],
    ),
    "session": (
        envelope(ticker()),
        [
            envelope(ticker(time="2026-02-02T11:15:01")),
            envelope(ticker(price="NaN")),
            envelope(ticker(best_bid="sNaN")),
            envelope(ticker(best_ask="Infinity")),
            envelope(trade("NaN")),
            envelope(trade(at="nan")),
            envelope(
                {
                    "type": "update",
                    "payload": {"symbol": "btc/usd", "timestamp": START * 1000, "value": "nan"},
                }
            ),
            envelope(message()["raw_data"] | {"bids": [{"price": "sNaN", "size": "1"}]}),
            {**envelope(ticker()), "recv_wall_ts": "nan"},
            envelope(7),
        ],
    ),
    "ladder": (
        ladder(),
        [
            ladder(t="nan"),
            ladder(spot="inf"),
            ladder(up={"ask": "sNaN", "bid": 0.4}),
            ladder(up={"ask": 0.5, "bid_depth": "Infinity"}),
            {**ladder(), "slug": "btc-updown-5m-99999999999"},
        ],
    ),
}


@pytest.mark.parametrize("name", BROKEN_LINES)
def test_no_number_in_any_message_is_fatal(tmp_path: Path, name: str) -> None:
    good, broken = BROKEN_LINES[name]
    expected = list(opened(tmp_path / "good.jsonl", lines(good)))
    assert expected
    for row in broken:
        recording = opened(tmp_path / "broken.jsonl", lines(good, row))
        assert list(recording) == expected, row
        assert unparseable(recording) == 1, row
        found = next(w for w in recording.warnings if w.code is RowProblem.UNPARSEABLE)
        assert found.line == 2
        assert found.example


def test_json_numbers_are_the_numbers_they_print_as(tmp_path: Path) -> None:
    row = '{"slug":"%s","recv_ts":%d.25,"raw_data":{"event_type":"book","asset_id":%s,"timestamp":%d000,%s}}'
    levels = '"bids":[{"price":0.45,"size":50.1}],"asks":[{"price":0.460,"size":1e2}],"tick_size":0.001'
    (tick,) = opened(tmp_path / "b.jsonl", row % (SLUG, START, UP, START, levels) + "\n")
    assert isinstance(tick, BookTick)
    assert (tick.bids, tick.asks) == ([(D("0.45"), D("50.1"))], [(D("0.46"), D(100))])
    assert (tick.symbol, tick.tick) == (UP, D("0.001"))
    market = gamma(clobTokenIds=f"[{UP}, {DOWN}]", outcomePrices="[0.3, 0.7]", feeSchedule={"rate": 0.072})
    listed = list(opened(tmp_path / "g.jsonl", lines(market)))
    assert all(isinstance(one, MarketTick) for one in listed)
    known = [one.market for one in listed if isinstance(one, MarketTick)]
    assert (known[0].up_token, known[0].fee_rate) == (UP, D("0.072"))
    assert known[1].payouts == (D("0.3"), D("0.7"))


# --- marks, spreadsheets -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        lines(message()),
        lines(gamma()),
        lines(envelope(ticker())),
        lines(ladder()),
        json.dumps([[START * 1000, "2", "3", "1", "2", "5"]]),
        "\n".join([TABLES["quotes"][0], ",".join(TABLES["quotes"][1])]),
        "\n".join([TABLES["closes"][0], ",".join(TABLES["closes"][1])]),
    ],
)
def test_a_byte_order_mark_costs_no_row(tmp_path: Path, text: str) -> None:
    expected = list(opened(tmp_path / "plain", text))
    marked = opened(tmp_path / "marked", MARK + text.encode())
    assert list(marked) == expected
    assert unparseable(marked) == 0
    if text.startswith("{"):
        joined = opened(tmp_path / "joined", 2 * (MARK + text.encode()))
        assert len(list(joined)) == 2 * len(expected)


@pytest.mark.parametrize(
    ("time", "read"),
    [
        (f"{START}250.0", True),
        (f"{START}250.00", True),
        (f"1.{str(START)[1:]}250E+12", True),
        ("1.77003E+12", False),
        ("1.7700309E+12", False),
        ("20260202", False),
        ("2026-02-02 11:15:00", False),
    ],
)
def test_times_of_spreadsheets_are_read_whole_or_left_out(tmp_path: Path, time: str, read: bool) -> None:
    head, row, _ = TABLES["quotes"]
    recording = opened(tmp_path / "q.csv", f"{head}\n{time},{','.join(row[1:-1])},899.75\n")
    ticks = [tick for tick in recording if isinstance(tick, QuoteTick)]
    assert [tick.at.timestamp() for tick in ticks] == ([START + 0.25] if read else [])
    assert unparseable(recording) == (0 if read else 1)


@pytest.mark.parametrize("time", ["1.77003E+12", "1.77003E+09", "20260202", "1999-01-01T00:00:00Z", "1e-3"])
def test_times_of_bars_that_lost_digits_are_left_out(tmp_path: Path, time: str) -> None:
    recording = opened(tmp_path / "b.csv", f"ts,close\n{time},10\n{START}000,11\n{START + 60}000,12\n")
    assert [tick.price for tick in recording if isinstance(tick, PriceTick)] == [11, 12]
    assert unparseable(recording) == 1


# --- the tick size -----------------------------------------------------------------------------------------


def test_the_newest_tick_size_goes_with_every_later_book(tmp_path: Path) -> None:
    change = {
        "event_type": "tick_size_change",
        "asset_id": UP,
        "timestamp": str((START + 3) * 1000),
        "old_tick_size": "0.01",
        "new_tick_size": "0.001",
    }
    rows = [
        message(1, tick_size="0.01"),
        message(2),
        {"slug": SLUG, "recv_ts": START + 3, "raw_data": change},
        message(4),
        message(5, timestamp=str((START + 2) * 1000), tick_size="0.01"),  # made before the change
    ]
    ticks = list(opened(tmp_path / "b.jsonl", lines(*rows)))
    assert [getattr(tick, "tick", None) for tick in ticks] == [
        D("0.01"),
        D("0.01"),
        D("0.001"),
        D("0.001"),
        D("0.001"),
    ]
    changed = ticks[2]
    assert isinstance(changed, TickSizeTick)
    assert (changed.slug, changed.symbol) == (SLUG, UP)
