"""Portfolio, equity and the ledger over the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest
from support.ledger import NOON, booking, fill

from argosy.core.money.ledger import entries_of
from argosy.domains.trading.action_kinds import REDEEM
from argosy.infrastructure.money.sampling import sample_equity
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import ledger, marks
from argosy.infrastructure.storage.money.marks import MarkRecord

from .conftest import World, serving

pytestmark = pytest.mark.integration
D = Decimal


@pytest.fixture
def database(servers_only: World) -> Database:
    """The bot `btc` has 1000 and bought and sold, one strategy each; a bot in live mode has 7."""
    database: Database = servers_only.engine.runtime.database
    for bot, mode, capital in (("btc", "paper", "1000"), ("other", "live", "7")):
        database.run(ledger.ensure_capital(bot, "trading", mode, D(capital), "USD", NOON))
    for n, (side, strategy) in enumerate((("buy", "arb"), ("buy", "two"), ("sell", "two"))):
        deal = fill(str(n), side, "10", "0.4" if side == "buy" else "0.5", fee="0.1")
        database.run(ledger.book(entries_of(deal, booking(strategy, bot_id="btc"))))
    return database


@pytest.fixture
def world(servers_only: World, database: Database) -> Iterator[World]:
    with serving(servers_only):
        yield servers_only


def figures(row: dict[str, Any], *names: str) -> list[Decimal]:
    assert all(isinstance(row[name], str) for name in names)
    return [D(row[name]) for name in names]


def test_a_portfolio_is_of_one_mode_and_its_sums_agree(world: World) -> None:
    found = world.get("/api/v1/portfolio")
    assert (found["mode"], found["baseCurrency"]) == ("paper", "USD")
    scopes = {row["scope"]: row for row in found["scopes"]}
    assert list(scopes) == [
        "bot:btc", "domain:trading", "platform", "strategy:btc/arb", "strategy:btc/two", "venue:v",
    ]  # fmt: skip
    names = ("capital", "cash", "cost", "equity", "realised", "pnl", "fees", "highWater")
    assert figures(scopes["platform"], *names) == [
        D(each) for each in ("1000", "996.7", "4.1", "1000.8", "0.8", "0.8", "0.3", "1000.8")
    ]
    assert figures(scopes["bot:btc"], *names) == figures(scopes["platform"], *names)
    assert D(scopes["strategy:btc/two"]["pnl"]) == D("0.8")
    (held,) = found["positions"]
    assert (held["botId"], held["strategyId"], held["venue"], held["symbol"]) == ("btc", "arb", "v", "s")
    assert figures(held, "quantity", "averageCost", "cost", "value", "unrealised") == [
        D(10), D("0.41"), D("4.1"), D("4.1"), D(0),
    ]  # fmt: skip
    assert held["mark"] is None
    assert [row["capital"] for row in world.get("/api/v1/portfolio?mode=live")["scopes"]] == ["7"] * 3


def test_of_one_bot_there_are_its_own_scopes(world: World) -> None:
    found = world.get("/api/v1/portfolio?bot=btc")
    assert [row["scope"] for row in found["scopes"]] == ["bot:btc", "strategy:btc/arb", "strategy:btc/two"]
    assert world.get("/api/v1/portfolio?bot=nobody", 404)["error"]["code"] == "not_found"
    assert world.get("/api/v1/portfolio?mode=play", 422)["error"]["found"].startswith("mode")


def test_a_curve_has_at_most_so_many_points_each_the_last_of_its_time(
    world: World, database: Database
) -> None:
    for seconds in range(0, 60, 10):
        at = NOON + timedelta(seconds=seconds)
        database.run(ledger.ensure_capital("btc", "trading", "paper", D(1000 + seconds), "USD", at))
        sample_equity(database, at, zone=ZoneInfo("UTC"), mark_max_age_s=60)
    window = f"since={quote(NOON.isoformat())}&until={quote((NOON + timedelta(minutes=1)).isoformat())}"
    found = world.get(f"/api/v1/equity?scope=bot:btc&points=3&{window}")
    assert (found["scope"], found["mode"], found["stepS"]) == ("bot:btc", "paper", 20.0)
    assert [(point["at"], D(point["capital"])) for point in found["points"]] == [
        ("2026-02-02T12:00:10.000Z", 1010),
        ("2026-02-02T12:00:30.000Z", 1030),
        ("2026-02-02T12:00:50.000Z", 1050),
    ]
    assert D(found["points"][0]["equity"]) == D("1010.8")
    assert len(world.get(f"/api/v1/equity?{window}")["points"]) == 6
    assert world.get("/api/v1/equity?until=2026-02-02T12:00:05")["points"][0]["capital"] == "1000"
    assert world.get(f"/api/v1/equity?mode=live&{window}")["points"][0]["capital"] == "7"
    assert world.get("/api/v1/equity")["points"] == []


@pytest.mark.parametrize(
    "query",
    [
        "since=2026-02-02&until=2026-02-02", "until=0001-01-01", "points=0", "points=2001", "scope=", "since=x",
        "since=9999-12-31T23:59:59-14:00", "surprise=1",
    ],
)  # fmt: skip
def test_a_curve_of_no_time_is_none(world: World, query: str) -> None:
    world.get(f"/api/v1/equity?{query}", 200 if query == "scope=" else 422)


def test_entries_come_newest_first_and_in_pages(world: World) -> None:
    first = world.get("/api/v1/ledger/entries?bot=btc&limit=3")
    assert [(row["kind"], row["strategyId"]) for row in first["items"]] == [
        ("fee", "two"), ("trade", "two"), ("fee", "two"),
    ]  # fmt: skip
    newest = first["items"][1]
    assert (newest["quantity"], newest["price"], newest["amount"]) == ("-10", "0.5", "5.0")
    assert (newest["at"], newest["rate"], newest["rateSource"]) == ("2026-02-02T12:00:00.000Z", "1", "same")
    rest = world.get(f"/api/v1/ledger/entries?bot=btc&limit=4&before={first['nextBefore']}")
    assert [row["kind"] for row in rest["items"]] == ["trade", "fee", "trade", "capital"]
    assert rest["nextBefore"] is None
    assert rest["items"][-1]["price"] is None
    (paid,) = world.get("/api/v1/ledger/entries?mode=live")["items"]
    assert (paid["botId"], paid["amount"]) == ("other", "7")
    assert world.get("/api/v1/ledger/entries?since=2026-02-02T12:00:01")["items"] == []
    assert len(world.get("/api/v1/ledger/entries?until=2026-02-02T12:00:01")["items"]) == 8
    world.get("/api/v1/ledger/entries?limit=501", 422)


def test_a_bot_and_its_portfolio_show_one_profit_whatever_its_last_run_published(
    world: World, database: Database
) -> None:
    """While the bot is paused: a settlement is booked, a price moves, and the last run's figures are old."""
    old = {"pnl": "123", "equity": "1123", "wins": 7, "winRate": 1.0, "executed": 4}
    seq = world.publish("bot_metrics", run_id="r1", metrics=old)
    world.caught_up(seq)
    database.run(bots.set_state("btc", "paused"))
    paid = fill("9", "sell", "10", "1", client_id="payout:paper:btc")
    settled = booking("", kind=REDEEM, bot_id="btc")
    database.run(ledger.book(entries_of(paid, settled, [("arb", D(10))])))
    mark = MarkRecord("paper", "v", "other", D("0.9"), "USD", D(1), None, NOON)
    database.run(
        ledger.book(entries_of(fill("10", "buy", "4", "0.5", symbol="other"), booking("two", bot_id="btc")))
    )
    database.run(marks.save([mark]))
    scopes = {row["scope"]: row for row in world.get("/api/v1/portfolio?bot=btc")["scopes"]}
    shown = {"bot:btc": world.get("/api/v1/bots/btc")["metrics"]}
    shown |= {
        f"strategy:btc/{each['id']}": each["metrics"] for each in world.get("/api/v1/bots/btc")["strategies"]
    }
    assert D(scopes["bot:btc"]["unrealised"]) == D("1.6")
    for scope in set(shown) & set(scopes):
        for name in ("pnl", "equity", "cash", "fees", "realised", "unrealised", "capital"):
            assert D(shown[scope][name]) == D(scopes[scope][name]), (scope, name)
    bot = shown["bot:btc"]
    assert (bot["trades"], bot["wins"], bot["losses"], bot["winRate"], bot["executed"]) == (2, 2, 0, 1.0, 4)
    listed = {each["id"]: each["metrics"] for each in world.get("/api/v1/bots")["items"]}
    assert listed["btc"] == bot
