"""The venue's own record: on disk before it is acknowledged, the same after a restart, and equal to its balances."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chaos.venue import Venue
from starlette.testclient import TestClient

from argosy.core.clock import DrivenClock
from argosy.domains.trading.market import window_slug
from argosy.domains.trading.sandbox.app import build_app
from argosy.domains.trading.sandbox.exchange.engine import Commission
from argosy.domains.trading.sandbox.exchange.order import SpotRefused
from argosy.domains.trading.sandbox.identity import account_of, exchange_secret, private_key
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, SandboxOrder
from argosy.domains.trading.sandbox.world import World, record_of, simulated
from argosy.errors import Unavailable
from argosy.venuekit.sandbox.journal import SandboxJournal

START = datetime(2026, 11, 23, 11, 1, tzinfo=UTC)
ME = "0x" + "ab" * 20
d = Decimal


def world(path: Path | None, clock: DrivenClock, commission: Commission | None = None) -> World:
    return simulated(seed=7, clock=clock, journal=SandboxJournal(path), commission=commission)


def buy(place: World, name: str, size: str, price: str = "0.99", force: Any = "FAK") -> SandboxOrder:
    market = place.markets.market(window_slug("btc-updown-15m", place.clock.now()), place.now_ms())
    assert market is not None
    place.engine.open_account(ME)
    order = SandboxOrder(name, ME, market.up_token, "BUY", d(price), d(size), force, place.now_ms())
    return place.engine.place(order).order


def sums(moves: Sequence[dict[str, Any]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for move in moves:
        found[move["asset"]] += move["amount"]
    return {asset: amount for asset, amount in found.items() if amount}


def busy(place: World, clock: DrivenClock) -> None:
    """Trades at both venues, one order rests, a window ends."""
    buy(place, "0x1", "20")
    place.spot.place(ME, "a", "BTCUSDT", "BUY", "LIMIT", "FOK", d("90000.00"), d("0.01000"))
    place.spot.place(ME, "b", "BTCUSDT", "SELL", "LIMIT", "FOK", d("10000.00"), d("0.00300"))
    clock.advance(1_000)
    buy(place, "0x2", "7")
    buy(place, "0x3", "100", "0.02", "GTC")
    place.spot.place(ME, "c", "BTCUSDT", "BUY", "LIMIT", "GTC", d("10000.00"), d("0.01000"))


def test_a_venue_that_is_started_again_knows_all_it_had_acknowledged(tmp_path: Path) -> None:
    clock = DrivenClock(START)
    first = world(tmp_path / "venue.sqlite", clock)
    busy(first, clock)
    before = record_of(first, ME)
    again = world(tmp_path / "venue.sqlite", clock)
    assert record_of(again, ME) == before
    assert again.engine.ledger.total_cash() == again.engine.ledger.deposits == first.engine.ledger.deposits
    assert again.engine.free_cash(ME) == first.engine.free_cash(ME)
    assert again.spot.balance(ME, "USDT") == first.spot.balance(ME, "USDT")
    with pytest.raises(OrderRefused, match="Duplicated"):
        buy(again, "0x1", "20")
    with pytest.raises(SpotRefused, match="Duplicate order"):
        again.spot.place(ME, "c", "BTCUSDT", "BUY", "LIMIT", "GTC", d("10000.00"), d("0.01000"))
    assert again.engine.cancel("0x3", ME) is None
    assert buy(again, "0x4", "5").trades == [f"trade-{len(first.engine.trades) + 1}"]


def test_balances_are_the_sum_of_all_movements_and_shares_are_paid_once(tmp_path: Path) -> None:
    clock = DrivenClock(START)
    first = world(tmp_path / "venue.sqlite", clock)
    busy(first, clock)
    clock.advance(1_800)
    again = world(tmp_path / "venue.sqlite", clock)
    found = record_of(again, ME)
    assert found == record_of(again, ME)
    assert {one["slug"] for one in found["polymarket"]["settlements"]} == {
        part["slug"] for part in found["polymarket"]["executions"]
    }
    assert set(found["polymarket"]["holdings"]) == {"USD"}
    for venue in ("polymarket", "binance"):
        assert sums(found[venue]["moves"]) == found[venue]["holdings"]
    fees = [move["amount"] for move in found["polymarket"]["moves"] if move["why"] == "fee"]
    assert -sum(fees) == sum(part["fee"] for part in found["polymarket"]["executions"]) > 0


@pytest.mark.parametrize(("kind", "asset"), [("received", "BTC"), ("quote", "USDT")])
def test_commission_is_taken_of_what_it_says_and_rounded_a_trade(kind: Any, asset: str) -> None:
    place = world(None, DrivenClock(START), Commission(taker=d("0.00075"), asset=kind))
    order = place.spot.place(ME, "a", "BTCUSDT", "BUY", "LIMIT", "IOC", d("90000.00"), d("0.01001"))
    trades = record_of(place, ME)["binance"]["executions"]
    assert sum(trade["size"] for trade in trades) == order.executed
    for trade in trades:
        base = trade["size"] if asset == "BTC" else trade["size"] * trade["price"]
        assert trade["feeCurrency"] == asset
        assert trade["fee"] == round(base * d("0.00075"), 8)
    held = record_of(place, ME)["binance"]["holdings"]
    fees = sum(trade["fee"] for trade in trades)
    assert held["BTC"] == order.executed - (fees if asset == "BTC" else 0)
    assert held["USDT"] == 10_000 - order.spent - (fees if asset == "USDT" else 0)


def test_what_cannot_be_written_is_not_acknowledged_and_written_later(tmp_path: Path) -> None:
    path = tmp_path / "venue.sqlite"
    clock = DrivenClock(START)
    place = world(path, clock)
    place.engine.open_account(ME)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA busy_timeout=0")
    place.engine._journal._database.execute("PRAGMA busy_timeout=0")  # type: ignore[union-attr]
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="cannot write"):
        buy(place, "0x1", "20")
    other.execute("ROLLBACK")
    assert record_of(world(path, clock), ME)["polymarket"]["orders"] == []
    place.engine.open_account("somebody")
    assert record_of(world(path, clock), ME) == record_of(place, ME)
    assert record_of(place, ME)["polymarket"]["orders"] != []


def test_a_record_that_cannot_be_opened_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(Unavailable, match="cannot be opened"):
        SandboxJournal(tmp_path / "file" / "venue.sqlite")


def test_a_bots_account_has_a_name_and_keys_of_its_own() -> None:
    assert account_of("btc_15m") == account_of("btc_15m") != account_of("other")
    assert account_of("btc_15m") == account_of("btc_15m").lower()
    assert len(account_of("btc_15m")) == 42
    assert private_key("btc_15m") != private_key("other")
    assert exchange_secret("0xAB") == exchange_secret("0xab") != exchange_secret("0xac")


def test_long_lists_come_in_pages_and_the_proof_of_chaos_reads_them_all() -> None:
    place = world(None, DrivenClock(START))
    market = place.markets.market(window_slug("btc-updown-15m", START), place.now_ms())
    assert market is not None
    for number in range(2_500):
        account = ME if number % 2 else "0x" + "cd" * 20
        order = SandboxOrder(f"0x{number}", account, market.up_token, "BUY", d("0.5"), d(5), "FOK", number)
        place.engine.orders[order.id] = order
    buy(place, "0xa", "20")
    http = TestClient(build_app(place), base_url="http://127.0.0.1")
    assert len(http.get("/sandbox/orders").json()["items"]) == 1_000
    seen: list[str] = []
    cursor = "0"
    while cursor is not None:
        page = http.get("/sandbox/orders", params={"limit": "700", "cursor": cursor}).json()
        seen += [order["id"] for order in page["items"]]
        cursor = page["next"]
    assert seen == list(place.engine.orders)
    assert len(http.get("/sandbox/record", params={"account": ME}).json()["polymarket"]["orders"]) == 1_000
    venue = Venue("http://127.0.0.1")
    venue._http = TestClient(build_app(place), base_url="http://127.0.0.1/sandbox")
    mine = [order.id for order in place.engine.orders.values() if order.account == ME]
    assert [order["id"] for order in venue.orders(ME)] == mine
    assert len(venue.orders()) == 2_501
    record = venue.record(ME)["polymarket"]
    assert [order["id"] for order in record["orders"]] == mine
    assert [part["id"] for part in record["executions"]] == [fill["id"] for fill in venue.fills(ME)]
    assert len(record["executions"]) == len(place.engine.trades) > 0


@pytest.mark.parametrize(
    "query",
    [{"limit": "0"}, {"limit": "1001"}, {"limit": "-1"}, {"limit": "nan"}, {"cursor": "-1"}, {"cursor": ""}],
)
@pytest.mark.parametrize("path", ["orders", "fills", "settlements", "accounts", "record"])
def test_pages_that_are_none_are_refused(path: str, query: dict[str, str]) -> None:
    http = TestClient(build_app(world(None, DrivenClock(START))), base_url="http://127.0.0.1")
    answer = http.get(f"/sandbox/{path}", params={"account": ME, **query})
    assert answer.status_code == 422
    assert "expected" in answer.json()["error"]
