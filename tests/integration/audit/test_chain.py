"""The audit chain on a real Postgres."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from argosy.core.clock import DrivenClock
from argosy.core.safety.audit import GENESIS, Actor, AuditEntry, AuditRecord, hash_of
from argosy.infrastructure import redis as connections
from argosy.infrastructure.logging.redact import MASK, register_secret
from argosy.infrastructure.safety.anchor import RedisAnchor, anchor_of
from argosy.infrastructure.safety.auditor import DatabaseAuditor
from argosy.infrastructure.safety.chain import ChainCheck, follow, rows_of, verify
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation, Steps
from argosy.infrastructure.storage.safety import audit

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    yield database
    database.close()


def entry(number: int = 1, **values: object) -> AuditEntry:
    return AuditEntry(
        actor=Actor(id="ada", origin="cli"),
        action="bot.state",
        subject=f"bot:b{number}",
        reason="because",
        **values,
    )


def test_each_row_holds_the_hash_of_the_one_before_and_reads_back_as_it_was_hashed(
    database: Database,
) -> None:
    odd = {
        "price": Decimal("1.50"),
        "zero": -0.0,
        "large": 2**70,
        "at": AT + timedelta(microseconds=1),
        "text": "nul\x00 half\ud800 ünï",
        "deep": {"b": [1, True, None, {2.5}], "a": 1e22},
    }
    first = database.run(audit.append(entry(1, before=None, after=odd), AT))
    second = database.run(audit.append(entry(2), AT))
    assert (first.id, first.previous_hash) == (1, GENESIS)
    assert (second.id, second.previous_hash) == (2, first.hash)
    kept = database.run(audit.after(0))
    assert kept == [first, second]
    assert [hash_of(row) for row in kept] == [first.hash, second.hash]


def test_a_secret_gets_in_neither_by_its_name_nor_by_its_value(database: Database) -> None:
    register_secret("hunter2-hunter2")
    row = database.run(
        audit.append(entry(1, before={"api_key": "abc"}, after={"note": ["it is hunter2-hunter2"]}), AT)
    )
    assert row.before == {"api_key": MASK}
    assert row.after == {"note": [f"it is {MASK}"]}


def chain(database: Database, length: int = 5) -> list[AuditRecord]:
    return [database.run(audit.append(entry(number), AT)) for number in range(1, length + 1)]


def tamper(database: Database, *statements: str) -> None:
    """As whoever owns the database could: past the trigger."""
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            connection.execute(text(statement))


def test_an_untouched_chain_is_whole_over_several_pages(database: Database) -> None:
    rows = chain(database)
    verdict = verify(rows_of(database, page=2), [anchor_of(rows[2]), anchor_of(rows[4])])
    assert verdict == ChainCheck(5, rows[4], None, 2)
    assert verify([]) == ChainCheck(0, None, None, 0)


def test_removed_inserted_and_reordered_rows_are_found(database: Database) -> None:
    chain(database)
    tamper(database, "DELETE FROM audit_log WHERE id IN (2, 3)")
    removed = verify(rows_of(database)).broken
    assert removed is not None
    assert (removed.row, removed.fault) == (2, "removed")
    tamper(database, "UPDATE audit_log SET id = id - 2 WHERE id > 3")
    closed_up = verify(rows_of(database)).broken
    assert closed_up is not None
    assert (closed_up.row, closed_up.fault) == (2, "changed")


def test_the_anchor_finds_a_cut_end_and_a_chain_written_anew(database: Database, redis_url: str) -> None:
    rows = chain(database)
    kept = RedisAnchor(redis_url)
    assert kept.read() is None
    assert kept.keep(anchor_of(rows[4]))
    assert not kept.keep(anchor_of(rows[4]))
    assert not kept.keep(anchor_of(rows[1])), "an anchor only moves on"
    tamper(database, "DELETE FROM audit_log WHERE id = 5")
    assert verify(rows_of(database)).whole, "without an anchor a cut end cannot be seen"
    anchor = kept.read()
    assert anchor is not None
    cut = verify(rows_of(database), [anchor]).broken
    assert cut is not None
    assert (cut.row, cut.fault) == (5, "truncated")
    database.run(audit.append(entry(6), AT))
    anew = verify(rows_of(database), [anchor]).broken
    assert anew is not None
    assert (anew.row, anew.fault) == (5, "rewritten")


def test_the_anchor_follows_a_whole_chain_only(database: Database, redis_url: str) -> None:
    store = RedisAnchor(redis_url)
    assert follow(database, store) is None
    assert store.read() is None
    rows = chain(database)
    for limit in (10, 2, 2, 2):  # the first has nothing to compare with, then it moves on by pages
        assert follow(database, store, limit) is None
    rows += [database.run(audit.append(entry(number), AT)) for number in (6, 7, 8)]
    assert follow(database, store, limit=2) is None
    assert store.read() == anchor_of(rows[5], "Redis")
    for _ in range(3):
        assert follow(database, store, limit=2) is None
    assert store.read() == anchor_of(rows[7], "Redis")


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("DELETE FROM audit_log WHERE id > 3", (4, "truncated")),
        ("DELETE FROM audit_log", (1, "truncated")),
        ("DELETE FROM audit_log WHERE id = 5", (5, "removed")),
        ("UPDATE audit_log SET actor = 'eve' WHERE id = 5", (5, "changed")),
        ("UPDATE audit_log SET actor = 'eve' WHERE id = 7", (7, "changed")),
        ("DELETE FROM audit_log WHERE id = 6", (6, "removed")),
    ],
)
def test_the_anchor_does_not_move_on_over_a_forged_end(
    database: Database, redis_url: str, harm: str, found: tuple[int, str]
) -> None:
    rows = chain(database)
    store = RedisAnchor(redis_url)
    assert follow(database, store) is None
    for number in (6, 7) if "> 3" not in harm and "id" in harm else ():
        database.run(audit.append(entry(number), AT))
    tamper(database, harm)
    broken = follow(database, store)
    assert broken is not None
    assert (broken.row, broken.fault) == found
    assert store.read() == anchor_of(rows[4], "Redis")


def test_a_cut_end_that_has_grown_again_is_still_seen(database: Database, redis_url: str) -> None:
    rows = chain(database)
    store = RedisAnchor(redis_url)
    assert follow(database, store) is None
    tamper(database, "DELETE FROM audit_log WHERE id > 3")
    for number in (4, 5, 6):
        database.run(audit.append(entry(number + 100), AT))
    assert verify(rows_of(database)).whole
    broken = follow(database, store)
    assert broken is not None
    assert (broken.row, broken.fault) == (5, "rewritten")
    assert store.read() == anchor_of(rows[4], "Redis")
    head = database.run(audit.head())
    assert head is not None
    store.replace(anchor_of(head))
    assert follow(database, store) is None


@pytest.mark.parametrize("value", ["nonsense", "1:abc", "0:" + "0" * 64, b"\xff"])
def test_what_is_no_anchor_is_none(database: Database, redis_url: str, value: str | bytes) -> None:
    connections.client(redis_url).set("argosy:audit:head", value)
    (row,) = chain(database, 1)
    store = RedisAnchor(redis_url)
    assert store.read() is None
    assert follow(database, store) is None
    assert store.read() == anchor_of(row, "Redis")


def test_the_database_itself_refuses_to_change_the_past(database: Database) -> None:
    chain(database, 2)
    for statement in ("UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log", "TRUNCATE audit_log"):
        with pytest.raises(Exception, match="append"), database.engine.begin() as connection:
            connection.execute(text(statement))
    assert verify(rows_of(database)).rows == 2


def test_writers_at_once_make_one_chain(database_url: str, database: Database) -> None:
    def write(writer: int) -> None:
        own = Database(database_url, pool_size=1)
        try:
            for number in range(10):
                own.run(audit.append(entry(writer * 100 + number), AT))
        finally:
            own.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    verdict = verify(rows_of(database))
    assert (verdict.rows, verdict.broken) == (60, None)


def test_a_change_that_is_rolled_back_leaves_no_row_and_no_gap(database: Database) -> None:
    chain(database, 2)

    def failing() -> Steps[None]:
        yield from audit.append(entry(3), AT).steps()
        raise RuntimeError("the change itself failed")

    with pytest.raises(RuntimeError):
        database.run(Operation(failing))
    database.run(audit.append(entry(4), AT))
    verdict = verify(rows_of(database))
    assert (verdict.rows, verdict.broken) == (3, None)


def test_the_auditor_records_what_was_refused(database: Database) -> None:
    auditor = DatabaseAuditor(database, DrivenClock(AT))
    with auditor.around(entry(1, after={"x": 1})):
        pass
    with pytest.raises(ValueError, match="no"), auditor.around(entry(2, after={"x": 1})):
        raise ValueError("no")
    rows = database.run(audit.newest(subject="bot:b2"))
    assert [row.after for row in rows] == [{"refused": "no"}, {"x": 1}]
    assert rows[0].at == AT
