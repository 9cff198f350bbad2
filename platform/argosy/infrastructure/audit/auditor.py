"""The port Auditor on Postgres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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

    @contextmanager
    def around(self, entry: AuditEntry) -> Iterator[None]:
        """Records the entry, then lets the body make the change; a refusal is recorded too, and goes on."""
        self.record(entry)
        try:
            yield
        except Exception as error:
            self.record(refused(entry, error))
            raise


def refused(entry: AuditEntry, error: Exception) -> AuditEntry:
    """What is recorded when the change that was announced by `entry` did not happen."""
    return entry.model_copy(update={"before": entry.after, "after": {"refused": str(error)[:500]}})
