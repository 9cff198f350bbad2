"""The audit chain on a real Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from argosy.core.audit import GENESIS, Actor, AuditEntry, hash_of
from argosy.infrastructure.logging.redact import MASK, register_secret
from argosy.infrastructure.storage import audit
from argosy.infrastructure.storage.database import Database

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
