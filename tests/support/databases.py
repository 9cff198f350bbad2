"""Databases for tests: copies of a migrated one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from argosy.infrastructure.servers import EmbeddedServers


def copy(servers: EmbeddedServers, template: str, name: str) -> str:
    """Create a copy of the template, and return its URL.

    The template's files are copied. The default strategy also writes them to the log, at ten times the
    processor time.
    """
    execute(servers, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return servers.postgres.database_url(name)


@contextmanager
def fresh(servers: EmbeddedServers, template: str, name: str) -> Iterator[str]:
    """Yield the URL of a copy that is dropped afterwards."""
    yield copy(servers, template, name)
    execute(servers, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(servers: EmbeddedServers, statement: str) -> None:
    """Run a statement in the maintenance database, outside a transaction."""
    url = servers.postgres.database_url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
