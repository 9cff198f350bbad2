"""Both embedded servers under one data folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from argosy.errors import Conflict
from argosy.infrastructure.private import private_folder
from argosy.infrastructure.servers.endpoints import Endpoints
from argosy.infrastructure.servers.postgres import PostgresServer
from argosy.infrastructure.servers.valkey import ValkeyServer


class EmbeddedServers:
    """Valkey and PostgreSQL as children of this process.

    Data are in `home/data` (see `rootless`), logs in `home/logs`. `durable=False` is for tests: it trades safety
    for speed and opens Valkey to every local user. One process owns a home at a time. `claim` takes its lock; the
    operating system frees the lock however the owner ends.
    """

    def __init__(self, home: Path, *, durable: bool = True, redis_port: int = 0) -> None:
        self.home = home.resolve()
        self.valkey = ValkeyServer(
            self.home / "data" / "valkey",
            self.home / "logs" / "valkey.log",
            port=redis_port,
            durable=durable,
            unguarded=not durable,
        )
        self.postgres = PostgresServer(
            self.home / "data" / "postgres" / "18",
            self.home / "logs" / "postgres.log",
            durable=durable,
            home=self.home,
        )
        self._lock: int | None = None

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints(redis_url=self.valkey.url, database_url=self.postgres.url)

    def claim(self) -> None:
        """Take ownership of the home's data folder.

        Raises `Conflict` if another living process owns it.
        """
        if self._lock is not None:
            return
        path = self.home / "run" / "servers.lock"
        private_folder(path.parent)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            owner = os.read(handle, 32).decode(errors="replace").strip()
            os.close(handle)
            raise Conflict(
                "the servers of this data folder belong to another process",
                expected=f"{self.home} not in use",
                found=f"in use by process {owner or 'unknown'}",
                remedy="run `argosy down` first, or set ARGOSY_HOME to another folder",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._lock = handle

    def release(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def start(self) -> Endpoints:
        """Start servers that are not running and wait until both answer.

        Raises `Unavailable` or `Conflict`.
        """
        self.claim()
        try:
            self.valkey.start()
            self.postgres.start()
        except BaseException:
            self.stop()
            raise
        return self.endpoints

    def stop(self) -> None:
        """Stop both in order. Safe to call if they do not run."""
        try:
            self.postgres.stop()
            self.valkey.stop()
        finally:
            self.release()

    def end_leftovers(self) -> None:
        """End servers on this home's data whose owner was killed.

        Raises `Conflict` if the owner lives.
        """
        self.claim()
        try:
            self.postgres.end_leftovers()
            self.valkey.end_leftovers()
        finally:
            self.release()

    def __enter__(self) -> EmbeddedServers:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
