"""Positions and cash are what the ledger says, to the last digit; if not it shows, and can be mended."""

from __future__ import annotations

import random
import threading
from decimal import Decimal

import psycopg
import pytest
from psycopg.types.json import Jsonb
from support.ledger import NOON, booking, entry, fill

from argosy.core.actions.action import ActionKind
from argosy.core.money.ledger import EntryKind, entries_of
from argosy.core.money.rates import MISSING
from argosy.core.safety.audit import Actor
from argosy.domains.trading.action_kinds import REDEEM
from argosy.errors import InvalidInput
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.money import entries, ledger, proof

pytestmark = pytest.mark.integration
ME = Actor(id="me", origin="cli")


def book_many(database: Database, seed: int, count: int) -> None:
    """Random fills of several bots, strategies and assets, with amounts that divide badly."""
    chance = random.Random(seed)
    for n in range(count):
        each = fill(
            f"{seed}-{n}",
            chance.choice(["buy", "sell"]),
            str(chance.randint(1, 900) * Decimal("0.007")),
            str(chance.randint(0, 990) * Decimal("0.0013")),
            fee=chance.choice(["0", "0.003", "-0.001", "0.0000000000001"]),
            symbol=chance.choice(["s", "t", "EUR/USD"]),
            currency=chance.choice(["USD", "EUR"]),
            fee_currency=chance.choice([None, "EUR", "BNB"]),
        )
        rate = Decimal(1) if each.currency == "USD" else Decimal("1.0837")
        path = booking(
            chance.choice(["one", "two"]),
            chance.choice([ActionKind.PLACE_ORDER, REDEEM]),
            bot_id=chance.choice(["a", "b"]),
            rate=rate,
            rate_source="test",
            fee_rate=Decimal("612.7"),
            fee_rate_source="test",
        )
        database.run(ledger.book(entries_of(each, path)))


def state_of(url: str) -> list[tuple]:
    with psycopg.connect(libpq_url(url)) as connection:
        return [
            row
            for table in ("positions", "cash")
            for row in connection.execute(f"SELECT t::text FROM {table} t ORDER BY 1").fetchall()
        ]


def test_what_was_booked_step_by_step_is_what_a_rebuild_writes(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entries, "PAGE", 50)  # several pages
    monkeypatch.setattr(proof, "_BATCH", 5)
    database.run(ledger.ensure_capital("b", "trading", "paper", Decimal("1000.10"), "USD", NOON))
    book_many(database, seed=1, count=100)
    found = database.run(proof.verify())
    assert found.differences == []
    assert found.entries > 150
    assert found.positions == 12
    assert set(found.sums) == {"paper USD", "paper EUR", "paper BNB"}
    before = state_of(database_url)
    assert database.run(proof.rebuild(ME, NOON, "to see")).differences == []
    assert state_of(database_url) == before  # the very text, scales included
    book_many(database, seed=2, count=20)
    assert database.run(proof.verify()).differences == []


def test_an_empty_ledger_is_in_order(database: Database) -> None:
    found = database.run(proof.verify())
    assert (found.entries, found.positions, found.cash, found.sums, found.differences) == (0, 0, 0, {}, [])


DAMAGES = (
    ("UPDATE positions SET cost = cost + 0.000000000001", "positions", "cost"),
    ("UPDATE positions SET quantity = quantity - 0.1", "positions", "quantity"),
    ("UPDATE positions SET realised = 1", "positions", "realised"),
    ("UPDATE positions SET domain = 'compute'", "positions", "domain"),
    ("UPDATE positions SET entry_id = 1", "positions", "entry_id"),
    ("UPDATE cash SET fees = 0", "cash", "fees"),
    ("UPDATE cash SET capital = 1", "cash", "capital"),
    ("UPDATE cash SET amount = 0", "cash", "sum"),
    ("DELETE FROM positions", "positions", "row"),
    (
        "INSERT INTO cash SELECT mode, 'x', '', venue, currency, domain, 0, 0, 0, 0, 0 FROM cash",
        "cash",
        "row",
    ),
)


