"""Every recorded format is recognised by content and becomes ordered ticks; golden facts from the data's own notes."""

from __future__ import annotations

import gzip
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.domains.trading.recordings import (
    BookTick,
    MarketTick,
    PriceTick,
    QuoteTick,
    Recording,
    RowProblem,
    Tick,
    open_recording,
)
from argosy.errors import InvalidInput

FACTS = [
    ("polymarket/l1_15m/prices_20260202_1100.csv", "one-second quotes (CSV)", {"QuoteTick": 896}),
    ("polymarket/clob_books_5m/books_1hz.jsonl.gz", "book messages (JSON lines)", {"BookTick": 8838}),
    (
        "polymarket/clob_books_5m/original_btc-updown-5m-1776323400_1776323446.parquet",
        "book messages (Parquet)",
        {"BookTick": 300},
    ),
    (
        "polymarket/gamma_5m/BTC-5m-markets-2026-06-08.jsonl.gz",
        "Gamma markets (JSON lines)",
        {"MarketTick": 584},
    ),
    ("polymarket/gamma_5m/BTCUSD-prices-2026-06-08.csv.gz", "oracle ticks (CSV)", {"PriceTick": 84_558}),
    ("polymarket/history_15m/markets.json", "market list (JSON)", {"MarketTick": 401}),
    (
        "polymarket/ladder_5m/ladder.jsonl",
        "price ladder (JSON lines)",
        {"MarketTick": 244, "QuoteTick": 853, "PriceTick": 853},
    ),
    ("polymarket/ladder_5m/windows_hist.jsonl", "window outcomes (JSON lines)", {"MarketTick": 1076}),
    (
        "polymarket/snapshots_5m/snapshots_iter027.csv",
        "level-1 snapshots (CSV)",
        {"QuoteTick": 294, "PriceTick": 294},
    ),
    ("polymarket/snapshots_5m/candles_iter027.csv", "window outcomes (CSV)", {"MarketTick": 7}),
    ("btc_spot/binance_btcusdt_1m_2025-12.json.gz", "bars (JSON)", {"PriceTick": 6001}),
    ("btc_spot/btcusdt_1m_close.csv.gz", "closes (CSV)", {"PriceTick": 52_343}),
    (
        "cross_venue/ohlcv_1m_2023-03/binance_btcusdt.csv.gz",
        "klines (Binance, 12 fields)",
        {"PriceTick": 17_280},
    ),
    ("cross_venue/ohlcv_1m_2023-03/coinbase_btcusdt.csv.gz", "bars (Coinbase order)", {"PriceTick": 13_397}),
    ("cross_venue/ohlcv_1m_2023-03/kraken_btcusdt.csv.gz", "bars (Kraken order)", {"PriceTick": 10_772}),
]


def kinds(recording: Recording) -> Counter[str]:
    """Counts by kind; asserts that time never runs backwards."""
    found: Counter[str] = Counter()
    last: Tick | None = None
    for tick in recording:
        assert last is None or tick.at >= last.at
        last = tick
        found[type(tick).__name__] += 1
    return found


def problems(recording: Recording) -> dict[RowProblem, int]:
    return {warning.code: warning.count for warning in recording.warnings}


@pytest.mark.parametrize(
    ("name", "format_name", "counts"), FACTS, ids=[fact[0].rsplit("/", 1)[1] for fact in FACTS]
)
def test_every_row_of_every_format_is_read(
    shared_data: Path, name: str, format_name: str, counts: dict[str, int]
) -> None:
    recording = open_recording(shared_data / name)
    assert recording.format == format_name
    assert kinds(recording) == counts
    assert RowProblem.UNPARSEABLE not in problems(recording)


def test_all_one_second_quotes_and_their_doubtful_rows_are_counted(shared_data: Path) -> None:
    rows = locked_or_crossed = below_one = 0
    for path in sorted((shared_data / "polymarket/l1_15m").glob("*.csv")):
        recording = open_recording(path)
        slugs = {tick.slug for tick in recording if isinstance(tick, QuoteTick)}
        assert len(slugs) == 1, f"{path.name} is one window"
        rows += kinds(recording).total()
        found = problems(recording)
        locked_or_crossed += found.get(RowProblem.LOCKED, 0) + found.get(RowProblem.CROSSED, 0)
        below_one += found[RowProblem.PAIR_SUM_BELOW_ONE]
    assert (rows, below_one) == (14_147, 188)
    assert 0 < locked_or_crossed <= 2 * 572  # the notes count rows, this counts tokens


