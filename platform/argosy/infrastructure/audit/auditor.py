"""The port Auditor on Postgres."""

from __future__ import annotations

from argosy.core.audit import AuditEntry
from argosy.core.clock import Clock
from argosy.infrastructure.storage import audit
from argosy.infrastructure.storage.database import Database


class DatabaseAuditor:
    """Adds rows in transactions of their own: for changes that are not made in Postgres.

    A change in Postgres takes `storage.audit.append` into its own transaction instead.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, entry: AuditEntry) -> None:
        """Raises Unavailable: a change that cannot be recorded must not be made."""
        self._database.run(audit.append(entry, self._clock.now()))