def test_every_damage_shows_and_is_mended(database: Database, database_url: str) -> None:
    database.run(ledger.book(entries_of(fill("1", "buy", "3", "0.4", fee="0.01"), booking())))
    good = state_of(database_url)
    for damage, table, column in DAMAGES:
        with psycopg.connect(libpq_url(database_url)) as connection:
            connection.execute(damage)
        found = {(d.table, d.column) for d in database.run(proof.verify()).differences}
        assert (table, column) in found, damage
        assert len(found) == (2 if column == "sum" else 1), damage
        assert database.run(proof.rebuild(ME, NOON)).differences
        assert database.run(proof.verify()).differences == []
        assert state_of(database_url) == good


def test_a_row_that_is_missing_or_one_too_many_is_named(database: Database, database_url: str) -> None:
    database.run(ledger.book(entries_of(fill("1", "buy", "3", "0.4"), booking())))
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("UPDATE positions SET symbol = 'other'")
    found = [(d.key, d.column, d.derived, d.stored) for d in database.run(proof.verify()).differences]
    assert found == [("paper/b/one/v/other", "row", "", "there"), ("paper/b/one/v/s", "row", "there", "")]


def test_a_rebuild_is_in_the_audit_log(database: Database, database_url: str) -> None:
    database.run(ledger.book([entry(EntryKind.INCOME, "5")]))
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("UPDATE cash SET amount = 6")
    database.run(proof.rebuild(ME, NOON, "somebody wrote by hand"))
    with psycopg.connect(libpq_url(database_url)) as connection:
        query = "SELECT actor, origin, action, subject, reason, before, after FROM audit_log"
        actor, origin, action, subject, reason, before, after = connection.execute(query).fetchall()[-1]
    assert (actor, origin, action, subject) == ("me", "cli", "ledger.rebuild", "ledger")
    assert reason == "somebody wrote by hand"
    assert before["differences"][0] == {
        "table": "cash",
        "key": "paper/b/one/v/USD",
        "column": "amount",
        "derived": "5",
        "stored": "6",
    }
    assert after == {"entries": 1, "positions": 0, "cash": 1}


def test_rebuilds_in_the_midst_of_bookings(database: Database) -> None:
    barrier, failed = threading.Barrier(4), []

    def work(number: int) -> None:
        barrier.wait()
        try:
            if number:
                book_many(database, seed=number, count=25)
            else:
                for _ in range(6):
                    database.run(proof.rebuild(ME, NOON))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    found = database.run(proof.verify())
    assert found.differences == []
    assert found.entries >= 75


def test_an_entry_that_is_none_shows_and_stops_a_rebuild(database: Database, database_url: str) -> None:
    database.run(ledger.book([entry(EntryKind.INCOME, "5")]))
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute(
            "INSERT INTO ledger_entries (at, mode, domain, bot_id, strategy_id, venue, kind, symbol, quantity, "
            "currency, amount, rate, rate_source, base_currency, base_amount, client_id, fill_id, memo) "
            "SELECT at, mode, domain, bot_id, strategy_id, venue, kind, symbol, quantity, currency, amount, rate, "
            "rate_source, base_currency, base_amount + 1, client_id, fill_id, memo FROM ledger_entries"
        )
    (found,) = database.run(proof.verify()).differences
    assert (found.table, found.key, found.column) == ("ledger_entries", "2", "entry")
    good = state_of(database_url)
    with pytest.raises(InvalidInput, match="cannot be read"):
        database.run(proof.rebuild(ME, NOON))
    assert state_of(database_url) == good


