"""A shutdown that was carried out is taken up again for what was booked after it, and for nothing before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from support.ledger import booking, fill

from argosy.core.money.ledger import entries_of
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.money import ledger
from argosy.infrastructure.storage.safety import reopen_enforcement

pytestmark = pytest.mark.integration
ENFORCED = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("after_us", "reopened"), [(-1, False), (0, False), (1, True)])
def test_a_position_that_was_left_keeps_no_shutdown_open(
    database_url: str, after_us: int, reopened: bool
) -> None:
    database = Database(database_url)
    try:
        database.run(ledger.book(entries_of(fill("1", "buy", "3", "0.4"), booking())))
        with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(
                "UPDATE ledger_entries SET booked_at = %s", (ENFORCED + timedelta(microseconds=after_us),)
            )
            connection.execute(
                "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
                "VALUES ('platform', 'SHUTDOWN', 7, 'ann', 'fire', now())"
            )
            connection.execute(
                "INSERT INTO emergency_changes (epoch, scope, before, after, actor, origin, reason, automatic, cause, "
                "at, flatten, enforced_at) VALUES (7, 'platform', 'NORMAL', 'SHUTDOWN', 'ann', 'cli', 'fire', false, "
                "'', now(), true, %s)",
                (ENFORCED,),
            )
            database.run(Operation(reopen_enforcement.reopen))
            found = connection.execute("SELECT enforced_at IS NULL FROM emergency_changes").fetchone()
        assert found == (reopened,)
    finally:
        database.close()
