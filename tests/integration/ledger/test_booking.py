"""Booking on a real Postgres: once, in order, by several at a time, and never changed."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import psycopg
import pytest
from support.ledger import NOON, booking, entry, fill

from argosy.core.money.ledger import EntryKind, entries_of
from argosy.errors import Conflict
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import ledger

pytestmark = pytest.mark.integration


def rows(url: str, query: str) -> list[tuple]:
    with psycopg.connect(libpq_url(url)) as connection:
        return connection.execute(query).fetchall()


def test_a_fill_is_booked_once_and_moves_position_and_cash(database: Database, database_url: str) -> None:
    entries = entries_of(fill("1", "buy", "10", "0.4", fee="0.05"), booking())
    assert database.run(ledger.book(entries)) == 2
    assert database.run(ledger.book(entries)) == 0
    assert database.run(ledger.book([])) == 0
    assert rows(database_url, "SELECT quantity, cost, realised, fees, entry_id, domain FROM positions") == [
        (Decimal(10), Decimal("4.05"), Decimal(0), Decimal("0.05"), 2, "trading")
    ]
    assert rows(
        database_url, "SELECT currency, amount, base_amount, capital, fees, entry_id, domain FROM cash"
    ) == [("USD", Decimal("-4.05"), Decimal("-4.05"), Decimal(0), Decimal("0.05"), 2, "trading")]


def test_threads_that_book_the_same_fills_book_them_once(database: Database, database_url: str) -> None:
    fills = [fill(str(n), "buy" if n % 3 else "sell", "3", "0.5", fee="0.01") for n in range(12)]
    barrier, counts = threading.Barrier(6), []

    def work(strategy: str) -> None:
        barrier.wait()
        for each in fills:
            # Each thread would give the fill to a strategy of its own.
            counts.append(database.run(ledger.book(entries_of(each, booking(), [(strategy, each.quantity)]))))

    threads = [threading.Thread(target=work, args=(f"s{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 24
    assert len(counts) == 72
    assert rows(
        database_url, "SELECT count(*), count(DISTINCT fill_id), sum(quantity) FROM ledger_entries"
    ) == [(24, 12, Decimal(12))]
    assert rows(database_url, "SELECT sum(quantity), sum(fees) FROM positions") == [
        (Decimal(12), Decimal("0.12"))
    ]


def test_ids_of_a_position_are_in_the_order_of_booking(database: Database, database_url: str) -> None:
    """Average cost depends on the order; a rebuild goes by ids."""
    barrier = threading.Barrier(4)

    def work(thread: int) -> None:
        barrier.wait()
        for n in range(10):
            side = "buy" if (n + thread) % 2 else "sell"
            each = fill(f"{thread}-{n}", side, str(n + 1), f"0.{thread + 1}", fee="0.003")
            database.run(ledger.book(entries_of(each, booking())))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database_url, "SELECT count(*) FROM ledger_entries") == [(80,)]
    order = rows(database_url, "SELECT fill_id, kind FROM ledger_entries ORDER BY id")
    assert [kind for _, kind in order] == ["trade", "fee"] * 40
    assert [first[0] for first in order[::2]] == [second[0] for second in order[1::2]]


def test_entries_without_a_client_id_are_always_new(database: Database, database_url: str) -> None:
    twice = [entry(EntryKind.INCOME, "1.5"), entry(EntryKind.INCOME, "1.5")]
    assert database.run(ledger.book(twice)) == 2
    assert database.run(ledger.book(twice[:1])) == 1
    assert rows(database_url, "SELECT amount FROM cash") == [(Decimal("4.5"),)]
    assert rows(database_url, "SELECT * FROM positions") == []


def test_the_same_entry_twice_in_one_call_is_one(database: Database) -> None:
    entries = entries_of(fill("1", "buy", "10", "0.4"), booking())
    assert database.run(ledger.book([*entries, *entries])) == 1


def test_many_entries_at_once_keep_their_order(database: Database, database_url: str) -> None:
    entries = [entry(EntryKind.INCOME, str(n), memo=str(n)) for n in range(1, 1101)]
    assert database.run(ledger.book(entries)) == 1100
    memos = rows(database_url, "SELECT memo FROM ledger_entries ORDER BY id")
    assert [memo for (memo,) in memos] == [str(n) for n in range(1, 1101)]


def test_a_symbol_named_like_a_currency_is_no_cash(database: Database, database_url: str) -> None:
    database.run(ledger.book(entries_of(fill("1", "buy", "2", "0.4", symbol="USD"), booking())))
    assert rows(database_url, "SELECT quantity FROM positions") == [(Decimal(2),)]
    assert rows(database_url, "SELECT amount FROM cash") == [(Decimal("-0.8"),)]


def test_nothing_changes_an_entry(database: Database, database_url: str) -> None:
    database.run(ledger.book([entry(EntryKind.INCOME, "1")]))
    for statement in (
        "UPDATE ledger_entries SET memo = 'x'",
        "DELETE FROM ledger_entries",
        "TRUNCATE ledger_entries",
    ):
        with (
            psycopg.connect(libpq_url(database_url)) as connection,
            pytest.raises(psycopg.errors.IntegrityConstraintViolation, match="append-only"),
        ):
            connection.execute(statement)
    assert rows(database_url, "SELECT count(*) FROM ledger_entries") == [(1,)]


def test_capital_is_what_it_was_set_to(database: Database, database_url: str) -> None:
    def ensure(capital: str, mode: str = "paper", currency: str = "USD") -> Decimal:
        return database.run(
            ledger.ensure_capital("b", "trading", mode, Decimal(capital), currency, NOON + timedelta(hours=1))
        )

    assert ensure("1000.5") == Decimal("1000.5")
    assert ensure("1000.5") == 0
    assert ensure("400") == Decimal("-600.5")
    assert ensure("50", mode="live") == 50
    with pytest.raises(Conflict, match="USD"):
        ensure("50", currency="EUR")
    assert rows(database_url, "SELECT mode, strategy_id, venue, amount, capital FROM cash ORDER BY mode") == [
        ("live", "", "", Decimal(50), Decimal(50)),
        ("paper", "", "", Decimal(400), Decimal(400)),
    ]


def test_of_two_first_bots_one_says_the_currency(database: Database, database_url: str) -> None:
    barrier, refused = threading.Barrier(8), []

    def work(n: int) -> None:
        barrier.wait()
        pay = ledger.ensure_capital(f"b{n}", "trading", "paper", Decimal(5), ("USD", "EUR")[n % 2], NOON)
        try:
            database.run(pay)
        except Conflict:
            refused.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database_url, "SELECT count(DISTINCT base_currency), count(*) FROM ledger_entries") == [
        (1, 4)
    ]
    assert len(refused) == 4


def test_capital_set_by_several_at_once_is_paid_in_once(database: Database, database_url: str) -> None:
    barrier = threading.Barrier(5)

    def work() -> None:
        barrier.wait()
        database.run(ledger.ensure_capital("b", "trading", "paper", Decimal(1000), "USD", NOON))

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(database_url, "SELECT amount FROM ledger_entries") == [(Decimal(1000),)]
