"""Recordings at their new place in time."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from argosy.core.clock import DrivenClock
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, SandboxOrder
from argosy.domains.trading.sandbox.replay.world import replayed
from argosy.domains.trading.sandbox.world import World
from argosy.errors import InvalidInput

NOW = datetime(2026, 11, 23, 12, 7, 10, tzinfo=UTC)  # 430 s into a quarter-hour, 130 s into five minutes


def current(world: World, minutes: int = 15) -> VenueMarket:
    now_s = world.now_ms() // 1000
    market = world.markets.market(f"btc-updown-{minutes}m-{now_s - now_s % (minutes * 60)}", world.now_ms())
    assert market is not None
    return market


def test_a_recorded_window_becomes_the_current_one_at_the_same_second(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    world = replayed([shared_data / "polymarket/l1_15m/prices_20260202_1100.csv"], clock=clock)
    market = current(world)
    book = world.markets.shown(market.up_token, world.now_ms())
    assert book is not None
    # The recording's row at 11:07:10 (469.x s to expiry) is what is shown 430 s into this window.
    row = next(
        line.split(",")
        for line in (shared_data / "polymarket/l1_15m/prices_20260202_1100.csv")
        .read_text()
        .splitlines()[::-1]
        if line.split(",")[1].isdecimal() and int(line.split(",")[1]) <= 1_770_030_430_000
    )
    assert book.bids[0][0] == Decimal(row[2])
    assert book.asks[0][0] == Decimal(row[3])
    assert book.at_ms is None  # no venue time was recorded: none is claimed
    assert market.rule is None
    assert any("sizes were not recorded" in note for note in world.notes)


def test_windows_follow_each_other_resolve_and_start_again(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    files = [shared_data / f"polymarket/l1_15m/prices_20260202_{name}.csv" for name in ("1100", "1115")]
    world = replayed(files, clock=clock)
    first = current(world)
    clock.advance(480)  # into the next window
    second = current(world)
    assert second.start_ms == first.end_ms
    assert world.markets.winner(first, world.now_ms()) is None
    clock.advance(60)
    assert world.markets.winner(first, world.now_ms()) == "UP"  # 0.99 at the end of that recording
    clock.advance(900)
    third = current(world)
    assert third.start_ms == second.end_ms
    assert world.markets.winner(second, world.now_ms()) in {"UP", "DOWN"}
    again = world.markets.shown(third.up_token, world.now_ms())
    clock.advance(1800)
    later = world.markets.shown(current(world).up_token, world.now_ms())
    assert again == later  # the same second of the same recorded window, one turn later


def test_without_looping_the_end_is_the_end(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    world = replayed([shared_data / "polymarket/l1_15m/prices_20260202_1100.csv"], clock=clock, loop=False)
    clock.advance(900)
    now_s = world.now_ms() // 1000
    assert world.markets.market(f"btc-updown-15m-{now_s - now_s % 900}", world.now_ms()) is None


def test_a_short_recording_waits_for_the_next_window(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    name = "polymarket/clob_books_5m/original_btc-updown-5m-1776323400_1776323446.parquet"
    world = replayed([shared_data / name], clock=clock, window_s=300)
    assert world.now_ms() // 1000 % 300 == 130
    clock.advance(190)  # 20 s into the next five minutes
    market = current(world, 5)
    book = world.engine.book(market, market.up_token, world.now_ms())
    assert book is not None
    assert book.at_ms is not None
    assert 0 <= world.now_ms() - book.at_ms < 3_000  # the venue's own time moved along
    other = world.engine.book(market, market.down_token, world.now_ms())
    assert other == book.mirrored()
    assert any("does not say which token is UP" in note for note in world.notes)


def test_recorded_metadata_gives_outcomes_strike_and_winner(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    world = replayed([shared_data / "polymarket/ladder_5m/ladder.jsonl"], clock=clock)
    clock.advance(65)  # 195 s in: the sample at 120 s before the end was seen
    market = current(world, 5)
    assert world.markets.price_to_beat(market, world.now_ms()) is not None
    price = world.prices.price("btc", "binance", world.now_ms())
    assert price is not None
    assert 60_000 < price < 70_000
    assert world.markets.winner(market, world.now_ms()) is None
    clock.advance(200)
    assert world.markets.winner(market, world.now_ms()) in {"UP", "DOWN"}


def test_orders_do_not_fill_on_books_that_cannot_be_true(shared_data: Path) -> None:
    """Over a whole recorded window no pair of asks that could be dealt at adds up to less than one."""
    clock = DrivenClock(NOW)
    world = replayed([shared_data / "polymarket/l1_15m/prices_20260202_1330.csv"], clock=clock)
    apparent = 0
    for _ in range(460):  # to the window's end
        clock.advance(1)
        market = current(world)
        shown = [world.markets.shown(token, world.now_ms()) for token in market.tokens]
        real = [world.markets.real(token, world.now_ms()) for token in market.tokens]
        if all(book and book.asks for book in shown):
            apparent += sum(book.asks[0][0] for book in shown if book) < 1
        if all(book and book.asks for book in real):
            assert sum(book.asks[0][0] for book in real if book) >= 1
    assert apparent >= 10


def test_a_fill_against_a_recorded_book(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    world = replayed([shared_data / "polymarket/clob_books_5m/books_1hz.jsonl.gz"], clock=clock, window_s=300)
    market = current(world, 5)
    world.engine.open_account("0xa")
    book = world.markets.real(market.up_token, world.now_ms() + 150)  # what a taker meets after the delay
    assert book is not None
    price = book.asks[0][0]

    def order(number: int, size: str) -> SandboxOrder:
        return SandboxOrder(
            f"0x{number}", "0xa", market.up_token, "BUY", price, Decimal(size), "FOK", world.now_ms()
        )

    placed = world.engine.place(order(1, "5"))
    assert (placed.shares, placed.money) == (5, 5 * price)
    with pytest.raises(OrderRefused):
        world.engine.place(order(2, str(book.asks[0][1])))  # five are gone


def test_bars_play_with_history_and_old_prices_are_none(shared_data: Path) -> None:
    clock = DrivenClock(NOW)
    folder = shared_data / "cross_venue/ohlcv_1m_2023-03"
    world = replayed([folder / "binance_btcusdt.csv.gz", folder / "kraken_btcusd.csv.gz"], clock=clock)
    now_ms = world.now_ms()
    prices = {name: world.prices.price("btc", name, now_ms) for name in ("binance", "kraken", "coinbase")}
    assert prices["coinbase"] is None
    assert prices["binance"] is not None
    assert prices["kraken"] is not None
    assert abs(prices["binance"] - prices["kraken"]) < 100
    bars = world.prices.bars("btc", "binance", 300, now_ms - 3_600_000, 100, now_ms)
    assert len(bars) == 12
    assert all(bar.low <= bar.open <= bar.high for bar in bars)
    assert world.markets.listed(now_ms) == []
    assert any("no markets to trade" in note for note in world.notes)


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("ts,close\n")
    with pytest.raises(InvalidInput, match="nothing to replay"):
        replayed([path], clock=DrivenClock(NOW))


def book_line(second: int, **more: object) -> str:
    start = 1_770_033_600
    message = {
        "event_type": "book",
        "asset_id": "71",
        "timestamp": str((start + second) * 1000),
        "bids": [{"price": 0.44, "size": 50}],
        "asks": [{"price": 0.45, "size": 50}],
        **more,
    }
    return json.dumps({"slug": f"btc-updown-15m-{start}", "recv_ts": start + second, "raw_data": message})


def test_books_and_changes_of_the_tick_size_reach_the_venue(tmp_path: Path) -> None:
    change = book_line(500, event_type="tick_size_change", new_tick_size="0.001")
    for side in ("bids", "asks"):
        change = re.sub(rf'"{side}": \[.*?\], ', "", change)
    path = tmp_path / "books.jsonl"
    path.write_text(
        "\n".join([book_line(0, tick_size="0.005"), book_line(450), change, book_line(600), book_line(880)])
    )
    clock = DrivenClock(NOW)  # 430 s into a window
    world = replayed([path], clock=clock)
    assert current(world).tick == Decimal("0.005")
    clock.advance(80)
    market = current(world)
    assert market.tick == Decimal("0.001")
    book = world.markets.shown(market.up_token, world.now_ms())
    assert book is not None
    assert book.asks == ((Decimal("0.45"), Decimal(50)),)


def test_rows_that_are_no_numbers_end_no_sandbox(tmp_path: Path) -> None:
    path = tmp_path / "books.jsonl"
    broken = [book_line(10, bids=[{"price": word, "size": word}]) for word in ("NaN", "sNaN", "Infinity")]
    path.write_text("\n".join([book_line(0), *broken, book_line(880)]))
    clock = DrivenClock(NOW)
    assert current(replayed([path], clock=clock)).tick == Decimal("0.01")
    path.write_text("\n".join(broken))
    with pytest.raises(InvalidInput) as caught:
        replayed([path], clock=clock)
    assert "books.jsonl line 1" in str(caught.value.found)
