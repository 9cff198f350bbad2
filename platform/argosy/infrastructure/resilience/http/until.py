"""Keep one deadline for a whole HTTP call: name resolution, connection, headers and body.

HTTPX limits each single read, so a server that sends single bytes can stretch a call without end. HTTPCore
hands the limit of an operation unchanged to the connection. So the limit itself carries the deadline there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, Protocol

import httpcore
import httpx

_PIECE = 16_384


class Countdown(Protocol):
    """A deadline with its seconds left."""

    def remaining(self) -> float: ...


class Until(float):
    """Seconds for one operation on a connection, cut short by the deadline of the call."""

    deadline: Countdown

    def __new__(cls, seconds: float, deadline: Countdown) -> Until:
        made = super().__new__(cls, seconds)
        made.deadline = deadline
        return made


def timeouts(deadline: Countdown, *, connect_s: float, read_s: float) -> dict[str, Any]:
    """Return the request extension `timeout` for a client that went through `bound`."""
    connect, other = Until(connect_s, deadline), Until(read_s, deadline)
    return {"connect": connect, "pool": min(connect_s, deadline.remaining()), "read": other, "write": other}


def bound(client: httpx.Client) -> httpx.Client:
    """Make every connection of the client, proxies included, keep the deadlines of its calls."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = transport._pool  # HTTPX has no parameter for HTTPCore's `network_backend`
            pool._network_backend = _Backend(pool._network_backend)
    return client


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    if not isinstance(timeout, Until):
        return timeout
    left = min(float(timeout), timeout.deadline.remaining())
    if left <= 0:
        raise late("the deadline of the call has passed")
    return left


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend) -> None:
        self._inner = inner

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        if left is None:
            return _DeadlineStream(self._inner.connect_tcp(host, port, None, local_address, socket_options))
        # The resolver has no time limit, and each address of a name gets the whole time.
        attempt = _Attempt(lambda: self._inner.connect_tcp(host, port, left, local_address, socket_options))
        return _DeadlineStream(attempt.result(left))

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.connect_unix_socket(path, left, socket_options))

    def sleep(self, seconds: float) -> None:
        self._inner.sleep(seconds)


class _Attempt:
    """A connection being made in a thread that may be abandoned; a late stream is closed."""

    def __init__(self, connect: Any) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._stream: httpcore.NetworkStream | None = None
        self._error: Exception | None = None
        self._abandoned = False
        threading.Thread(target=self._run, name="connect", daemon=True).start()

    def result(self, timeout_s: float) -> httpcore.NetworkStream:
        self._done.wait(timeout_s)
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._stream is not None:
                return self._stream
            self._abandoned = True
        raise httpcore.ConnectTimeout("no connection in time")

    def _run(self) -> None:
        try:
            stream = self._connect()
        except Exception as error:  # noqa: BLE001 - raised by `result`
            self._error = error
        else:
            with self._lock:
                if not self._abandoned:
                    self._stream = stream
            if self._stream is None:
                stream.close()
        self._done.set()


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            piece = buffer[start : start + _PIECE]
            self._inner.write(piece, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
