"""What was done for a change of the emergency states is counted for that change, and for none before it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
import pytest
from psycopg.types.json import Jsonb

from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.safety import flatten_progress
from argosy.infrastructure.storage.safety.flatten_progress import FlattenedPosition

pytestmark = pytest.mark.integration
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
_serial = itertools.count(1)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        for epoch, at in ((7, AT), (8, AT + HOUR)):
            connection.execute(
                "INSERT INTO emergency_changes (epoch, scope, before, after, actor, origin, reason, automatic, cause, "
                "at) VALUES (%s, 'platform', 'NORMAL', 'SHUTDOWN', 'ann', 'cli', 'fire', false, '', %s)",
                (epoch, at),
            )
        yield connection


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def noted(
    connection: psycopg.Connection,
    node: str,
    at: datetime,
    *,
    filled: str = "0",
    status: str = "filled",
    strategy: str = "s1",
    cancels: str = "",
) -> str:
    client_id = f"{next(_serial):032x}"
    connection.execute(
        "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta, "
        "reducing, reserved, status, decided_at, node_id, filled) VALUES (%s, 'paper', 'trading', 'b', %s, 'v', "
        "'place_order', 'X', %s, -1, true, 0, %s, %s, %s, %s)",
        (
            client_id,
            strategy,
            Jsonb({"parameters": {"clientId": cancels}}),
            status,
            at,
            node,
            Decimal(filled),
        ),
    )
    return client_id


def test_slices_are_counted_for_their_change(connection: psycopg.Connection, database: Database) -> None:
    """From an hour before the change on, for clocks of other machines may be behind."""
    noted(connection, "flatten.7", AT - HOUR - timedelta(microseconds=1), filled="64")
    noted(connection, "flatten.7", AT - HOUR, filled="1")
    noted(connection, "flatten.7", AT, filled="2")
    noted(connection, "flatten.7", AT + HOUR, filled="4", strategy="s2")
    noted(connection, "flatten.8", AT + HOUR, filled="8")
    noted(connection, "emergency.7", AT, filled="16")
    first, second = (FlattenedPosition("paper", "b", strategy, "v", "X") for strategy in ("s1", "s2"))
    assert database.run(flatten_progress.of(7)) == {first: 3, second: 4}
    assert database.run(flatten_progress.of(8)) == {first: 8}
    assert database.run(flatten_progress.of(9)) == {}


def test_what_became_of_the_orders_that_were_cancelled(
    connection: psycopg.Connection, database: Database
) -> None:
    orders = [
        noted(connection, "node", AT - 9 * HOUR, status=status)
        for status in ("cancelled", "filled", "open", "cancelled", "open", "open")
    ]
    askings = [
        ("emergency.7", AT - HOUR - timedelta(microseconds=1)),
        ("emergency.7", AT - HOUR),
        ("emergency.7", AT),
        ("emergency.7", AT + HOUR),
        ("emergency.8", AT + HOUR),
        ("flatten.7", AT),
    ]
    for order, (node, at) in zip(orders, askings, strict=True):
        noted(connection, node, at, cancels=order)
    assert database.run(flatten_progress.cancellations(7)) == {"filled": 1, "open": 1, "cancelled": 1}
    assert database.run(flatten_progress.cancellations(8)) == {"open": 1}
    assert database.run(flatten_progress.cancellations(9)) == {}
