"""Decided markets are paid while their bot does nothing: paused, halted, shut down, or moved to another mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from support.binary import SLUG, START, ScriptedVenue
from support.node_context import TheseVenues, a_context

import workers.reconcile
from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.intent import Caller
from argosy.core.clock import DrivenClock
from argosy.core.money.portfolio import Portfolio
from argosy.core.money.trades import TradeRecord
from argosy.core.safety.emergency import EmergencyState
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.market import Resolution
from argosy.domains.trading.nodes.buy import settle
from argosy.domains.trading.nodes.support import VenueParams
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.graph.context import NodeContext
from argosy.graph.nodes.bot_report import update_portfolio
from argosy.graph.nodes.strategy import result
from argosy.infrastructure.actions import ScopedGateway
from argosy.infrastructure.config.sections import EmergencySettings
from argosy.infrastructure.money.books import DatabaseBooks
from argosy.infrastructure.money.trades import DatabaseTrades, TradeBook
from argosy.infrastructure.risk.marks import MarkBook
from argosy.infrastructure.safety.signs import bot_signals
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.infrastructure.storage.money import ledger, positions
from argosy.infrastructure.storage.safety import health_signals

from .conftest import Desk, a_caller

pytestmark = pytest.mark.integration
D = Decimal
ROWS = [(float(second), "0.49", "0.50", "0.50", "0.51") for second in range(900)]
MAINTENANCE = Caller(mode="paper", domain="trading", bot_id="bot", role="operator")


class Source(ScriptedVenue):
    """A market that ends as it is told."""

    payouts: dict[str, Decimal] | None = None

    def resolution(self, slug: str) -> Resolution | None:
        if self.payouts is None:
            return None
        winner = next((n for n, t in self.the_market.outcomes.items() if self.payouts[t] == 1), None)
        return Resolution(slug=slug, winner=winner, payouts=self.payouts)

    def endings(self, symbols: Sequence[str]) -> dict[str, Decimal | None]:
        return {each: self.payouts[each] for each in symbols} if self.payouts else {}


class Bench:
    """Two strategies of one bot on a paper account; s1 holds 40 UP, s2 holds 10 UP and 20 DOWN."""

    def __init__(self, desk_on: Callable[..., Desk]) -> None:
        self.clock = DrivenClock(START + timedelta(seconds=60))
        self.desk = desk_on(clock=self.clock)
        self.source = Source(self.clock, ROWS)
        self.documents = MemoryDocuments()
        self.paper = PaperVenue(self.source, self.documents, self.clock, account="bot", capital=D(1000))
        self.desk.venues = TheseVenues({"polymarket": self.paper})
        self.desk.database.run(
            ledger.ensure_capital("bot", "trading", "paper", D(1000), "USD", self.clock.now())
        )
        self.trades = TradeBook()
        self.marks = MarkBook(self.desk.database, MemoryDocuments(), self.clock)
        self.buy("s1", "up-token", "40")
        self.buy("s2", "up-token", "10")
        self.buy("s2", "down-token", "20")
        self.cost = {n: sum(p.cost or 0 for p in self.portfolio(n).positions) for n in ("s1", "s2")}

    def buy(self, strategy: str, symbol: str, quantity: str) -> None:
        action = self.desk.order(
            venue="polymarket",
            kind=ActionKind.PLACE_ORDER,
            symbol=symbol,
            quantity=quantity,
            price={"up-token": "0.50", "down-token": "0.51"}[symbol],
            max_fee=D(2),
            time_in_force="FOK",
            parameters={"slug": SLUG},
        )
        (result,) = self.act(strategy, action)
        assert result.status is ActionStatus.FILLED, result

    def sell(self, strategy: str, symbol: str, quantity: str) -> None:
        action = self.desk.order(
            venue="polymarket",
            kind=ActionKind.PLACE_ORDER,
            symbol=symbol,
            side="sell",
            quantity=quantity,
            price="0.10",
            max_fee=D(2),
            time_in_force="FOK",
            parameters={"slug": SLUG},
        )
        (result,) = self.act(strategy, action)
        assert result.status is ActionStatus.FILLED, result

    def act(self, strategy: str, *actions: Action):  # type: ignore[no-untyped-def]
        return self.desk.gateway.submit(a_caller(strategy), self.desk.venues, actions)

    def reconcile(self) -> str:
        record = self.desk.reconciler.bot(MAINTENANCE, self.desk.venues, trigger="beat")
        assert list(record.differences) == []
        return record.status

    def end(self, up: str, down: str) -> None:
        self.clock.set(START + timedelta(seconds=1_000))
        self.source.payouts = {"up-token": D(up), "down-token": D(down)}

    def portfolio(self, strategy: str | None = None) -> Portfolio:
        return DatabaseBooks(self.desk.database, "bot", "paper").portfolio(strategy)


@pytest.fixture
def bench(desk_on: Callable[..., Desk]) -> Bench:
    return Bench(desk_on)


@pytest.mark.parametrize("state", [EmergencyState.HALT, EmergencyState.SHUTDOWN])
@pytest.mark.parametrize(("up", "down"), [("1", "0"), ("0.5", "0.5"), ("0.3", "0.7")])
def test_each_strategy_is_paid_its_own_while_nothing_may_act(
    bench: Bench, up: str, down: str, state: EmergencyState
) -> None:
    bench.desk.run("UPDATE bots SET state = 'paused'")
    bench.desk.set(state, 5)
    bench.end(up, down)
    assert bench.reconcile() == "clean"
    assert bench.portfolio().positions == []
    assert bench.portfolio("s1").realised == 40 * D(up) - bench.cost["s1"]
    assert bench.portfolio("s2").realised == 10 * D(up) + 20 * D(down) - bench.cost["s2"]
    rows = bench.desk.all(
        "SELECT strategy_id, symbol, quantity FROM ledger_entries WHERE kind = 'settlement' ORDER BY 1, 2"
    )
    assert rows == [("s1", "up-token", -40), ("s2", "down-token", -20), ("s2", "up-token", -10)]
    assert bench.paper.portfolio().cash == bench.portfolio().cash
    assert bench.reconcile() == "clean"  # once
    assert len(bench.desk.all("SELECT 1 FROM ledger_entries WHERE kind = 'settlement'")) == 3


@pytest.mark.parametrize(("up", "down"), [("1", "0"), ("0.3", "0.7")])
@pytest.mark.parametrize("quantity", ["25", "50"])  # of 50: less than all, and all
def test_a_strategy_that_sold_units_of_another_pays_it_for_them(
    bench: Bench, quantity: str, up: str, down: str
) -> None:
    bench.sell("s2", "up-token", quantity)
    assert {p.symbol: p.quantity for p in bench.portfolio("s2").positions}["up-token"] == 10 - D(quantity)
    bench.end(up, down)
    assert bench.reconcile() == "clean"
    assert bench.portfolio().positions == bench.portfolio("s1").positions == []
    assert bench.portfolio("s2").positions == []
    assert bench.portfolio().cash == bench.paper.portfolio().cash
    assert bench.portfolio("s1").realised == 40 * D(up) - bench.cost["s1"]
    assert bench.reconcile() == "clean"  # once


def test_a_refund_gives_back_what_was_paid(bench: Bench) -> None:
    bench.clock.set(START + timedelta(seconds=1_000))
    refund = Resolution(slug=SLUG, winner=None, payouts={}, refund=True)
    bench.source.resolution = lambda slug: refund  # type: ignore[method-assign]
    assert bench.reconcile() == "clean"
    assert bench.portfolio().positions == []
    assert abs(bench.portfolio().realised) < D("0.00001")


def test_an_undecided_market_stays_open_and_blocks_nobody(bench: Bench) -> None:
    bench.clock.set(START + timedelta(seconds=1_000))
    assert bench.reconcile() == "clean"
    assert len(bench.portfolio().positions) == 2


def test_a_strategy_that_redeems_at_the_same_time_books_nothing_twice(bench: Bench) -> None:
    bench.end("1", "0")
    bench.paper.settle()
    redeem = Action(
        client_id="f" * 32,
        venue="polymarket",
        kind=REDEEM,
        symbol="up-token",
        quantity=D(50),
        parameters={"slug": SLUG},
    )
    (late,) = bench.act("s1", redeem)
    assert (late.status, late.filled) == (ActionStatus.CANCELLED, 0)
    assert bench.reconcile() == "clean"
    assert bench.portfolio().cash == bench.paper.portfolio().cash


def test_a_market_that_cannot_be_read_is_settled_later(bench: Bench) -> None:
    from argosy.errors import VenueUnavailable

    bench.end("1", "0")
    answers = bench.source.resolution

    def away(slug: str) -> Resolution | None:
        raise VenueUnavailable("no answer")

    bench.source.resolution = away  # type: ignore[method-assign]
    assert bench.reconcile() == "clean"
    assert len(bench.portfolio().positions) == 2
    bench.source.resolution = answers  # type: ignore[method-assign]
    assert bench.reconcile() == "clean"
    assert bench.portfolio().positions == []


def test_positions_of_a_mode_the_bot_has_left_are_paid(bench: Bench) -> None:
    bench.desk.run("UPDATE bots SET mode = 'sandbox'")
    bench.end("1", "0")
    (owner,) = bench.desk.database.run(positions.owners())
    assert (owner.bot_id, owner.mode) == ("bot", "paper")
    bench.desk.reconciler.settle_decided(owner, bench.desk.venues)
    assert bench.portfolio().positions == []
    assert bench.desk.database.run(positions.owners()) == []


def stale(bench: Bench) -> list[str]:
    found = bench.desk.database.run(health_signals.read(bench.clock.now(), window_s=60))
    signals = bot_signals(found, bench.clock.now(), EmergencySettings(), D(10_000))
    return [
        each.text for each in signals if each.cause == "stale_data" and each.wants > EmergencyState.NORMAL
    ]


@pytest.mark.parametrize("decided", [True, False])
def test_the_price_of_a_finished_market_is_never_stale(bench: Bench, decided: bool) -> None:
    """What is decided counts at its payout, what is over and undecided at its last price, from round to round."""
    for _ in range(2):
        bench.marks.feed("paper", [bench.paper.quote(symbol) for symbol in ("up-token", "down-token")])
        bench.clock.advance(5)
    bench.clock.set(START + timedelta(seconds=3_600))
    if decided:
        bench.source.payouts = {"up-token": D(1), "down-token": D(0)}
    assert stale(bench)
    for _ in range(3):
        bench.clock.advance(600)
        endings = bench.paper.endings(["up-token", "down-token"])
        assert bench.marks.end("paper", "polymarket", endings) == 2
        assert stale(bench) == []
    marks = {p.symbol: p.mark for p in bench.portfolio().positions}
    if decided:
        assert marks == {"up-token": 1, "down-token": 0}
    else:
        assert marks["up-token"] == D("0.50")


def test_a_market_that_is_still_dealt_in_has_no_ending(bench: Bench) -> None:
    assert bench.paper.endings(["up-token", "nothing"]) == {}


@pytest.fixture
def tasks(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """The maintenance tasks of a worker process at this bench."""
    ports = SimpleNamespace(
        database=bench.desk.database,
        reconciler=bench.desk.reconciler,
        clock=bench.clock,
        marks=bench.marks,
        contexts=SimpleNamespace(venues=lambda *_: bench.desk.venues),
    )
    monkeypatch.setattr(workers.reconcile, "runtime", lambda: ports)
    return bench


@pytest.mark.parametrize(
    "since", ["UPDATE bots SET state = 'paused'", "UPDATE bots SET mode = 'live'", "DELETE FROM bots"]
)
def test_maintenance_pays_whatever_became_of_the_bot(tasks: Bench, since: str) -> None:
    tasks.end("1", "0")
    tasks.desk.run(since)
    workers.reconcile.reconcile()
    assert tasks.desk.all("SELECT sum(abs(quantity)) FROM positions") == [(0,)]
    assert tasks.desk.all("SELECT sum(base_amount) FROM ledger_entries WHERE kind = 'settlement'") == [(50,)]


def test_maintenance_marks_a_decided_market_at_its_payout(tasks: Bench) -> None:
    for _ in range(2):
        workers.reconcile.mark()
        tasks.clock.advance(5)
    tasks.end("0.5", "0.5")
    tasks.source.rows = []  # the venue shows its books no more
    workers.reconcile.mark()
    assert stale(tasks) == []
    assert {position.mark for position in tasks.portfolio().positions} == {D("0.5")}


def context(bench: Bench, strategy: str, run_id: str) -> NodeContext:
    """A node's of one strategy, with the ledger's books and closed trades."""
    ctx = a_context(bench.clock, {"polymarket": bench.paper}, run_id=run_id)
    caller = a_caller(strategy, run_id=run_id)
    ctx.gateway = ScopedGateway(lambda: bench.desk.gateway, caller, bench.desk.venues)
    ctx.strategy_id = strategy
    ctx.books = DatabaseBooks(bench.desk.database, "bot", "paper")
    ctx.trade_records = DatabaseTrades(bench.desk.database, bench.trades, "bot", "paper")
    return ctx


def published(ctx: NodeContext) -> dict[str, Any]:
    (metrics,) = [each.data["metrics"] for each in ctx.events if each.type.endswith("_metrics")]
    return dict(metrics)


@pytest.mark.parametrize("first", ["s1", "s2"])
def test_wins_are_the_holders_whichever_strategy_settles_first(bench: Bench, first: str) -> None:
    """UP wins: s1 won its one trade, s2 won one and lost one, and each run redeems its own shares for its own profit."""
    bench.end("1", "0")
    before = {name: bench.portfolio(name).realised for name in ("s1", "s2")}
    second = "s2" if first == "s1" else "s1"
    made = {}
    for name in (first, second):
        ctx = context(bench, name, f"run-{name}")
        found = settle(ctx, VenueParams())
        made[name] = found.pnl
        own = {"s1": [40], "s2": [10, 20]}[name]
        assert sorted(each.filled for each in found.results) == own
        result(ctx, [], [found.results], [found.pnl], [])
        figures = published(ctx)
        expected = (1, 1, 0, 1.0) if name == "s1" else (2, 1, 1, 0.5)
        assert tuple(figures[key] for key in ("trades", "wins", "losses", "winRate")) == expected
        assert D(figures["pnl"]) == bench.portfolio(name).pnl
    for name in (first, second):
        assert made[name] == bench.portfolio(name).realised - before[name]
    assert bench.paper.holdings() == []
    ctx = context(bench, "", "run-bot")
    update_portfolio(ctx, Portfolio(cash=D(1)), None)  # a portfolio read before anything happened
    bot = published(ctx)
    assert tuple(bot[key] for key in ("trades", "wins", "losses")) == (3, 2, 1)
    assert D(bot["pnl"]) == bench.portfolio().pnl


def test_closed_trades_are_followed_as_they_are_booked(bench: Bench) -> None:
    """By one process from the start, by another from the whole ledger: both count the same."""
    early = DatabaseTrades(bench.desk.database, bench.trades, "bot", "paper")
    assert (early.trades() or TradeRecord()).closed == 0
    bench.end("0.5", "0.5")
    bench.reconcile()
    late = DatabaseTrades(bench.desk.database, TradeBook(), "bot", "paper")
    for name in (None, "s1", "s2"):
        assert early.trades(name) == late.trades(name)
    assert (late.trades() or TradeRecord()).closed == 3
    assert DatabaseTrades(bench.desk.database, TradeBook(), "nobody", "paper").trades() == TradeRecord()
