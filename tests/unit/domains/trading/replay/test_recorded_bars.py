"""Bars of a recording, in the lengths that strategies ask for, and paper orders at their prices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from argosy.cli.root import run as argosy
from argosy.core.clock import DrivenClock, from_ms, to_ms
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.replay.sight import PriceSeen
from argosy.domains.trading.replay.tape import Tape
from argosy.domains.trading.replay.terms import AssumedTerms
from argosy.domains.trading.replay.venue import RecordedPrices
from argosy.errors import InvalidInput
from argosy.venuekit.replay.warnings import ReplayWarnings
from tests.support.binary import START

D = Decimal


def minutes(count: int, first: int = 0) -> Iterator[PriceSeen]:
    """Bars of a minute, each seen when it is over; the close of the n-th is 100 + n."""
    for place in range(first, first + count):
        at = START + timedelta(minutes=place)
        price = D(100 + place)
        bar = Candle(at=at, open=price - 1, high=price + 2, low=price - 2, close=price, volume=D(3))
        yield PriceSeen(to_ms(at) + 60_000, "binance", "BTC/USDT", price, candle=bar, interval_s=60)


def exchange(*sights: PriceSeen) -> tuple[RecordedPrices, DrivenClock, Tape]:
    tape = Tape(sights, AssumedTerms(), ReplayWarnings(), books_trigger=False)
    clock = DrivenClock(START)
    return RecordedPrices("binance", tape, clock), clock, tape


def test_bars_are_put_together_and_none_is_known_early() -> None:
    venue, clock, _ = exchange(*minutes(12))
    clock.advance(10 * 60)
    five = venue.candles("BTC/USDT", "5m")
    assert [bar.at for bar in five] == [START, START + timedelta(minutes=5)]
    assert (five[0].open, five[0].high, five[0].low, five[0].close, five[0].volume) == (
        D(99), D(106), D(98), D(104), D(15),
    )  # fmt: skip
    assert venue.candles("BTC/USDT", "1m", limit=3)[-1].close == D(109)


def test_a_first_bar_without_its_beginning_is_left_out() -> None:
    venue, clock, _ = exchange(*minutes(9, first=3))
    clock.advance(12 * 60)
    assert [bar.at for bar in venue.candles("BTC/USDT", "5m")] == [
        START + timedelta(minutes=5),
        START + timedelta(minutes=10),
    ]


def test_bars_shorter_than_the_recorded_ones_are_refused() -> None:
    venue, clock, _ = exchange(*minutes(3))
    clock.advance(180)
    with pytest.raises(InvalidInput, match="no bars of 30s"):
        venue.candles("BTC/USDT", "30s")


def test_a_book_is_assumed_around_the_price_and_says_so() -> None:
    venue, clock, tape = exchange(*minutes(1))
    clock.advance(60)
    book = venue.order_book("BTC/USDT")
    assert (book.bids[0].price, book.asks[0].price) == (D("99.99"), D("100.01"))
    assert book.at == from_ms(to_ms(START) + 60_000)
    assert [warning["code"] for warning in tape.warnings.to_wire()] == ["spot_book_assumed"]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Four hours of minutes: down below the mean, then up above it."""
    rows = []
    for place in range(240):
        price = 100 - place * 0.02 if place < 150 else 97 + (place - 150) * 0.1
        rows.append(f"{1_767_571_200_000 + place * 60_000},{price},{price + 0.01},{price - 0.01},{price},5")
    path = tmp_path / "binance_btcusdt_1m.csv"
    path.write_text("timestamp,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    return path


def test_the_packaged_strategy_buys_below_and_sells_above_the_mean(
    recording: Path, repo_root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    example = repo_root / "examples" / "spot_mean.json"
    assert (
        argosy(["workflow", "run", str(example), "--replay", str(recording), "--every", "60", "--json"]) == 0
    )
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    sides = [fill["side"] for fill in found["fills"]]
    assert sides[:2] == ["buy", "sell"]
    assert D(found["pnl"]["realised"]) != 0
    assert found["trades"]["trades"] >= 1
    assert D(found["fees"]) == sum(D(fill["fee"]) for fill in found["fills"])
    assert all(fill["slug"] == "binance BTC/USDT" for fill in found["fills"])
    cash, value = D(found["cash"]), sum((D(row["value"]) for row in found["positions"]), D(0))
    assert abs(cash + value - D(250) - D(found["pnl"]["total"])) < D("0.0001")
