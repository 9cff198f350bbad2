"""Audit changes that are made outside PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from argosy.core.clock import Clock
from argosy.core.safety.audit import AuditEntry
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import audit


class DatabaseAuditor:
    """Auditor of changes outside PostgreSQL; each row is a transaction of its own.

    A change in PostgreSQL runs `storage.audit.append` in its own transaction instead.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def record(self, entry: AuditEntry) -> None:
        """Add a row. Raises Unavailable: a change without a row must not be made."""
        self._database.run(audit.append(entry, self._clock.now()))

    @contextmanager
    def around(self, entry: AuditEntry) -> Iterator[None]:
        """Add the row, then let the body make the change.

        A refusal by the body adds another row, and is raised again.
        """
        self.record(entry)
        try:
            yield
        except Exception as error:
            self.record(refused_entry(entry, error))
            raise


def refused_entry(entry: AuditEntry, error: Exception) -> AuditEntry:
    """Return the row for a change that `entry` announced and that did not happen."""
    return entry.model_copy(update={"before": entry.after, "after": {"refused": str(error)[:500]}})
