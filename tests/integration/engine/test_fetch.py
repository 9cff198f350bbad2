"""The fetcher of nodes against a real server: what it lets through, and what it says of the rest."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from argosy.errors import ArgosyError, BadReply, Forbidden, VenueError, VenueTimeout, VenueUnavailable
from argosy.infrastructure.fetch import AllowListFetcher

pytestmark = pytest.mark.integration

END = threading.Event()
REPLIES = {
    "/good": (200, b'{"price": "1.5"}'),
    "/text": (200, b"<html>"),
    "/large": (200, b'"' + b"x" * 2_100_000 + b'"'),
    "/moved": (302, b""),
    "/missing": (404, b"{}"),
    "/busy": (429, b"{}"),
    "/broken": (503, b"{}"),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/slow":
            END.wait(10)
            return
        status, body = REPLIES[path] if path != "/echo" else (200, f'"{query}"'.encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    END.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    END.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetcher() -> AllowListFetcher:
    return AllowListFetcher(["127.0.0.1"], timeout_s=5, user_agent="argosy-test")


def test_json_of_an_allowed_host_comes_back(fetcher: AllowListFetcher, url: str) -> None:
    assert fetcher.get_json(f"{url}/good") == {"price": "1.5"}
    assert fetcher.get_json(f"{url}/echo", params={"a": "1 2"}) in ("a=1+2", "a=1%202")


@pytest.mark.parametrize(
    "asked",
    ["http://example.org/x", "http://127.0.0.1.example.org/", "file:///etc/passwd", "nonsense", "http://"],
)
def test_nothing_else_is_asked(fetcher: AllowListFetcher, asked: str) -> None:
    with pytest.raises(Forbidden):
        fetcher.get_json(asked)


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/text", BadReply),
        ("/large", BadReply),
        ("/moved", VenueError),
        ("/missing", VenueError),
        ("/busy", VenueUnavailable),
        ("/broken", VenueUnavailable),
    ],
)
def test_what_is_no_answer_is_an_error_of_its_kind(
    fetcher: AllowListFetcher, url: str, path: str, error: type[ArgosyError]
) -> None:
    with pytest.raises(error) as caught:
        fetcher.get_json(url + path)
    assert type(caught.value) is error


def test_a_slow_and_an_absent_server_are_told_apart(fetcher: AllowListFetcher, url: str) -> None:
    with pytest.raises(VenueTimeout):
        fetcher.get_json(f"{url}/slow", timeout_s=0.2)
    with pytest.raises(VenueUnavailable) as caught:
        fetcher.get_json("http://127.0.0.1:1/")
    assert not isinstance(caught.value, VenueTimeout)
