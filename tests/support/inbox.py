"""Local HTTP receiver of messages, with scripted answers and a record of messages."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Inbox:
    """Messages and requests of one receiver.

    `answers` are used in order: a status, or "drop" to close the connection without an answer. Then every
    answer is 200. `asked` counts requests. `taken` has the messages answered with 200. Answers wait while
    `gate` is closed.
    """

    url: str = ""
    answers: list[int | str] = field(default_factory=list)
    asked: int = 0
    taken: list[dict[str, Any]] = field(default_factory=list)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    gate: threading.Event = field(default_factory=threading.Event)

    @property
    def titles(self) -> list[str]:
        return [message["title"].removeprefix("[Argosy] ") for message in self.taken]

    @property
    def bodies(self) -> list[str]:
        return [message["message"] for message in self.taken]


@contextmanager
def inbox(*answers: int | str) -> Iterator[Inbox]:
    """Serve a receiver with the given answers.

    With `inbox(500, "drop")` the first message is refused, the second connection dropped, and all others are
    accepted.
    """
    box = Inbox(answers=list(answers))
    box.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            box.asked += 1
            answer = box.answers.pop(0) if box.answers else 200
            if answer == 200:
                box.taken.append(json.loads(body))
            box.arrived.release()
            box.gate.wait(30)
            if answer == "drop":
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(int(answer))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    box.url = f"json://argosy:very-secret-password@127.0.0.1:{server.server_address[1]}/hook"
    try:
        yield box
    finally:
        box.gate.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def refused_url() -> str:
    """Return the URL of a receiver that does not exist."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    port = server.server_address[1]
    server.server_close()
    return f"json://127.0.0.1:{port}/"
