"""Flower's server: checked host names, limits on slow clients, and the stack's own socket."""

from __future__ import annotations

from typing import Any

import flower.command
from flower.app import Flower
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.iostream import IOStream
from tornado.netutil import bind_sockets
from tornado.web import RequestHandler

from argosy.infrastructure.config import Settings
from argosy.infrastructure.serving.listeners import inherited_socket
from argosy.infrastructure.serving.origin import OriginRules

CLIENT_S = 15
"""Seconds for all headers, between two requests, and for a whole body."""
MOST_CONNECTIONS = 256
_MOST_BODY = 1_000_000


class _Bounded(HTTPServer):
    """Server that closes a new connection at once while `MOST_CONNECTIONS` are open."""

    _open = 0

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        if self._open >= MOST_CONNECTIONS:
            stream.close()
            return
        self._open += 1
        super().handle_stream(stream, address)

    def on_close(self, server_conn: object) -> None:
        self._open -= 1
        super().on_close(server_conn)


class _Refused(RequestHandler):
    """Handler that answers every method with 403."""

    def initialize(self, reason: str) -> None:
        self._why = reason

    def prepare(self) -> None:
        self.set_status(403)
        self.finish(self._why + "\n")


def guard(settings: Settings) -> None:
    """Make Flower's command start a server with these checks and limits."""
    rules = OriginRules(settings.dashboard.allowed_hosts, setting="dashboard.allowed_hosts")

    class Guarded(Flower):  # type: ignore[misc]  # Flower ships no types
        def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
            headers = {name.lower(): value for name, value in reversed(list(request.headers.get_all()))}
            socket = headers.get("upgrade", "").lower() == "websocket"
            refusal = rules.refusal(None if socket else request.method, headers)
            if refusal is not None:
                return self.get_handler_delegate(request, _Refused, {"reason": str(refusal)})
            return super().find_handler(request, **kwargs)

        def start_http_server(self) -> int | None:
            if self.options.unix_socket:
                found: int | None = super().start_http_server()
                return found
            own = inherited_socket()
            sockets = (
                [own] if own is not None else bind_sockets(self.options.port, address=self.options.address)
            )
            server = _Bounded(
                self,
                ssl_options=self.ssl_options,
                xheaders=self.options.xheaders,
                idle_connection_timeout=CLIENT_S,
                body_timeout=CLIENT_S,
                max_body_size=_MOST_BODY,
            )
            server.add_sockets(sockets)
            return int(sockets[0].getsockname()[1])

    flower.command.Flower = Guarded
