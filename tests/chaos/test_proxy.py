"""Proxy in front of an echo server: the traffic that a way passes in each state."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from support.engine import wait_for

from chaos.proxy import Proxy, Upstream


class Echo:
    """Server that answers every line with the same line, and remembers it."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb", buffering=0) as file:
            try:
                while line := file.readline():
                    self.heard.append(line)
                    file.write(line)
            except OSError:
                return

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    made = Proxy({"way": Upstream(host="127.0.0.1", port=echo.port)})
    yield made
    made.close()


@pytest.fixture
def line(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.ports["way"]), timeout=10) as made:
        assert asked(made, b"one\n") == b"one\n"
        yield made


def asked(line: socket.socket, text: bytes) -> bytes:
    line.sendall(text)
    return line.recv(100)


def silent(line: socket.socket) -> bool:
    line.settimeout(0.3)
    try:
        return line.recv(100) is None
    except TimeoutError:
        return True
    finally:
        line.settimeout(10)


def test_an_open_way_carries_both_ways(proxy: Proxy, line: socket.socket, echo: Echo) -> None:
    assert asked(line, b"two\n") == b"two\n"
    assert echo.heard == [b"one\n", b"two\n"]


def test_a_silent_way_loses_what_is_sent_and_its_connections(
    proxy: Proxy, line: socket.socket, echo: Echo
) -> None:
    proxy.become(["way"], "silent")
    line.sendall(b"two\n")
    assert silent(line)
    proxy.become(["way"], "open")
    with pytest.raises(ConnectionError):
        line.recv(100)
    assert echo.heard == [b"one\n"]


def test_a_held_way_delivers_late_even_what_its_sender_gave_up(
    proxy: Proxy, line: socket.socket, echo: Echo
) -> None:
    proxy.become(["way"], "held")
    line.sendall(b"two\n")
    assert silent(line)
    line.close()
    assert echo.heard == [b"one\n"]
    proxy.become(["way"], "open")
    wait_for(lambda: echo.heard == [b"one\n", b"two\n"], timeout_s=10, why="the line arrives")


def test_a_deaf_way_carries_questions_and_no_answers(proxy: Proxy, line: socket.socket, echo: Echo) -> None:
    proxy.become(["way"], "deaf")
    line.sendall(b"two\n")
    wait_for(lambda: echo.heard == [b"one\n", b"two\n"], timeout_s=10, why="the question arrives")
    assert silent(line)


def test_a_reset_way_tears_and_refuses(proxy: Proxy, line: socket.socket) -> None:
    proxy.become(["way"], "reset")
    with pytest.raises(ConnectionError):
        line.recv(100)
    with (
        pytest.raises(ConnectionError),
        socket.create_connection(("127.0.0.1", proxy.ports["way"]), timeout=10) as other,
    ):
        other.recv(100)
    proxy.become(["way"], "open")
    with socket.create_connection(("127.0.0.1", proxy.ports["way"]), timeout=10) as other:
        assert asked(other, b"three\n") == b"three\n"
