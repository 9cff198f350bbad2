"""Writer of event batches, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from loguru import logger
from psycopg import errors
from sqlalchemy.dialects.postgresql.psycopg import dialect as psycopg_dialect

from argosy.core.event import Event, seq_key
from argosy.errors import Unavailable
from argosy.infrastructure.storage.engine import partitions
from argosy.infrastructure.storage.engine.codec import dumps
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.history.recording import journal, merge
from argosy.infrastructure.storage.history.recording.batch import EventBatch
from argosy.infrastructure.storage.safety import notices
from argosy.infrastructure.storage.safety.notices import Draft

_SETTINGS = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=60s"
_LOOK_BACK = timedelta(days=1)
"""Time before a node's earliest start in the batch in which its first row is searched."""

_UNFIT = (psycopg.DataError, psycopg.IntegrityError, errors.ProgramLimitExceeded)


@dataclass(frozen=True, slots=True)
class WrittenBatch:
    """Number of merged events, and how many of them were rejected as unfit."""

    events: int
    rejected: int


class HistoryWriter:
    """Writer of history over one Postgres connection, which is reopened after a loss.

    Not thread-safe. `write` is idempotent: merging the same events again, in any order, changes nothing.
    """

    def __init__(
        self,
        url: str,
        *,
        stream: str = "argosy:events",
        notice_of: Callable[[Event], Draft | None] | None = None,
        follow_journal: bool = False,
    ) -> None:
        """Prepare a writer; the connection opens at the first write.

        `notice_of` returns the message to people that an event causes; the message is posted in the transaction of
        the event's row. With `follow_journal`, rows of actions come from the gateway's journal instead of their
        events. Events of actions that the journal does not know are rejected.
        """
        self._follow_journal = follow_journal
        self._url = url
        self._notice_of = notice_of
        self._stream = stream
        self._connection: psycopg.Connection[Any] | None = None
        self._days: set[Any] = set()

    def write(self, events: Sequence[Event]) -> WrittenBatch:
        """Merge the batch and the progress in one transaction; afterwards all is durable.

        An event that fits no table goes to `recorder_rejects` and blocks nothing. Raises Unavailable if Postgres
        does not answer; then nothing of the batch is written.
        """
        if not events:
            return WrittenBatch(0, 0)
        try:
            return WrittenBatch(len(events), self._merge(events))
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise Unavailable(
                "Postgres does not take the history", found=str(error).strip().partition("\n")[0]
            ) from error

    def verify(self) -> None:
        """Open the session unless it is open. Raises Unavailable."""
        try:
            self._connected().execute("SELECT 1")
        except psycopg.Error as error:
            self.close()
            raise Unavailable(
                "Postgres does not answer", found=str(error).strip().partition("\n")[0]
            ) from error

    def close(self) -> None:
        """Close the connection; the next write opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._days.clear()

    def _merge(self, events: Sequence[Event]) -> int:
        batch = EventBatch.of(events)
        try:
            self._commit(batch, events)
        except _UNFIT as error:
            # A partition dropped meanwhile shows as a missing one: create it and go on.
            if isinstance(error, errors.CheckViolation) and self._days:
                self._days.clear()
                return self._merge(events)
            if len(events) == 1:
                batch = EventBatch()
                batch.reject(events[0], f"{type(error).__name__}: {error}")
                self._commit(batch, events)
                return 1
            middle = len(events) // 2
            return self._merge(events[:middle]) + self._merge(events[middle:])
        return len(batch.rejected)

    def _commit(self, batch: EventBatch, events: Sequence[Event]) -> None:
        connection = self._connected()
        self._make_partitions(batch)
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute(merge.ONE_WRITER)
            if batch.actions and self._follow_journal:
                _follow_journal(cursor, batch, events)
            if batch.nodes:
                self._merge_nodes(cursor, batch)
            for statement, rows in (
                (merge.RUNS, list(batch.runs.values())),
                (merge.OPPORTUNITIES, list(batch.opportunities.values())),
                (merge.ACTIONS, list(batch.actions.values())),
                (merge.METRICS, batch.metrics),
                (merge.PARAMS, batch.params),
                (merge.LOG, batch.log),
                (merge.REJECTS, batch.rejected),
            ):
                if rows:
                    _execute(cursor, statement, {"rows": dumps(rows).decode()})
            self._post_notices(cursor, events)
            newest = max((event.seq for event in events), key=seq_key)
            _execute(cursor, merge.PROGRESS, {"stream": self._stream, "seq": newest, "count": len(events)})

    def heal_actions(self) -> int:
        """Correct rows of actions that differ from the gateway's journal; return their number.

        Raises Unavailable.
        """
        try:
            connection = self._connected()
            with connection.transaction(), connection.cursor() as cursor:
                cursor.execute(merge.ONE_WRITER)
                return journal.heal(cursor)
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            self.close()
            raise Unavailable(
                "the history of actions cannot be compared", found=str(error).strip().partition("\n")[0]
            ) from error

    def _post_notices(self, cursor: psycopg.Cursor[Any], events: Sequence[Event]) -> None:
        """Post the messages of these events.

        Repeated events count once. Keys are locked in order, so that two posters cannot deadlock.
        """
        found = [notices.values_of(draft) for event in events if (draft := self._draft(event)) is not None]
        for key in sorted({values["key"] for values in found}):
            _execute(cursor, _LOCK_KEY, {"key": key})
        for values in found:
            _execute(cursor, _POST, values)

    def _draft(self, event: Event) -> Draft | None:
        if self._notice_of is None:
            return None
        try:
            return self._notice_of(event)
        except Exception as error:  # noqa: BLE001 - an odd event must not hold up the history
            logger.error("no message could be made of event {}: {}", event.seq, error)
            return None

    def _merge_nodes(self, cursor: psycopg.Cursor[Any], batch: EventBatch) -> None:
        with cursor.copy(merge.COPY_NODES) as copy:
            copy.write("\n".join(row.line for row in batch.nodes.values()) + "\n")
        first, last = batch.started
        _execute(cursor, merge.NODES, {"first": first - _LOOK_BACK, "last": last + timedelta(hours=1)})

    def _make_partitions(self, batch: EventBatch) -> None:
        missing = batch.days - self._days
        if missing:
            database = Database(self._url, pool_size=1)
            try:
                database.run(partitions.ensure(missing))
            finally:
                database.close()
            self._days |= missing

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            connection = psycopg.connect(
                libpq_url(self._url, settings=_SETTINGS),
                autocommit=True,
                connect_timeout=5,
                application_name="argosy-recorder",
                keepalives_idle=15,
                keepalives_interval=5,
                keepalives_count=3,
            )
            _execute(connection.cursor(), merge.INCOMING)
            self._connection = connection
        return self._connection


_DIALECT: Any = psycopg_dialect
_LOCK_KEY = str(notices.LOCK_KEY.compile(dialect=_DIALECT()))
_POST = str(notices.POST.compile(dialect=_DIALECT()))


def _execute(cursor: psycopg.Cursor[Any], statement: str, values: Mapping[str, Any] | None = None) -> None:
    cursor.execute(statement, values)


def _follow_journal(cursor: psycopg.Cursor[Any], batch: EventBatch, events: Sequence[Event]) -> None:
    """Replace rows of actions by the journal's rows; reject events of unknown actions."""
    known = journal.recorded_actions(cursor, batch.actions)
    unknown = batch.actions.keys() - known.keys()
    for client_id in unknown:
        del batch.actions[client_id]
    for client_id, record in known.items():
        batch.actions[client_id] |= record
    for event in events:
        if event.type == "action" and (client_id := str(event.data.get("clientId"))) in unknown:
            batch.reject(event, f"the journal has no action {client_id[:100]!r}")
