"""The venue's side of an HTTP wire, in a test's hands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx
from starlette.applications import Starlette

from argosy.core.clock import Clock, to_ms
from argosy.venuekit.sandbox.module import SandboxModule
from argosy.venuekit.testing.bench import ScriptedReply, WireScript

HttpSide = Callable[[httpx.Request], httpx.Response]


class ScriptedTransport(httpx.MockTransport):
    """HTTP transport of an adapter in a test.

    `side` answers for the venue, and the script decides whether a write or its reply is lost. A refused write is answered with the status `refusal` and does not reach `side`.
    """

    def __init__(self, script: WireScript, side: HttpSide, *, refusal: int = 422) -> None:
        super().__init__(self._answer)
        self._script, self._side, self._refusal = script, side, refusal

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            if self._script.is_down:
                raise httpx.ConnectError("down")
            return self._side(request)
        reply = self._script.next_reply(cancellation=request.method == "DELETE")
        if reply is ScriptedReply.DROPPED:
            raise httpx.ReadError("dropped")
        if reply is ScriptedReply.REFUSED:
            return httpx.Response(self._refusal, json={"error": "refused"})
        response = self._side(request)
        if reply is ScriptedReply.LOST:
            raise httpx.ReadError("lost")
        return response


def served_by(module: SandboxModule, clock: Clock) -> HttpSide:
    """Answer requests with the routes of a sandbox module, at the clock's time."""
    app = Starlette(routes=list(module.routes()))

    async def answered(request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            reply = await client.request(
                request.method, request.url, content=request.content, headers=request.headers
            )
        return httpx.Response(reply.status_code, content=reply.content, headers=reply.headers)

    def side(request: httpx.Request) -> httpx.Response:
        for _ in module.advance(to_ms(clock.now())):
            pass
        return asyncio.run(answered(request))

    return side
