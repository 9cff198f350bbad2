"""Leader election by a Postgres session lock, with notifications on its connection."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import text

from argosy.errors import Unavailable
from argosy.infrastructure.storage.engine.database import libpq_url
from argosy.infrastructure.storage.engine.operation import Steps, operation

_KEY = 0x41524753  # "ARGS"
# A leader whose machine vanished (no FIN, no RST) loses the lock within about five seconds.
_SETTINGS = "-c timezone=UTC -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"


@dataclass(frozen=True, slots=True)
class Leader:
    """Leading process. `name` is "<host>:<pid>"."""

    name: str
    since: datetime


class Leadership:
    """Leader election by a lock that belongs to the connection.

    Postgres frees the lock at once when the process or the connection dies. Every method raises Unavailable if
    Postgres does not answer; leadership is lost then.
    """

    def __init__(self, url: str, *, name: str = "beat", channel: str) -> None:
        self._url = url
        self._name = name
        self._key = _number(name)
        self._channel = channel
        self._connection: psycopg.Connection[Any] | None = None
        self.leads = False

    def acquire(self, wait_s: float) -> bool:
        """Wait up to `wait_s` seconds for the lock. Return True if this process leads.

        Postgres grants the lock at the moment the leader's session ends.
        """
        if self.leads:
            return True
        try:
            connection = self._connected()
            connection.execute(sql.SQL("SET statement_timeout = {}").format(int(wait_s * 1000) or 1))
            try:
                connection.execute("SELECT pg_advisory_lock(%s, %s)", (_KEY, self._key))
            except psycopg.errors.QueryCanceled:
                return False
            connection.execute("SET statement_timeout = 5000")
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(self._channel)))
        except psycopg.Error as error:
            raise self._lost(error) from error
        self.leads = True
        return True

    def verify(self) -> None:
        """Raise Unavailable if the session is gone, and with it the lock."""
        try:
            self._connected().execute("SELECT 1")
        except psycopg.Error as error:
            raise self._lost(error) from error

    def changed(self, wait_s: float) -> bool:
        """Wait up to `wait_s` seconds for a notification on the channel.

        Returns True as soon as one arrives.
        """
        try:
            connection = self._connected()
            heard = any(True for _ in connection.notifies(timeout=max(wait_s, 0.0), stop_after=1))
            if heard:  # notifications that arrived with it count as one
                for _ in connection.notifies(timeout=0):
                    pass
        except psycopg.Error as error:
            raise self._lost(error) from error
        return heard

    def resign(self) -> None:
        """Release the lock by closing the session. Never raises."""
        self.leads = False
        if self._connection is not None:
            connection, self._connection = self._connection, None
            connection.close()

    def _connected(self) -> psycopg.Connection[Any]:
        if self._connection is None:
            if self.leads:
                raise psycopg.OperationalError("the session that held the lock is gone")
            self._connection = psycopg.connect(
                libpq_url(self._url, settings=_SETTINGS),
                autocommit=True,
                connect_timeout=5,
                application_name=f"argosy-{self._name} {socket.gethostname()}:{os.getpid()}"[:63],
                keepalives_idle=2,
                keepalives_interval=1,
                keepalives_count=3,
            )
        return self._connection

    def _lost(self, error: psycopg.Error) -> Unavailable:
        self.resign()
        return Unavailable("Postgres does not answer", found=str(error).strip().partition("\n")[0])


def _number(name: str) -> int:
    """Return the lock's second key: the first four bytes of the name as a positive int4."""
    return int.from_bytes(name.encode()[:4]) & 0x7FFFFFFF


@operation
def leader(name: str = "beat") -> Steps[Leader | None]:
    """Return the present holder of the lock, or None."""
    query = text(
        "SELECT application_name, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND classid::bigint = :first AND objid::bigint = :second "
        "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).bindparams(first=_KEY, second=_number(name))
    row = (yield query).first()
    return None if row is None else Leader(row.application_name.partition(" ")[2], row.backend_start)
