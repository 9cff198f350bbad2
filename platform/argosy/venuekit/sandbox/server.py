"""Servers of the sandbox: a process of its own, or a thread for tests and notebooks."""

from __future__ import annotations

import logging
import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from argosy.errors import InvalidInput, Unavailable
from argosy.infrastructure.serving.connections import BACKLOG, bounds_for, raise_descriptor_limit
from argosy.infrastructure.serving.protocol import bounded_protocol
from argosy.venuekit.sandbox.app import application
from argosy.venuekit.sandbox.host import SandboxHost

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_START_S = 10.0


class _BrokenOff(logging.Filter):
    """Filter that hides connections dropped on purpose from the error log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return "without completing response" not in record.getMessage()


def server_of(sandbox: SandboxHost, host: str, port: int) -> uvicorn.Server:
    """Return a server of `sandbox` on a loopback address.

    Raises InvalidInput for an address that other machines could reach: the sandbox has no real
    authentication.
    """
    if host not in LOOPBACK:
        raise InvalidInput(
            "the sandbox serves this machine only", expected=", ".join(sorted(LOOPBACK)), found=host
        )
    logging.getLogger("uvicorn.error").addFilter(_BrokenOff())
    config = uvicorn.Config(
        application(sandbox),
        host=host,
        port=port,
        log_config=None,
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=3,
        ws="websockets-sansio",
        http=bounded_protocol(bounds_for(raise_descriptor_limit())),
        backlog=BACKLOG,
    )
    return uvicorn.Server(config)


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes a free one.

    Raises Unavailable when the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
        found.listen(256)  # connections made now are served as soon as the server runs
    except OSError as error:
        found.close()
        raise Unavailable(
            f"the sandbox cannot listen on {host}:{port}",
            expected="a free port",
            found=error.strerror or str(error),
            remedy="choose another with --port, or stop what uses it",
        ) from None
    return found


def warm_up(sandbox: SandboxHost) -> threading.Thread:
    """Import libraries that only some requests need, in the background.

    The first of these requests then does not wait for the imports.
    """
    thread = threading.Thread(target=sandbox.warm_up, name="sandbox-warm-up", daemon=True)
    thread.start()
    return thread


class HostThread:
    """Context manager that serves a sandbox in a thread, by default on a free port.

    Use as `with HostThread(host) as served:`. `served.url` is the base address.
    """

    def __init__(self, sandbox: SandboxHost, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self._sandbox = sandbox
        self._host = host
        self._server = server_of(sandbox, host, port)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://{self._host}:{port}"

    def __enter__(self) -> Self:
        started = self._server.startup

        async def announced(sockets: object = None) -> None:
            await started()
            self._ready.set()

        self._server.startup = announced  # type: ignore[method-assign]
        self._thread.start()
        if not self._ready.wait(_START_S) or not self._server.started:
            raise Unavailable("the sandbox did not start", remedy="see its log; is the port taken?")
        warm_up(self._sandbox)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(_START_S)

    def _run(self) -> None:
        try:
            self._server.run()
        finally:
            self._ready.set()
