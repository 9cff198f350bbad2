"""The ASGI application: all modules of a host under one address."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Mount, Route

from argosy.infrastructure.serving.connections import most_sockets, raise_descriptor_limit
from argosy.infrastructure.serving.sockets import SocketLimit
from argosy.venuekit.sandbox import control
from argosy.venuekit.sandbox.disturbance import Disturbance
from argosy.venuekit.sandbox.host import SandboxHost
from argosy.venuekit.sandbox.middleware import ModuleGate, OwnMachine, VenueDate
from argosy.venuekit.sandbox.reply import Json
from argosy.venuekit.sandbox.routes import CONTROL


def application(host: SandboxHost) -> Starlette:
    """Build the application that serves `host`, kept in `app.state.host`."""
    own = [route for module in host.modules for route in module.control_routes()]
    app = Starlette(
        routes=[
            *(route for module in host.modules for route in module.routes()),
            Mount(CONTROL, routes=[*control.routes(), *own]),
            Route("/healthz", _healthz),
        ],
        middleware=[
            Middleware(OwnMachine),
            Middleware(SocketLimit, most=most_sockets(raise_descriptor_limit())),
            Middleware(VenueDate, host=host),
            Middleware(Disturbance, faults=host.faults),
            Middleware(ModuleGate, host=host),
        ],
    )
    app.state.host = host
    return app


async def _healthz(request: Request) -> Json:
    return Json({"status": "ok"})
