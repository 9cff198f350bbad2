"""Databases for tests: copies of one that is migrated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from argosy.infrastructure.servers import EmbeddedServers


def copy(servers: EmbeddedServers, template: str, name: str) -> str:
    """Makes the database and returns its URL.

    Its files are copied: the default writes all of them into the log as well, at ten times the processor time.
    """
    execute(servers, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
    return servers.postgres.database_url(name)


@contextmanager
def fresh(servers: EmbeddedServers, template: str, name: str) -> Iterator[str]:
    """The URL of a copy that is dropped afterwards."""
    yield copy(servers, template, name)
    execute(servers, f'DROP DATABASE "{name}" WITH (FORCE)')


def execute(servers: EmbeddedServers, statement: str) -> None:
    """In the maintenance database, outside of a transaction."""
    url = servers.postgres.database_url("postgres").replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)