def test_the_window_is_worked_out_from_the_time_left(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "polymarket/l1_15m/prices_20260202_1045.csv"
    for name in ("prices_20260202_1045.csv", "renamed.csv"):
        copy = tmp_path / name
        copy.write_bytes(source.read_bytes())
        first = next(iter(open_recording(copy)))
        assert isinstance(first, QuoteTick)
        assert (
            first.slug == "btc-updown-15m-1770029100"
        )  # 2026-02-02 10:45 UTC, though the file starts at 10:48:54
        assert (first.up_bid, first.up_ask) == (Decimal("0.31"), Decimal("0.32"))


def test_books_come_best_first_with_the_venues_own_time(shared_data: Path) -> None:
    recording = open_recording(shared_data / "polymarket/clob_books_5m/books_1hz.jsonl.gz")
    slugs: set[str] = set()
    for tick in recording:
        assert isinstance(tick, BookTick)
        slugs.add(tick.slug)
        assert [price for price, _ in tick.bids] == sorted((price for price, _ in tick.bids), reverse=True)
        assert [price for price, _ in tick.asks] == sorted(price for price, _ in tick.asks)
        assert tick.venue_at is not None
        assert tick.at >= tick.venue_at
    assert len(slugs) == 30
    found = problems(recording)
    assert found[RowProblem.TIME_BACKWARDS] == 236
    assert found[RowProblem.STALE_TIMESTAMP] == 12
    assert RowProblem.CROSSED not in found


def test_both_tokens_books_mirror_each_other_in_the_full_recording(shared_data: Path) -> None:
    name = "polymarket/clob_books_5m/books_full_btc-updown-5m-1776327000.jsonl.gz"
    latest: dict[str, BookTick] = {}
    compared = 0
    for tick in open_recording(shared_data / name):
        assert isinstance(tick, BookTick)
        latest[tick.symbol] = tick
        if len(latest) == 2:
            one, other = latest.values()
            if one.venue_at == other.venue_at:
                compared += 1
                assert {1 - price for price, _ in one.bids} == {price for price, _ in other.asks}
    assert compared > 500


def test_a_book_becomes_the_products_own_model(shared_data: Path) -> None:
    name = "polymarket/clob_books_5m/original_btc-updown-5m-1776323400_1776323446.parquet"
    tick = next(iter(open_recording(shared_data / name)))
    assert isinstance(tick, BookTick)
    book = tick.book()
    assert book.symbol == tick.symbol
    assert book.best_bid is not None
    assert book.best_ask is not None
    assert book.best_bid.price == tick.bids[0][0]
    assert book.at == tick.venue_at
    assert not book.crossed


def test_gamma_gives_strikes_and_winners_but_not_before_the_end(shared_data: Path) -> None:
    ticks = list(open_recording(shared_data / "polymarket/gamma_5m/BTC-5m-markets-2026-06-08.jsonl.gz"))
    listed = [tick for tick in ticks if isinstance(tick, MarketTick) and not tick.resolved]
    resolved = [tick for tick in ticks if isinstance(tick, MarketTick) and tick.resolved]
    assert len(listed) == len(resolved) == 292
    assert all(tick.market.winner is None and tick.market.raw is None for tick in listed)
    assert all(tick.at >= tick.market.end for tick in resolved)
    assert sum(tick.market.winner == "UP" for tick in resolved) == 137
    assert sum(tick.market.price_to_beat is None for tick in listed) == 4
    assert {tick.market.fee_rate for tick in listed} == {Decimal("0.07")}
    assert {tick.market.tick for tick in listed} == {Decimal("0.01"), Decimal("0.001")}


def test_the_recorded_winner_follows_from_the_recorded_oracle(shared_data: Path) -> None:
    prices = {
        int(tick.venue_at.timestamp()): tick.price
        for tick in open_recording(shared_data / "polymarket/gamma_5m/BTCUSD-prices-2026-06-08.csv.gz")
        if isinstance(tick, PriceTick) and tick.venue_at is not None
    }
    checked = 0
    for tick in open_recording(shared_data / "polymarket/gamma_5m/BTC-5m-markets-2026-06-08.jsonl.gz"):
        assert isinstance(tick, MarketTick)
        start, end = (prices.get(int(at.timestamp())) for at in (tick.market.start, tick.market.end))
        if tick.resolved and start is not None and end is not None:
            checked += 1
            assert tick.market.winner == ("UP" if end >= start else "DOWN")
    assert checked >= 270


def test_oracle_prices_keep_all_their_digits(shared_data: Path) -> None:
    recording = open_recording(shared_data / "polymarket/gamma_5m/BTCUSD-prices-2026-06-08.csv.gz")
    first = next(iter(recording))
    assert isinstance(first, PriceTick)
    assert first.price == Decimal("63304.200301195075")
    assert kinds(recording).total() == 84_558
    assert problems(recording)[RowProblem.GAP] == 4


def test_bars_are_known_at_their_end_and_columns_go_by_name(shared_data: Path) -> None:
    folder = shared_data / "cross_venue/ohlcv_1m_2023-03"
    coinbase = next(iter(open_recording(folder / "coinbase_btcusd.csv.gz")))
    assert isinstance(coinbase, PriceTick)
    assert coinbase.candle is not None
    assert (coinbase.source, coinbase.symbol, coinbase.price) == ("coinbase", "BTC/USD", Decimal("23146.93"))
    assert (coinbase.candle.low, coinbase.candle.open) == (Decimal("23134.31"), Decimal("23144.37"))
    assert (coinbase.at - coinbase.candle.at).total_seconds() == 60
    kraken = next(iter(open_recording(folder / "kraken_usdtusd.csv.gz")))
    assert isinstance(kraken, PriceTick)
    assert (kraken.source, kraken.symbol) == ("kraken", "USDT/USD")
    named = open_recording(folder / "binance_btcusdt.csv.gz", venue="binanceus", symbol="BTC/USDT")
    first = next(iter(named))
    assert isinstance(first, PriceTick)
    assert first.source == "binanceus"


def test_a_session_has_books_prices_and_the_markets_beside_it(shared_data: Path) -> None:
    folder = shared_data / "polymarket/raw_sessions_15m/m9-rtds-current-window-rootcause-20260429T0312Z"
    recording = open_recording(folder / "raw_messages.jsonl")
    ticks = list(recording)
    books = [tick for tick in ticks if isinstance(tick, BookTick)]
    assert {tick.slug for tick in books} == {
        f"{asset}-updown-15m-1777431600" for asset in ("btc", "eth", "sol")
    }
    markets = [tick.market for tick in ticks if isinstance(tick, MarketTick)]
    assert {market.fee_rate for market in markets} == {Decimal("0.072")}
    sources = {tick.source for tick in ticks if isinstance(tick, PriceTick)}
    assert sources == {"binance", "coinbase", "chainlink"}
    symbols = {tick.symbol for tick in ticks if isinstance(tick, PriceTick) and tick.source == "coinbase"}
    assert symbols <= {"BTC/USD", "ETH/USD", "SOL/USD"}
    assert RowProblem.UNPARSEABLE not in problems(recording)


def test_all_sessions_are_read_without_a_broken_row(shared_data: Path) -> None:
    seen = 0
    for path in sorted((shared_data / "polymarket/raw_sessions_15m").glob("*/raw_messages.jsonl*")):
        recording = open_recording(path)
        seen += kinds(recording).total()
        found = problems(recording)
        assert RowProblem.UNPARSEABLE not in found
        assert RowProblem.UNKNOWN_MARKET not in found
    assert seen > 5_000


def test_a_recording_can_be_read_again_and_warnings_are_of_the_last_pass(shared_data: Path) -> None:
    recording = open_recording(shared_data / "polymarket/l1_15m/prices_20260202_1330.csv")
    first = list(recording)
    warnings = recording.warnings
    assert list(recording) == first
    assert recording.warnings == warnings
    span = recording.span()
    assert span == (first[0].at, first[-1].at)


def test_gzip_is_recognised_whatever_the_name(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "polymarket/l1_15m/prices_20260202_1100.csv"
    packed = tmp_path / "quotes.csv"
    packed.write_bytes(gzip.compress(source.read_bytes()))
    assert kinds(open_recording(packed)) == {"QuoteTick": 896}


@pytest.mark.parametrize(
    "name", ["README.md", "cross_venue/wire_capture/BINANCE.ws.1.0", "ads/kag_facebook_conversion.csv"]
)
def test_other_files_are_refused_with_the_formats_there_are(shared_data: Path, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        open_recording(shared_data / name)
    assert "one-second quotes (CSV)" in str(caught.value.expected)
    assert "klines (Binance, 12 fields)" in str(caught.value.expected)
