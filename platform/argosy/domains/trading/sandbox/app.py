"""The ASGI application: all venues under one address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from argosy.domains.trading.sandbox.wire import (
    binance,
    binance_account,
    binance_stream,
    clob,
    clob_markets,
    coinbase,
    control,
    data,
    gamma,
    kraken,
    socket,
    trading,
    unknown,
)
from argosy.domains.trading.sandbox.wire.books import BookRenderer
from argosy.domains.trading.sandbox.world import World
from argosy.infrastructure.serving.connections import most_sockets, raise_descriptor_limit
from argosy.infrastructure.serving.origin import OriginRules, headers_of, is_json
from argosy.infrastructure.serving.sockets import SocketLimit
from argosy.venuekit.sandbox.disturbance import Disturbance
from argosy.venuekit.sandbox.reply import Json, error, http_date


class VenueDate:
    """Put the venue's own time into the header `Date` of every answer.

    Some clients have no other time for a quote.
    """

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                date = (b"date", http_date(self._world.now_ms()).encode())
                message["headers"] = [*message.get("headers", []), date]
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)


class UpToDate:
    """Bring the venue up to its present time before a request is served."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self._app = app
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/healthz":
            await self._world.catch_up()
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
            and scope["path"].startswith("/sandbox/")
            and not is_json(headers.get("content-type", ""))
        ):
            await error("expected the header Content-Type: application/json", 415)(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def build_app(world: World) -> Starlette:
    """Build the application that serves `world`, kept in `app.state.world`."""
    app = Starlette(
        routes=[
            Mount("/polymarket/gamma", routes=[*gamma.routes(), unknown.gamma()]),
            Mount(
                "/polymarket/clob",
                routes=[*clob.routes(), *clob_markets.routes(), *trading.routes(), unknown.polymarket()],
            ),
            Mount("/polymarket/data", routes=[*data.routes(), unknown.polymarket()]),
            Mount("/polymarket/ws", routes=socket.routes()),
            Mount(
                "/binance",
                routes=[
                    *binance.routes(),
                    *binance_account.routes(),
                    *binance_stream.routes(),
                    unknown.binance(),
                ],
            ),
            Mount("/coinbase", routes=[*coinbase.routes(), unknown.coinbase()]),
            Mount("/kraken", routes=[*kraken.routes(), unknown.kraken()]),
            Mount("/sandbox", routes=control.routes()),
            Route("/healthz", _healthz),
        ],
        middleware=[
            Middleware(OwnMachine),
            Middleware(SocketLimit, most=most_sockets(raise_descriptor_limit())),
            Middleware(VenueDate, world=world),
            Middleware(Disturbance, faults=world.faults),
            Middleware(UpToDate, world=world),
        ],
    )
    app.state.world = world
    app.state.renderer = BookRenderer(world)
    return app


async def _healthz(request: Request) -> Json:
    return Json({"status": "ok"})
