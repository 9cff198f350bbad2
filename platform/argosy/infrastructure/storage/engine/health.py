"""Facts about a Postgres server."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from argosy.infrastructure.storage.engine.operation import Steps, operation


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Version and connections of a server.

    `version` looks like "18.4". `read_only` is True for a standby.
    """

    version: str
    connections: int
    max_connections: int
    read_only: bool


@operation
def facts() -> Steps[ServerFacts]:
    row = (
        yield text(
            "SELECT current_setting('server_version') AS version, "
            "(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS connections, "
            "current_setting('max_connections')::int AS max_connections, "
            "current_setting('transaction_read_only')::boolean AS read_only"
        )
    ).one()
    return ServerFacts(row.version, row.connections, row.max_connections, row.read_only)


@operation
def now() -> Steps[datetime]:
    """Return the server's time, aware, in UTC."""
    found: datetime = (yield text("SELECT clock_timestamp()")).scalar_one()
    return found
