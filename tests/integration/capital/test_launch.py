"""From a bot's launch to its nodes: capital is paid in, split by the workflow, and read back from the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from support.ledger import booking, fill
from support.node_context import a_context

from argosy.bootstrap import Runtime
from argosy.bootstrap.seed import seed
from argosy.core.clock import DrivenClock
from argosy.core.money.capital import Share
from argosy.core.money.ledger import entries_of
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.graph.context import NodeContext
from argosy.graph.nodes.bot import AllocateParams, PortfolioParams, allocate, portfolio
from argosy.graph.nodes.bot_report import RunTotals, update_portfolio
from argosy.graph.nodes.strategy import result
from argosy.infrastructure.config import Settings
from argosy.infrastructure.money.books import DatabaseBooks
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.database import libpq_url
from argosy.infrastructure.storage.money import capital, ledger

pytestmark = pytest.mark.integration
D = Decimal
BOT = "btc_15m"


@pytest.fixture
def runtime(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    settings = Settings(home=tmp_path, redis_url=redis_url, database_url=database_url)
    runtime = Runtime(settings, Endpoints(redis_url, database_url))
    seed(runtime.database, runtime.clock)
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
    yield runtime
    runtime.close()


@pytest.fixture
def context(runtime: Runtime) -> NodeContext:
    plain = a_context(DrivenClock(datetime(2026, 2, 2, 11, 0, tzinfo=UTC)))
    return replace(plain, books=DatabaseBooks(runtime.database, BOT, "paper"))


def test_a_launch_pays_the_capital_in_once_and_splits_it(runtime: Runtime, context: NodeContext) -> None:
    assert runtime.launcher.run_bot(BOT, trigger="manual").started
    assert runtime.database.run(capital.shares(BOT)) == [Share("pairs", D("0.6")), Share("value", D("0.4"))]
    runtime.launcher.follow_capital(runtime.database.run(bots.get(BOT)))
    found = portfolio(context, PortfolioParams())
    assert (found.cash, found.equity, found.pnl) == (1000, 1000, 0)
    assert found.portfolio.initial_capital == 1000
    assert portfolio(context, PortfolioParams(initial_capital=D(900))).pnl == 100


def test_changed_capital_is_booked_at_the_next_launch(runtime: Runtime, context: NodeContext) -> None:
    before = runtime.database.run(bots.get(BOT))
    runtime.launcher.follow_capital(before)
    runtime.launcher.follow_capital(replace(before, capital=D(1500)))
    found = portfolio(context, PortfolioParams())
    assert (found.equity, found.portfolio.initial_capital, found.pnl) == (1500, 1500, 0)


def test_a_bot_that_came_back_to_what_it_was_is_followed_again(runtime: Runtime) -> None:
    """Another process followed what it was in between."""
    before = runtime.database.run(bots.get(BOT))
    runtime.launcher.follow_capital(before)
    weights = runtime.database.run(capital.shares(BOT))
    runtime.database.run(capital.sync_from_workflow(BOT, {"pairs": D("0.1")}, before.updated_at))
    runtime.launcher.follow_capital(runtime.database.run(bots.set_workflow(BOT, before.workflow_digest)))
    assert runtime.database.run(capital.shares(BOT)) == weights


def test_what_is_shown_of_a_strategy_is_what_the_ledger_says(runtime: Runtime, context: NodeContext) -> None:
    """A node adds up what each venue says, dollars and BNB alike."""
    runtime.launcher.follow_capital(runtime.database.run(bots.get(BOT)))
    deals = (
        fill("1", "buy", "10", "0.4", fee="0.001", fee_currency="BNB"),
        fill("2", "sell", "10", "0.6", fee="0.001", fee_currency="BNB"),
    )
    for deal in deals:
        where = booking("pairs", bot_id=BOT, fee_rate=D(600), fee_rate_source="mark:v/BNB/USD")
        runtime.database.run(ledger.book(entries_of(deal, where)))
    done = {"clientId": "c" * 32, "status": "filled", "filled": "10", "fee": "0.001"}
    context = replace(context, strategy_id="pairs")
    summary = result(context, [], [done, done], [D(2)], []).result
    whole = portfolio(context, PortfolioParams()).portfolio
    update_portfolio(context, whole, RunTotals(strategies=[summary], fees=summary.fees))
    told = [event.data["metrics"] for event in context.events if event.type.endswith("_metrics")]
    assert [(D(each["pnl"]), D(each["fees"])) for each in told] == [(D("0.8"), D("1.2"))] * 2


def test_what_open_actions_reserve_is_not_allocated(
    runtime: Runtime, context: NodeContext, database_url: str
) -> None:
    runtime.launcher.follow_capital(runtime.database.run(bots.get(BOT)))
    held = portfolio(context, PortfolioParams()).portfolio
    assert allocate(context, AllocateParams(), held).capital == 1000
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta,"
            " reducing, reserved, status, decided_at) VALUES ('c', 'paper', 'trading', %s, 'pairs', 'v',"
            " 'place_order', 's', '{}', 1, false, 300, 'open', now())",
            (BOT,),
        )
    found = allocate(context, AllocateParams(), held)
    assert (found.capital, found.reserved) == (700, 300)
    assert allocate(context, AllocateParams(base="equity", reserve_pct=D(50)), held).capital == 500
