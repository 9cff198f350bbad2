"""The doctor asks Postgres in every way that processes connect."""

from __future__ import annotations

import psycopg
import pytest

from argosy.cli.stack.checks.servers import postgres_server
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.leadership import Leadership
from argosy.infrastructure.storage.history.recording import HistoryWriter

pytestmark = pytest.mark.integration


def test_pools_and_sessions_are_asked(database_url: str) -> None:
    found = {check.name: check for check in postgres_server(database_url)}
    assert {check.status for check in found.values()} == {"ok"}, found
    assert {"postgres by beat", "postgres by the recorder", "migrations"} <= set(found)


def test_settings_of_the_url_reach_pools_and_sessions(database_url: str) -> None:
    url = f"{database_url}&options=-c%20work_mem%3D7MB"
    shown = "SELECT current_setting('work_mem') || ' ' || current_setting('timezone')"
    database, leadership, writer = Database(url), Leadership(url, channel="x"), HistoryWriter(url)
    try:
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql(shown).scalar() == "7MB UTC"
        for session in (leadership._connected(), writer._connected()):
            assert session.execute(shown).fetchone() == ("7MB UTC",)
    finally:
        database.close()
        leadership.resign()
        writer.close()


def test_a_read_only_database_fails(database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    found = {check.name: check for check in postgres_server(database_url)}
    assert found["postgres writes"].status == "fail"
    assert "target_session_attrs=read-write" in found["postgres writes"].remedy


def test_a_server_that_is_away_is_one_finding() -> None:
    (check,) = postgres_server("postgresql://u@127.0.0.1:1/argosy")
    assert (check.name, check.status) == ("postgres", "fail")
