"""Markets that the sandbox ends otherwise than by a winner, as their readers and their holders see it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.served import Served

from argosy.core.clock import DrivenClock
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.sandbox.app import build_app
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, SandboxOrder
from argosy.domains.trading.sandbox.replay.world import replayed
from argosy.domains.trading.sandbox.world import World, simulated
from argosy.domains.trading.venues.polymarket.parse import parse_market
from argosy.venuekit.sandbox.journal import SandboxJournal

START = datetime(2026, 11, 23, 11, 15, tzinfo=UTC)
SLUG = f"btc-updown-15m-{int(START.timestamp())}"
ME = "0xa"


class Bench:
    """A simulated venue 100 s into a window; one account holds 30 shares of UP and 20 of DOWN."""

    def __init__(self, data: Path | None = None) -> None:
        self.clock = DrivenClock(START)
        self.world = self.started(data)
        self.clock.advance(100)
        self.world.engine.open_account(ME)
        market = self.world.markets.market(SLUG, self.world.now_ms())
        assert market is not None
        self.market: VenueMarket = market
        for number, (token, size) in enumerate(zip(market.tokens, ("30", "20"), strict=True)):
            self.world.engine.place(self.order(token, "0.99", size, number))
        self.cash = self.account().cash

    def started(self, data: Path | None) -> World:
        return simulated(clock=self.clock, journal=None if data is None else SandboxJournal(data))

    def order(self, token: str, price: str, size: str, number: int) -> SandboxOrder:
        return SandboxOrder(
            f"0x{number:064x}", ME, token, "BUY", Decimal(price), Decimal(size), "GTC", self.world.now_ms()
        )

    def account(self) -> Any:
        return self.world.engine.ledger.accounts[ME]

    def rule(self, **body: Any) -> Any:
        reply = self.http().post(f"/sandbox/markets/{SLUG}/resolution", json=body)
        return reply.status_code

    def http(self) -> Served:
        return Served(build_app(self.world))

    def read(self) -> BinaryMarket:
        """The market as our client reads it."""
        raw = self.http().get(f"/polymarket/gamma/markets/slug/{SLUG}").json()
        return parse_market(raw, read_at=self.clock.now())

    def over(self) -> None:
        self.clock.advance(900 + 120)
        self.world.engine.advance()


@pytest.fixture
def bench() -> Iterator[Bench]:
    yield Bench()


@pytest.mark.parametrize(
    ("body", "up", "down"),
    [
        ({"kind": "split"}, "0.5", "0.5"),
        ({"kind": "payouts", "payouts": ["0.3", "0.7"]}, "0.3", "0.7"),
        ({"kind": "up"}, "1", "0"),
        ({"kind": "down"}, "0", "1"),
    ],
)
def test_shares_are_paid_as_ruled(bench: Bench, body: dict[str, Any], up: str, down: str) -> None:
    assert bench.rule(**body) == 201
    assert bench.read().resolution is None
    assert bench.read().tradable(bench.clock.now())
    bench.over()
    resolution = bench.read().resolution
    assert resolution is not None
    assert list(resolution.payouts.values()) == [Decimal(up), Decimal(down)]
    assert resolution.winner == {"1": "UP", "0": "DOWN"}.get(up)
    assert bench.account().cash == bench.cash + 30 * Decimal(up) + 20 * Decimal(down)
    assert not any(bench.account().shares.values())
    assert bench.world.engine.settlements[0]["payouts"] == {"UP": Decimal(up), "DOWN": Decimal(down)}
    assert bench.world.engine.ledger.total_cash() == bench.world.engine.ledger.deposits


def test_a_void_market_is_closed_and_paid_at_once(bench: Bench) -> None:
    resting = bench.order(bench.market.up_token, "0.02", "50", 7)
    bench.world.engine.place(resting)
    assert bench.rule(kind="void") == 201
    assert bench.account().cash == bench.cash + 25
    assert resting.open == 0
    market = bench.read()
    assert market.closed
    assert market.resolution is not None and set(market.resolution.payouts.values()) == {Decimal("0.5")}
    assert bench.http().get(f"/polymarket/clob/book?token_id={bench.market.up_token}").status_code == 404
    with pytest.raises(OrderRefused, match="not accepting orders"):
        bench.world.engine.place(bench.order(bench.market.up_token, "0.9", "10", 8))
    assert bench.rule(kind="up") == 409


def test_a_disputed_market_is_closed_and_pays_nobody(bench: Bench) -> None:
    assert bench.rule(kind="disputed") == 201
    bench.over()
    market = bench.read()
    assert (market.closed, market.resolution) == (True, None)
    assert bench.account().cash == bench.cash
    assert bench.rule(kind="split") == 201
    assert bench.account().cash == bench.cash + 25


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "perhaps"},
        {"kind": "split", "payouts": ["0.5", "0.5"]},
        {"kind": "payouts", "payouts": ["0.5", "0.6"]},
        {"kind": "payouts", "payouts": ["-1", "2"]},
        {"kind": "payouts"},
    ],
)
def test_a_ruling_that_cannot_be_is_refused(bench: Bench, body: dict[str, Any]) -> None:
    assert bench.rule(**body) == 422


def test_a_ruling_survives_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "venue.db"
    bench = Bench(data)
    assert bench.rule(kind="split") == 201
    bench.world = bench.started(data)
    bench.over()
    assert bench.account().cash == bench.cash + 25
    again = bench.started(data)
    assert again.engine.settlements == bench.world.engine.settlements


@pytest.mark.parametrize(
    ("changes", "paid"),
    [
        ({"outcomePrices": '["0.5", "0.5"]'}, (Decimal("0.5"), Decimal("0.5"))),
        ({"outcomePrices": '["0.5", "0.5"]', "umaResolutionStatus": "disputed"}, None),
        ({"outcomePrices": '["0", "1"]'}, (0, 1)),
    ],
)
def test_last_prices_decide_nothing_where_the_recording_tells_ends(
    tmp_path: Path, changes: dict[str, str], paid: Any
) -> None:
    """UP stands at 0.97 when the window ends; the recorded resolution comes 200 s later, or never."""
    market = {
        "slug": SLUG,
        "conditionId": "0x1",
        "outcomes": '["Up", "Down"]',
        "clobTokenIds": '["11", "22"]',
        "closed": True,
        "umaResolutionStatus": "resolved",
        "closedTime": "2026-11-23 11:33:20+00",
        **changes,
    }
    (tmp_path / "gamma.jsonl").write_text(json.dumps(market) + "\n")
    rows = [
        {
            "asset_id": "11",
            "slug": SLUG,
            "recv_ts": START.timestamp() + second,
            "raw_data": {
                "asset_id": "11",
                "timestamp": str(int(START.timestamp() + second) * 1000),
                "bids": [{"price": "0.97", "size": "50"}],
                "asks": [{"price": "0.98", "size": "50"}],
            },
        }
        for second in range(1, 900, 10)
    ]
    (tmp_path / "books.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    clock = DrivenClock(START)
    world = replayed([tmp_path / "gamma.jsonl", tmp_path / "books.jsonl"], clock=clock, loop=False)
    clock.advance(899)
    played = world.markets.listed(world.now_ms())[0]
    clock.advance(101)  # past the moment at which prices would decide
    assert world.markets.payouts(played, world.now_ms()) is None
    clock.advance(150)
    assert world.markets.payouts(played, world.now_ms()) == paid


def test_a_paid_market_stays_decided_when_the_clock_is_set_back(bench: Bench) -> None:
    bench.over()
    resolution = bench.read().resolution
    assert resolution is not None
    cash = bench.account().cash

    bench.clock.advance(-1000)
    market = bench.read()
    assert market.resolution is not None
    assert market.resolution.winner == resolution.winner
    assert not market.tradable(bench.clock.now())
    with pytest.raises(OrderRefused, match="not accepting orders"):
        bench.world.engine.place(bench.order(bench.market.up_token, "0.99", "5", 9))
    bench.world.engine.advance()
    assert bench.account().cash == cash
