"""Application of the fault table to requests, between the network and the routes."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argosy.venuekit.sandbox.faults import Fault, FaultTable

_GARBAGE = b"<html><body>\xff\xfe upstream connect error \x00</bo"


class Disturbance:
    """ASGI middleware that carries out faults.

    Faults that a route carries out itself are left in `scope["state"]["fault"]`.
    """

    def __init__(self, app: ASGIApp, faults: FaultTable) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/sandbox"):
            await self._app(scope, receive, send)
            return
        fault: Fault | None = None
        late_s = 0.0
        for struck in self._faults.strike(scope["method"], path):
            if struck.kind != "latency":
                fault = struck
            elif struck.executed:
                late_s += struck.latency_ms / 1000
            else:
                receive = await _arrived(receive)
                await asyncio.sleep(struck.latency_ms / 1000)
        answer = _late(send, late_s) if late_s else send
        if fault is not None and (fault.executed or fault.kind == "drop_after"):
            await self._app(scope, receive, _nowhere)
        if fault is None:
            await self._app(scope, receive, answer)
        elif fault.kind == "status":
            await _answer(answer, fault.status, _body(fault), fault.retry_after_s)
        elif fault.kind == "garbage":
            await _answer(answer, 200, _GARBAGE, None)
        elif fault.kind in {"drop_before", "drop_after"}:
            await _drop(answer)
        else:
            scope.setdefault("state", {})["fault"] = fault
            await self._app(scope, receive, answer)


async def _arrived(receive: Receive) -> Receive:
    """Read the whole request before a delay, and return a `receive` that replays it.

    A client that disconnects during the delay then no longer prevents the request.
    """
    messages: list[Message] = []
    more = True
    while more:
        message = await receive()
        messages.append(message)
        more = message["type"] == "http.request" and message.get("more_body", False)
    kept = iter(messages)

    async def again() -> Message:
        found = next(kept, None)
        return await receive() if found is None else found

    return again


def _late(send: Send, seconds: float) -> Send:
    """Return a `send` that delays the start of the answer by `seconds`."""

    async def waiting(message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(seconds)
        await send(message)

    return waiting


def _body(fault: Fault) -> bytes:
    return fault.body.encode() or b'{"error":"sandbox fault"}'


async def _nowhere(message: Message) -> None:
    """Discard the answer: the client does not get it."""


async def _answer(send: Send, status: int, body: bytes, retry_after_s: int | None) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status in {429, 503} and retry_after_s is not None:
        headers.append((b"retry-after", str(retry_after_s).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _drop(send: Send) -> None:
    """Send an answer that breaks off.

    The server closes the connection because fewer bytes come than the header announced.
    """
    headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"", "more_body": True})
