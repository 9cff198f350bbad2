"""Which bots keep a scope from leaving HALT, and which of them have to be compared for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from support.ledger import a_bot, entry

from argosy.core.money.ledger import EntryKind
from argosy.core.safety.emergency import emergency_scope
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.money import ledger
from argosy.infrastructure.storage.safety import reconciliation_state

pytestmark = pytest.mark.integration
SINCE = datetime(2026, 3, 1, 12, tzinfo=UTC)
BEFORE, AFTER = SINCE - timedelta(microseconds=1), SINCE + timedelta(microseconds=1)
NOT_SINCE = "not reconciled since 2026-03-01 12:00:00 UTC"
Account = tuple[datetime | None, bool, str | None]


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """With the bots a, b (trading) and c (compute); b has acted and was found clean."""
    database = Database(database_url)
    for name in ("a", "b", "c"):
        a_bot(database, name)
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE bots SET domain = 'compute' WHERE id = 'c'")
    acts(database, "b")
    account(database, "b", (AFTER, True, None))
    yield database
    database.close()


def acts(database: Database, bot: str) -> None:
    database.run(ledger.book([entry(EntryKind.INCOME, "1", bot_id=bot)]))


def account(database: Database, bot: str, values: Account) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean, blocked) VALUES (%s, %s, %s, %s)",
            (bot, *values),
        )


def state(database: Database, scope: str, name: str) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) VALUES (%s, %s, 1, 't', 't', now())",
            (scope, name),
        )


@pytest.mark.parametrize(
    ("acted", "values", "why"),
    [
        (False, None, None),
        (False, (None, False, None), None),
        (False, (BEFORE, True, None), None),
        (False, (AFTER, False, None), None),
        (False, (AFTER, True, "unknown"), "unknown"),
        (True, None, NOT_SINCE),
        (True, (None, False, None), NOT_SINCE),
        (True, (BEFORE, True, None), NOT_SINCE),
        (True, (SINCE, True, None), None),
        (True, (AFTER, True, None), None),
        (True, (AFTER, False, None), "its newest reconciliation was not clean"),
        (True, (AFTER, True, "unknown"), "unknown"),
    ],
)
def test_what_keeps_a_bot_from_acting_again(
    database: Database, acted: bool, values: Account | None, why: str | None
) -> None:
    if acted:
        acts(database, "a")
    if values is not None:
        account(database, "a", values)
    assert unreconciled(database, SINCE, AFTER) == ({} if why is None else {"a": why})


def unreconciled(database: Database, since: datetime, now: datetime) -> dict[str, str]:
    return database.run(
        Operation(lambda: reconciliation_state.unreconciled_bots(emergency_scope("platform"), since, now))
    )


def compared(database: Database, at: datetime) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE capital_accounts SET reconciled_at = %s", (at,))


def test_a_stop_dated_by_a_clock_that_was_ahead_can_be_left(database: Database) -> None:
    """Nor does a comparison that was dated so prove anything."""
    acts(database, "a")
    now, tomorrow = AFTER, AFTER + timedelta(days=1)
    account(database, "a", (now - timedelta(seconds=2), True, None))
    assert "a" not in unreconciled(database, tomorrow, now)
    compared(database, now - timedelta(hours=1))
    assert "a" in unreconciled(database, tomorrow, now)
    compared(database, tomorrow)
    assert "a" in unreconciled(database, SINCE, now)


def test_those_are_compared_that_acted_and_nothing_else_stops(database: Database) -> None:
    def to_compare(scope: str) -> list[str]:
        return database.run(reconciliation_state.to_compare(emergency_scope(scope)))

    assert to_compare("platform") == ["b"]
    for bot in ("a", "c"):
        acts(database, bot)
    assert to_compare("platform") == ["a", "b", "c"]
    assert to_compare("domain:trading") == ["a", "b"]
    assert to_compare("domain:compute") == ["c"]
    assert to_compare("bot:b") == ["b"]
    assert to_compare("strategy:b/s") == ["b"]
    state(database, "bot:a", "ALERT")
    state(database, "bot:b", "HALT")
    state(database, "domain:compute", "SHUTDOWN")
    assert to_compare("platform") == ["a"]
    assert to_compare("domain:compute") == ["c"]
    assert to_compare("bot:b") == ["b"]
    assert to_compare("strategy:b/s") == []