def test_what_was_done_to_the_entries_themselves_shows(database: Database, database_url: str) -> None:
    """With the trigger off, which is what somebody would do."""
    damages = (
        ("SET amount = amount + 1 WHERE kind = 'trade'", {("ledger_entries", "1", "entry")}),
        ("SET memo = 'of a fill of x' WHERE kind = 'fee'", {("ledger_entries", "2", "entry")}),
        (
            "SET memo = 'of a fill of 1E+999999' WHERE kind = 'fee'",
            {("positions", "paper/b/one/v/s", "realised")},
        ),
        ("SET rate = 'NaN' WHERE kind = 'fee'", {("ledger_entries", "2", "entry")}),
        ("SET kind = 'gift' WHERE kind = 'fee'", {("ledger_entries", "2", "entry")}),
        ("SET base_currency = 'EUR' WHERE kind = 'fee'", {("ledger_entries", "2", "base_currency")}),
        ("SET price = 0.5 WHERE kind = 'trade'", {("ledger_entries", "1", "entry")}),
        ("SET venue = 'w'", {("positions", "paper/b/one/w/s", "row"), ("cash", "paper/b/one/w/USD", "row")}),
        ("SET mode = 'live'", {("positions", "live/b/one/v/s", "row"), ("cash", "paper USD", "sum")}),
    )
    database.run(ledger.book(entries_of(fill("1", "buy", "3", "0.4", fee="0.01"), booking())))
    for damage, expected in damages:
        with psycopg.connect(libpq_url(database_url)) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute("CREATE TEMPORARY TABLE good AS SELECT * FROM ledger_entries")
            connection.execute(f"UPDATE ledger_entries {damage}")
            connection.commit()
            found = {(d.table, d.key, d.column) for d in database.run(proof.verify()).differences}
            assert expected <= found, damage
            connection.execute("DELETE FROM ledger_entries")
            connection.execute("INSERT INTO ledger_entries OVERRIDING SYSTEM VALUE SELECT * FROM good")
    assert database.run(proof.verify()).differences == []


def test_an_entry_that_was_taken_out_shows_even_after_a_rebuild(
    database: Database, database_url: str
) -> None:
    deals = [fill("1", "buy", "3", "0.4"), fill("2", "buy", "3", "0.4")]
    for deal in deals:
        database.run(ledger.book(entries_of(deal, booking())))
    with psycopg.connect(libpq_url(database_url)) as connection:
        for deal in deals:
            connection.execute(
                "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, "
                "delta, reducing, reserved, status, decided_at, result) VALUES (%s, 'paper', 'trading', 'b', 'one', "
                "'v', 'place_order', 's', '{}', 3, false, 0, 'filled', now(), %s)",
                (deal.client_id, Jsonb({"fills": [deal.to_wire()]})),
            )
    assert database.run(proof.verify()).differences == []
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM ledger_entries WHERE fill_id = '2'")
    assert {d.table for d in database.run(proof.verify()).differences} == {"positions", "cash", "intents"}
    database.run(proof.rebuild(ME, NOON))
    (found,) = database.run(proof.verify()).differences
    assert (found.table, found.key, found.column) == ("intents", "c-2/2", "fill")


def test_rates_that_nobody_knew_are_counted(database: Database) -> None:
    lost = fill("1", "buy", "3", "0.4", fee="0.01", fee_currency="BNB")
    database.run(ledger.book(entries_of(lost, booking())))
    database.run(ledger.book(entries_of(fill("2", "buy", "3", "0.4"), booking())))
    found = database.run(proof.verify())
    assert (found.missing_rates, found.differences) == (1, [])
    assert MISSING == "missing"


def test_pages_go_by_what_is_wanted(database: Database) -> None:
    for n, bot in enumerate(["a", "b", "a"]):
        database.run(ledger.book([entry(EntryKind.INCOME, str(n + 1), bot_id=bot)]))
    first = database.run(entries.page(entries.Wanted(), limit=2))
    assert [each.entry.amount for each in first] == [1, 2]
    assert [e.entry.amount for e in database.run(entries.page(entries.Wanted(), after=first[-1].id))] == [3]
    assert [e.id for e in database.run(entries.page(entries.Wanted(bot_id="a", mode="paper")))] == [1, 3]
    assert database.run(entries.page(entries.Wanted(mode="live"))) == []
    assert len(database.run(entries.page(entries.Wanted(since=NOON)))) == 3
    assert database.run(entries.page(entries.Wanted(until=NOON))) == []
