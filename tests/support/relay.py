"""TCP relay in front of a server.

It can hang as a stopped server does, with every connection left open.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import parse_qs, unquote, urlsplit


class Relay:
    """Relay that forwards bytes both ways.

    While it hangs, it accepts connections and forwards nothing.
    """

    def __init__(self, address: str | tuple[str, int]) -> None:
        self._address = address
        self._flowing = threading.Event()
        self._flowing.set()
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def hang(self) -> None:
        self._flowing.clear()

    def go_on(self) -> None:
        self._flowing.set()

    def close(self) -> None:
        self._flowing.set()
        for each in (self._listener, *self._ends):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                family = socket.AF_UNIX if isinstance(self._address, str) else socket.AF_INET
                far = socket.socket(family)
                far.connect(self._address)
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    threading.Thread(target=self._forward, args=(source, target), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flowing.wait()
                target.sendall(data)
        for each in (source, target):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay(address: str | tuple[str, int]) -> Iterator[Relay]:
    """Yield a relay in front of a host and port, or of the path of a Unix socket."""
    made = Relay(address)
    try:
        yield made
    finally:
        made.close()


@contextmanager
def postgres_relay(url: str) -> Iterator[tuple[Relay, str]]:
    """Yield a relay in front of the server of `url`, and the URL that leads through it.

    The server listens on a Unix socket.
    """
    parts = urlsplit(url)
    folder = parse_qs(parts.query)["host"][0]
    with relay(f"{folder}/.s.PGSQL.5432") as made:
        yield made, f"postgresql://{parts.username}@127.0.0.1:{made.port}{parts.path}"


@contextmanager
def redis_relay(url: str) -> Iterator[tuple[Relay, str]]:
    """Yield a relay in front of the Redis of `url`, and the URL that leads through it."""
    parts = urlsplit(url)
    password = "" if parts.password is None else f":{parts.password}@"
    local = parts.scheme == "unix"
    number = parse_qs(parts.query)["db"][0] if local else parts.path.strip("/")
    address = unquote(parts.path) if local else (str(parts.hostname), parts.port or 6379)
    with relay(address) as made:
        yield made, f"redis://{password}127.0.0.1:{made.port}/{number}"
