"""Plain HTTP server on loopback whose answers a test sets, and real sockets that misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Route = Callable[[dict[str, str]], Any]


class Answers:
    """Answers of the server.

    `routes` maps a path to the function that returns its JSON. `raw`, when set, answers every request
    instead.
    """

    def __init__(self) -> None:
        self.routes: dict[str, Route] = {}
        self.raw: Callable[[BaseHTTPRequestHandler], None] | None = None
        self.seen: list[str] = []
        self.date: str | None = None
        self.connections = 0
        self.url = ""


@contextmanager
def serving(answers: Answers) -> Iterator[Answers]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            answers.connections += 1
            super().setup()

        def do_GET(self) -> None:
            where = urlsplit(self.path)
            answers.seen.append(where.path)
            if answers.raw is not None:
                answers.raw(self)
                return
            route = answers.routes.get(where.path)
            body = route(dict(parse_qsl(where.query))) if route else {"error": "not found"}
            text = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(200 if route else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_DELETE = do_GET

        def date_time_string(self, timestamp: float | None = None) -> str:
            return answers.date or super().date_time_string(timestamp)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    answers.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield answers
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
