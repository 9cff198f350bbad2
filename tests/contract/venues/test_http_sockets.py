"""The shared HTTP client on real sockets: reuse, forks, and servers that break off."""

from __future__ import annotations

import os
import socket
import threading
from typing import Any

import pytest
import stamina
from loopback import Answers

from argosy.core.clock import SystemClock
from argosy.errors import UnknownOutcome, VenueTimeout, VenueUnavailable
from argosy.infrastructure.resilience.http import HttpClient, Timeouts
from argosy.infrastructure.resilience.retry import NO_RETRY


def http(url: str, **options: Any) -> HttpClient:
    return HttpClient(url, name="venue", clock=SystemClock(), retry=NO_RETRY, **options)


def test_connections_are_reused_across_clients_and_threads(answers: Answers) -> None:
    answers.routes["/x"] = lambda q: {"ok": True}
    for _ in range(5):
        assert http(answers.url).get("/x") == {"ok": True}
    assert answers.connections == 1
    threads = [threading.Thread(target=http(answers.url).get, args=("/x",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers.seen) == 9
    assert answers.connections <= 5


def test_a_forked_child_has_connections_of_its_own(answers: Answers) -> None:
    answers.routes["/x"] = lambda q: {"pid": 1}
    assert http(answers.url).get("/x") == {"pid": 1}
    before = answers.connections
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            code = 0 if http(answers.url).get("/x") == {"pid": 1} else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert answers.connections == before + 1
    assert http(answers.url).get("/x") == {"pid": 1}
    assert answers.connections == before + 1, "the parent's connection is still good"


def test_executed_and_then_dropped_is_an_unknown_outcome(answers: Answers) -> None:
    def drop(handler: Any) -> None:
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    answers.raw = drop
    with pytest.raises(UnknownOutcome):
        http(answers.url).request("POST", "/order", kind="write", json={})
    assert answers.seen == ["/order"]
    with pytest.raises(VenueUnavailable):
        http(answers.url).get("/x")


def test_half_an_answer_is_none(answers: Answers) -> None:
    def half(handler: Any) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100")
        handler.end_headers()
        handler.wfile.write(b'{"ok"')
        handler.close_connection = True

    answers.raw = half
    with pytest.raises(UnknownOutcome):
        http(answers.url).request("POST", "/order", kind="write", json={})
    with pytest.raises(VenueUnavailable):
        http(answers.url).get("/x")


def test_a_silent_server_is_left_after_the_timeout(answers: Answers) -> None:
    released = threading.Event()

    def silent(handler: Any) -> None:
        handler.close_connection = True
        released.wait(10)

    answers.raw = silent
    short = Timeouts(read_s=0.2, total_s=0.3)
    try:
        with pytest.raises(VenueTimeout):
            http(answers.url, timeouts=short).get("/x")
        with pytest.raises(UnknownOutcome):
            http(answers.url, timeouts=short).request("POST", "/x", kind="write", json={})
    finally:
        released.set()


def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        for kind in ("read", "write"):
            with pytest.raises(VenueUnavailable) as refused:
                http(url).request("POST", "/x", kind=kind, json={})
            assert refused.value.details["sent"] is False


def test_not_even_bytes_of_http(answers: Answers) -> None:
    def noise(handler: Any) -> None:
        handler.wfile.write(b"\x16\x03\x01 garbage \r\n\r\n")
        handler.close_connection = True

    answers.raw = noise
    with stamina.set_testing(True, attempts=1), pytest.raises(VenueUnavailable):
        http(answers.url).get("/x")
    with pytest.raises(UnknownOutcome):
        http(answers.url).request("POST", "/x", kind="write", json={})
