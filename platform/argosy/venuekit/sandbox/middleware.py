"""Layers around the routes of every module: time, origin and pauses."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from argosy.infrastructure.serving.origin import OriginRules, headers_of, is_json
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.reply import error, http_date
from argosy.venuekit.sandbox.routes import CONTROL

_TRY_AGAIN = 1013
"""Close code of a WebSocket whose server asks to come back later."""


class VenueDate:
    """Put the venue's own time into the header `Date` of every answer.

    Some clients have no other time for a quote.
    """

    def __init__(self, app: ASGIApp, host: SandboxHost) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", http_date(self._host.now_ms()).encode())
                message["headers"] = [*message.get("headers", []), date]
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)


class ModuleGate:
    """Bring the module of a request up to now, or refuse the request while it is paused.

    Control requests bring all modules up to now.
    """

    def __init__(self, app: ASGIApp, host: SandboxHost) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        module = self._host.module_at(scope["path"])
        if module is not None and module.name in self._host.paused:
            await _paused(module.name, scope["type"])(scope, receive, send)
            return
        if scope["type"] == "http" and (module is not None or scope["path"].startswith(CONTROL + "/")):
            await self._host.catch_up(module)
        await self._app(scope, receive, send)


class OwnMachine:
    """Refuse requests of web pages; programs of this machine may trade.

    A web page may neither trade nor change the sandbox. The sandbox's own endpoints accept JSON bodies only:
    a page cannot send that content type without permission.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._rules = OriginRules()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope["headers"])
        method = scope["method"] if scope["type"] == "http" else None
        refusal = self._rules.refusal(method, headers)
        if refusal is not None:
            reply = WebSocketClose(1008, refusal.message) if method is None else error(str(refusal), 403)
            await reply(scope, receive, send)
        elif (
            method == "POST"
            and scope["path"].startswith(CONTROL + "/")
            and not is_json(headers.get("content-type", ""))
        ):
            await error("expected the header Content-Type: application/json", 415)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _paused(name: str, kind: str) -> Response | WebSocketClose:
    text = f"{name} is paused; POST {CONTROL}/modules/{name}/resume serves it again"
    if kind == "websocket":
        return WebSocketClose(_TRY_AGAIN, text)
    reply = error(text, 503)
    reply.headers["Retry-After"] = "1"
    return reply
