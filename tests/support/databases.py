"""Databases for tests: copies of a migrated one, emptied and used again where that is safe."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from argosy.infrastructure.servers import EmbeddedServers

_serial = itertools.count(1)

# What a statement that changes the schema, a right or a setting leaves behind in the catalogue.
_SCHEMA = " UNION ALL ".join(
    f"SELECT '{catalogue}', count(*), max(xmin::text::bigint) FROM {catalogue}"
    for catalogue in [
        "pg_attrdef",
        "pg_attribute",
        "pg_class",
        "pg_constraint",
        "pg_db_role_setting",
        "pg_default_acl",
        "pg_index",
        "pg_namespace",
        "pg_policy",
        "pg_proc",
        "pg_publication",
        "pg_rewrite",
        "pg_trigger",
        "pg_type",
        "public.alembic_version",
    ]
)
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
EMPTY_TABLES = """
    SELECT format('DELETE FROM %s', oid::regclass) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
        AND relname <> 'alembic_version'
"""
RESET_SEQUENCES = """
    SELECT format('SELECT setval(%L, %s, %L)', sequencename, coalesce(last_value, start_value), last_value IS NOT NULL)
    FROM pg_sequences
"""


@dataclass(slots=True)
class Copy:
    """Copy of the template: its name, the statements that empty it, and its catalogue as migrated."""

    name: str
    empty: str = ""
    schema: list[Any] = field(default_factory=list)


_free: list[Copy] = []


def copy(servers: EmbeddedServers, template: str, name: str) -> str:
    """Create a copy of the template, and return its URL.

    The template's files are copied. The default strategy also writes them to the log, at ten times the
    processor time.
    """
    execute(servers, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return servers.postgres.database_url(name)


@contextmanager
def fresh(servers: EmbeddedServers, template: str) -> Iterator[str]:
    """Yield the URL of an empty migrated database.

    Afterwards it is emptied for the next test, unless its schema was changed or somebody is still connected: then
    it is dropped. Emptying costs a twentieth of a copy.
    """
    found = _free.pop() if _free else _made(servers, template)
    yield servers.postgres.database_url(found.name)
    if _is_emptied(servers, found):
        _free.append(found)
    else:
        execute(servers, f'DROP DATABASE IF EXISTS "{found.name}" WITH (FORCE)')


def _made(servers: EmbeddedServers, template: str) -> Copy:
    made = Copy(f"test_{next(_serial)}")
    copy(servers, template, made.name)
    with _connected(servers, made.name) as connection:
        rows = [
            row[0] for sql in (EMPTY_TABLES, RESET_SEQUENCES) for row in connection.execute(sql).fetchall()
        ]
        made.empty = ";".join(rows)
        made.schema = connection.execute(_SCHEMA).fetchall()
    return made


def _is_emptied(servers: EmbeddedServers, used: Copy) -> bool:
    try:
        with _connected(servers, used.name) as connection:
            others = connection.execute(_OTHERS).fetchone()
            if others != (0,) or connection.execute(_SCHEMA).fetchall() != used.schema:
                return False
            connection.execute("SET session_replication_role = replica")  # the ledger refuses to delete
            connection.execute(used.empty)
    except psycopg.Error:
        return False
    return True


def execute(servers: EmbeddedServers, statement: str) -> None:
    """Run a statement in the maintenance database, outside a transaction."""
    with _connected(servers, "postgres") as connection:
        connection.execute(statement)


def _connected(servers: EmbeddedServers, name: str) -> psycopg.Connection[Any]:
    url = servers.postgres.database_url(name).replace("+psycopg", "")
    return psycopg.connect(url, autocommit=True)
