"""What nodes are told of a bot's money."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from support.ledger import NOON, a_bot, booking, fill

from argosy.core.money.ledger import entries_of
from argosy.errors import NotFound
from argosy.infrastructure.money.books import DatabaseBooks
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import ledger

pytestmark = pytest.mark.integration
D = Decimal


@pytest.fixture
def books(database: Database, database_url: str) -> DatabaseBooks:
    """A bot with 100, half of it shared out to `one`, a fifth to `two`."""
    a_bot(database, "b")
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO capital_shares (bot_id, strategy_id, weight) VALUES ('b', 'one', 0.5), ('b', 'two', 0.2)"
        )
    database.run(ledger.ensure_capital("b", "trading", "paper", D(100), "USD", NOON))
    return DatabaseBooks(database, "b", "paper")


def book(
    database: Database, id: str, side: str, quantity: str, price: str, strategy: str, **more: Any
) -> None:
    fee = more.pop("fee", "0")
    database.run(ledger.book(entries_of(fill(id, side, quantity, price, fee, **more), booking(strategy))))


def test_a_bot_without_a_ledger_has_nothing(database: Database) -> None:
    portfolio = DatabaseBooks(database, "x", "paper").portfolio()
    assert (portfolio.cash, portfolio.equity, portfolio.initial_capital, portfolio.positions) == (0, 0, 0, [])
    with pytest.raises(NotFound):
        DatabaseBooks(database, "x", "paper").available()


def test_what_strategies_hold_of_one_asset_is_one_position_of_the_bot(
    books: DatabaseBooks, database: Database, database_url: str
) -> None:
    book(database, "1", "buy", "10", "0.4", "one", fee="0.1")
    book(database, "2", "buy", "20", "0.5", "two")
    book(database, "3", "buy", "7", "0.5", "two", symbol="t")
    book(database, "4", "sell", "7", "0.6", "two", symbol="t")
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) VALUES ('paper', 'v', 's', 0.6, 'USD', 1, %s)",
            (NOON,),
        )
    portfolio = books.portfolio()
    (held,) = portfolio.positions
    assert (held.venue, held.symbol, held.quantity, held.paid, held.mark) == (
        "v",
        "s",
        30,
        D("14.1"),
        D("0.6"),
    )
    assert held.average_cost == D("0.47")
    assert (portfolio.initial_capital, portfolio.cash, portfolio.realised, portfolio.fees) == (
        100,
        D("86.6"),
        D("0.7"),
        D("0.1"),
    )
    assert (portfolio.equity, portfolio.unrealised, portfolio.pnl) == (D("104.6"), D("3.9"), D("4.6"))


def test_a_strategy_begins_with_its_share(books: DatabaseBooks, database: Database) -> None:
    book(database, "1", "buy", "10", "0.4", "one", fee="0.1")
    book(database, "2", "buy", "20", "0.5", "two")
    one = books.portfolio("one")
    assert (one.initial_capital, one.cash, one.equity, one.fees) == (50, D("45.9"), 50, D("0.1"))
    assert [(p.quantity, p.paid) for p in one.positions] == [(10, D("4.1"))]
    assert books.portfolio("none").positions == []


def test_modes_do_not_mix(books: DatabaseBooks, database: Database) -> None:
    book(database, "1", "buy", "10", "0.4", "one")
    live = DatabaseBooks(database, "b", "live").portfolio()
    assert (live.cash, live.positions) == (0, [])


def test_what_is_available(books: DatabaseBooks, database: Database, database_url: str) -> None:
    assert (books.available(), books.available("one"), books.available("two"), books.available("")) == (
        100,
        50,
        20,
        30,
    )
    book(database, "1", "buy", "100", "0.4", "one")
    assert (books.available(), books.available("one")) == (60, 10)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta, "
            "reducing, reserved, status, decided_at) VALUES ('i', 'paper', 'trading', 'b', 'two', 'v', 'place_order', "
            "'s', '{}', 10, false, 5, 'open', %s)",
            (NOON,),
        )
    assert (books.available(), books.available("two")) == (55, 15)


def test_what_was_lost_is_not_available(books: DatabaseBooks, database: Database) -> None:
    book(database, "1", "buy", "200", "0.4", "one")
    book(database, "2", "sell", "200", "0.01", "one")
    assert (books.available(), books.available("one"), books.available("two")) == (22, 22, 20)
    book(database, "3", "buy", "100", "0.4", "two")
    assert books.available() == 0
