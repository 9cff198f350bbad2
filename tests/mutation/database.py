"""One database for all tests of a session, emptied before each: a copy takes a hundred times as long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from support import databases

from argosy.infrastructure.servers import EmbeddedServers

NAME = "mutants"
# A mutant that was ended half-way leaves connections with locks.
_ALONE = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_as_migrated: list[str] = []


def reuse() -> None:
    """From now on tests are given this database, one after the other."""
    databases.fresh = emptied


@contextmanager
def emptied(servers: EmbeddedServers, template: str) -> Iterator[str]:
    """What migrations leave in a table is not put back: it is but their number."""
    url = servers.postgres.database_url(NAME)
    with psycopg.connect(servers.postgres.database_url("postgres").replace("+psycopg", "")) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,)).fetchone()
    if found is None:
        databases.copy(servers, template, NAME)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            _as_migrated[:] = [row[0] for row in connection.execute(databases.RESET_SEQUENCES).fetchall()]
    else:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(_ALONE)
            connection.execute("SET session_replication_role = replica")  # the ledger's rows are not deleted
            emptying = [row[0] for row in connection.execute(databases.EMPTY_TABLES).fetchall()]
            connection.execute(";".join([*emptying, *_as_migrated]))
    yield url
