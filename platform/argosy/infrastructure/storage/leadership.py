"""One leader among many processes, by a Postgres session lock, and news of changes on the same connection."""

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
from argosy.infrastructure.storage.database import libpq_url
from argosy.infrastructure.storage.operation import Steps, operation

_KEY = 0x41524753  # "ARGS"
# A leader whose machine vanished (no FIN, no RST) loses the lock within about five seconds.
_SETTINGS = "-c timezone=UTC -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3"


@dataclass(frozen=True, slots=True)
class Leader:
    """`name` is "<host>:<pid>" of the leading process."""

    name: str
    since: datetime


class Leadership:
    """The lock is held by the connection: when the process or the connection dies, Postgres frees it at once.

    Every method raises Unavailable when Postgres is not there; leadership is lost then.
    """

    def __init__(self, url: str, *, name: str = "beat", channel: str) -> None:
        self._url = url
        self._name = name
        self._key = _number(name)
        self._channel = channel
        self._connection: psycopg.Connection[Any] | None = None
        self.leads = False

    def acquire(self, wait_s: float) -> bool:
        """Waits up to `wait_s` for the lock: it is granted at the moment the leader's session ends."""
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
        """Returns if the session, and with it the lock, is alive. Raises Unavailable if not."""
        try:
            self._connected().execute("SELECT 1")
        except psycopg.Error as error:
            raise self._lost(error) from error

    def changed(self, wait_s: float) -> bool:
        """Waits up to `wait_s` for a notification on the channel; True as soon as one comes."""
        try:
            connection = self._connected()
            heard = any(True for _ in connection.notifies(timeout=max(wait_s, 0.0), stop_after=1))
            if heard:  # those that came with it are the same news
                for _ in connection.notifies(timeout=0):
                    pass
        except psycopg.Error as error:
            raise self._lost(error) from error
        return heard

    def resign(self) -> None:
        """Gives up the lock by closing the session. Never raises."""
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
    """The lock's second key: the name's first four letters, as a positive int4."""
    return int.from_bytes(name.encode()[:4]) & 0x7FFFFFFF


@operation
def leader(name: str = "beat") -> Steps[Leader | None]:
    """Who holds the lock now; None when nobody does."""
    query = text(
        "SELECT application_name, backend_start FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND granted AND classid::bigint = :first AND objid::bigint = :second "
        "AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).bindparams(first=_KEY, second=_number(name))
    row = (yield query).first()
    return None if row is None else Leader(row.application_name.partition(" ")[2], row.backend_start)
