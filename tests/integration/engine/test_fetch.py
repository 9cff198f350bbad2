"""The fetcher of nodes against a real server: what it lets through, and what it says of the rest."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from argosy.core.clock import SystemClock
from argosy.errors import (
    ArgosyError,
    BadReply,
    Forbidden,
    InvalidInput,
    VenueError,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.graph.formula import evaluate
from argosy.graph.nodes.values import Value
from argosy.infrastructure.fetch import AllowListFetcher
from argosy.infrastructure.resilience.http.client import HttpClient, Timeouts
from argosy.infrastructure.resilience.retry import CallRetryPolicy

pytestmark = pytest.mark.integration

END = threading.Event()
REPLIES = {
    "/good": (200, b'{"price": "1.5"}'),
    "/text": (200, b"<html>"),
    "/exact": (
        200,
        b'{"price": 0.1234567890123456789, "size": 1e-9, "count": 3, "id": 9007199254740993,'
        b' "token": 71321045679252212594626385532706912750332728571942532289631379312455583992563}',
    ),
    "/huge": (200, b'{"price": 1e400}'),
    "/large": (200, b'"' + b"x" * 2_100_000 + b'"'),
    "/moved": (302, b""),
    "/missing": (404, b"{}"),
    "/busy": (429, b"{}"),
    "/broken": (503, b"{}"),
}


_JSON = b'{"price": "1.5"}'
_RAW = zlib.compressobj(wbits=-zlib.MAX_WBITS)
PACKED = {
    "/gzip": ("gzip", gzip.compress(_JSON)),
    "/deflate": ("deflate", zlib.compress(_JSON)),
    "/deflate-raw": ("deflate", _RAW.compress(_JSON) + _RAW.flush()),
    "/bomb": ("gzip", gzip.compress(b" " * 300_000_000)),
    "/cut": ("gzip", gzip.compress(_JSON)[:-9]),
    "/no-gzip": ("gzip", _JSON),
    "/brotli": ("br", _JSON),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/slow":
            END.wait(10)
            return
        if path in ("/dripping-headers", "/dripping-body"):
            self._drip(path)
            return
        if path in PACKED:
            encoding, packed = PACKED[path]
            self.send_response(200)
            self.send_header("Content-Encoding", encoding)
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)
            return
        status, body = REPLIES[path] if path != "/echo" else (200, f'"{query}"'.encode())
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 302:
            self.send_header("Location", "/good")
        self.end_headers()
        self.wfile.write(body)

    def _drip(self, path: str) -> None:
        """One byte every 50 ms, for 20 s."""
        start = b"HTTP/1.1 200 OK\r\nX-Long: " if "headers" in path else b"HTTP/1.1 200 OK\r\n\r\n"
        try:
            self.wfile.write(start)
            for _ in range(400):
                self.wfile.write(b" ")
                if END.wait(0.05):
                    return
        except OSError:
            return

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


def test_numbers_keep_all_their_digits(fetcher: AllowListFetcher, url: str) -> None:
    read = fetcher.get_json(f"{url}/exact")
    assert read == {
        "price": Decimal("0.1234567890123456789"),
        "size": Decimal("1e-9"),
        "count": 3,
        "id": "9007199254740993",
        "token": "71321045679252212594626385532706912750332728571942532289631379312455583992563",
    }
    carried = json.loads(Value(value=read).model_dump_json())["value"]
    assert carried == {**read, "price": "0.1234567890123456789", "size": "1E-9"}
    assert evaluate("value['price'] * 10", {"value": carried}) == Decimal("1.234567890123456789")
    with pytest.raises(BadReply, match="out of range"):
        fetcher.get_json(f"{url}/huge")


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


@pytest.mark.parametrize("path", ["/gzip", "/deflate", "/deflate-raw"])
def test_packed_answers_are_unpacked(fetcher: AllowListFetcher, url: str, path: str) -> None:
    assert fetcher.get_json(url + path) == {"price": "1.5"}


@pytest.mark.parametrize("path", ["/bomb", "/cut", "/no-gzip", "/brotli"])
def test_answers_that_cannot_be_unpacked_within_the_limit_are_bad_replies(
    fetcher: AllowListFetcher, url: str, path: str
) -> None:
    with pytest.raises(BadReply):
        fetcher.get_json(url + path)


@pytest.mark.parametrize("path", ["/dripping-headers", "/dripping-body"])
def test_the_time_limit_is_for_the_whole_call(fetcher: AllowListFetcher, url: str, path: str) -> None:
    fetcher.get_json(f"{url}/good")  # the client is made
    began = time.monotonic()
    with pytest.raises(VenueTimeout):
        fetcher.get_json(url + path, timeout_s=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", ["/dripping-headers", "/dripping-body"])
def test_the_time_limit_of_venue_clients_is_for_the_whole_call_too(url: str, path: str) -> None:
    client = HttpClient(
        url,
        name="venue",
        clock=SystemClock(),
        timeouts=Timeouts(read_s=5, total_s=2),  # in which a busy machine answers the first call
        retry=CallRetryPolicy(attempts=1),
    )
    assert client.get("/good") == {"price": "1.5"}
    began = time.monotonic()
    with pytest.raises(VenueTimeout):
        client.get(path)
    assert time.monotonic() - began < 10


def test_a_resolver_that_hangs_ends_at_the_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo
    found = threading.Event()

    def hanging(host: str, *rest: object, **more: object) -> object:
        found.wait(20)
        return resolve("127.0.0.1", *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    fetcher = AllowListFetcher(["slow.example.org"], timeout_s=0.5, user_agent="argosy-test")
    began = time.monotonic()
    try:
        with pytest.raises(VenueTimeout):
            fetcher.get_json("http://slow.example.org:1/")
        assert time.monotonic() - began < 10
    finally:
        found.set()


@pytest.mark.parametrize(
    "odd",
    [
        "http://x.example.org:abc/",
        "http://x.example.org:99999/",
        "http://x.example.org:0/",
        "http://.example.org/",
        "http://a..example.org/",
        "http://xn--a.example.org\u0130/",
        "http://a\tb.example.org/",
        "http://a b.example.org/",
        "http://[::1.example.org/",
        "http://\ud800.example.org/",
        "http://x.example.org/\x00",
        "http://" + "a" * 64 + ".example.org/",
    ],
)
def test_odd_addresses_are_errors_of_our_own(odd: str) -> None:
    fetcher = AllowListFetcher(["*.example.org", "*\u0130"], timeout_s=1, user_agent="argosy-test")
    with pytest.raises((InvalidInput, Forbidden)):
        fetcher.get_json(odd)


def test_odd_parameters_are_errors_of_our_own(fetcher: AllowListFetcher, url: str) -> None:
    with pytest.raises(InvalidInput):
        fetcher.get_json(f"{url}/echo", params={"a": "\ud800"})


def test_the_host_that_is_asked_is_the_host_that_is_checked() -> None:
    fetcher = AllowListFetcher(["good.example.org"], timeout_s=1, user_agent="argosy-test")
    for tricky in (
        "http://good.example.org@127.0.0.1/",
        "http://127.0.0.1/#@good.example.org",
        "http://127.0.0.1?@good.example.org/",
    ):
        with pytest.raises((Forbidden, InvalidInput)):
            fetcher.get_json(tricky)
