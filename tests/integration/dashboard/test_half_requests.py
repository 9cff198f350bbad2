"""Clients that send half a request: they lose their place, and a whole request always gets one."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from argosy.infrastructure.serving.connections import Bounds
from argosy.infrastructure.serving.protocol import bounded_protocol
from argosy.infrastructure.serving.sockets import SocketLimit

pytestmark = pytest.mark.integration

HALF = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nX-Long: "
QUICK = Bounds(connections=20, header_s=0.6, body_s=0.6, stalled_s=0.6)
PATIENT = Bounds(connections=20, header_s=60, body_s=60, stalled_s=60)


async def _echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"{len(await request.body())} bytes")


async def _slow(_: Request) -> PlainTextResponse:
    await asyncio.sleep(1.5)
    return PlainTextResponse("at last")


async def _endless(_: Request) -> StreamingResponse:
    async def pieces() -> Any:
        while True:
            yield b"x" * 65_536

    return StreamingResponse(pieces())


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


Serve = Callable[[Bounds], int]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(bounds: Bounds) -> int:
        app = Starlette(
            routes=[
                Route("/echo", _echo, methods=["GET", "POST"]),
                Route("/slow", _slow),
                Route("/endless", _endless),
                WebSocketRoute("/ws", _socket),
            ]
        )
        config = uvicorn.Config(
            SocketLimit(app, 3),  # type: ignore[arg-type]
            host="127.0.0.1", port=0, http=bounded_protocol(bounds), ws="websockets-sansio",
            log_config=None, lifespan="off", timeout_graceful_shutdown=1, timeout_keep_alive=5,
        )  # fmt: skip
        server = uvicorn.Server(config)
        started = threading.Event()
        begin = server.startup

        async def announced(sockets: Any = None) -> None:
            await begin(sockets)
            started.set()

        server.startup = announced  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        running.append((server, thread))
        assert started.wait(10)
        return int(server.servers[0].sockets[0].getsockname()[1])

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)


def opened(port: int, data: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.sendall(data)
    return client


def closed_after_s(client: socket.socket) -> float:
    """Seconds until the server closes; whatever it sends before is passed over."""
    began = time.monotonic()
    with contextlib.suppress(ConnectionError):
        while client.recv(65_536):
            pass
    return time.monotonic() - began


def answer(client: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found or not found.rstrip().endswith((b"bytes", b"last")):
        piece = client.recv(4096)
        assert piece, found
        found += piece
    return found


@pytest.mark.parametrize(
    "half",
    [
        b"",
        b"P",
        HALF,
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345",
        b"POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12",
        b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\nGET /echo HTTP/1.1\r\nX-Second: ",
    ],
)
def test_half_a_request_is_not_kept(serve: Serve, half: bytes) -> None:
    with opened(serve(QUICK), half) as client:
        assert closed_after_s(client) < 10


@pytest.mark.parametrize(
    "start", [HALF, b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999\r\n\r\n"]
)
def test_bytes_that_drip_do_not_begin_the_time_anew(serve: Serve, start: bytes) -> None:
    with opened(serve(QUICK), start) as client:
        began = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() - began < 20:
                client.sendall(b"x")
                client.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    if not client.recv(10):
                        break
        assert time.monotonic() - began < 10


def test_a_client_that_reads_nothing_is_let_go(serve: Serve) -> None:
    port = serve(QUICK)
    with opened(port, b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        time.sleep(2)  # the client does nothing: that is what is tested
        began = time.monotonic()
        closed_after_s(client)
        assert time.monotonic() - began < 10


def test_a_request_at_work_is_not_cut_off(serve: Serve) -> None:
    with opened(serve(QUICK), b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
        assert b"at last" in answer(client)


def test_whole_requests_pass_while_half_ones_hold_every_place(serve: Serve) -> None:
    port = serve(PATIENT)
    with contextlib.ExitStack() as held:
        first = held.enter_context(opened(port, HALF))
        for _ in range(60):
            held.enter_context(opened(port, HALF))
        for _ in range(5):
            with opened(port, b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n") as client:
                assert b"200 OK" in answer(client)
        assert closed_after_s(first) < 10  # the one that waited longest made room


def test_a_kept_connection_serves_on_and_pipelined_requests_are_answered(serve: Serve) -> None:
    request = b"GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with opened(serve(PATIENT), request * 3) as client:
        found = b""
        while found.count(b"0 bytes") < 3:
            found += client.recv(4096)
        client.sendall(b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok")
        assert b"2 bytes" in answer(client)


def test_sockets_are_counted_apart_and_give_their_places_back(serve: Serve) -> None:
    port = serve(QUICK)
    address = f"ws://127.0.0.1:{port}/ws"
    with connect(address) as one, connect(address), connect(address) as three:
        with pytest.raises(InvalidStatus):
            connect(address)
        time.sleep(1)  # longer than a request may wait: sockets stay
        one.send("still here")
        assert one.recv(10) == "still here"
        three.close()
    deadline = time.monotonic() + 10
    while True:
        try:
            with connect(address) as again:
                again.send("again")
                assert again.recv(10) == "again"
            return
        except InvalidStatus:
            assert time.monotonic() < deadline
            time.sleep(0.05)
