"""The ASGI application: all venues under one address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from argosy.domains.trading.sandbox.disturbance import Disturbance
from argosy.domains.trading.sandbox.wire import (
    binance,
    binance_account,
    clob,
    coinbase,
    control,
    data,
    gamma,
    kraken,
    socket,
    trading,
)
from argosy.domains.trading.sandbox.wire.books import BookRenderer
from argosy.domains.trading.sandbox.wire.reply import Json, http_date
from argosy.domains.trading.sandbox.world import World


class VenueDate:
    """Puts the venue's own time into the header `Date`: some clients have no other time of a quote."""

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


def build_app(world: World) -> Starlette:
    """`app.state.world` is the world it serves."""
    app = Starlette(
        routes=[
            Mount("/polymarket/gamma", routes=gamma.routes()),
            Mount("/polymarket/clob", routes=[*clob.routes(), *trading.routes()]),
            Mount("/polymarket/data", routes=data.routes()),
            Mount("/polymarket/ws", routes=socket.routes()),
            Mount("/binance", routes=[*binance.routes(), *binance_account.routes()]),
            Mount("/coinbase", routes=coinbase.routes()),
            Mount("/kraken", routes=kraken.routes()),
            Mount("/sandbox", routes=control.routes()),
            Route("/healthz", _healthz),
        ],
        middleware=[Middleware(VenueDate, world=world), Middleware(Disturbance, world=world)],
    )
    app.state.world = world
    app.state.renderer = BookRenderer(world)
    return app


async def _healthz(request: Request) -> Json:
    return Json({"status": "ok"})
