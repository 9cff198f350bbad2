"""The Starlette application of the dashboard, made from its ports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from loguru import logger
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from argosy.errors import ArgosyError
from argosy.infrastructure.serving.connections import most_sockets, raise_descriptor_limit
from argosy.infrastructure.serving.sockets import SocketLimit
from argosy.infrastructure.storage.history import progress
from argosy.infrastructure.storage.history import runs as history
from dashboard import openapi
from dashboard.api import Api
from dashboard.bots.catalog import Catalog
from dashboard.bots.setup import SetupViews
from dashboard.bots.views import BotViews
from dashboard.cancelling import cancel_and_wait
from dashboard.commands import Commands
from dashboard.live.endpoint import LiveEndpoint
from dashboard.live.hub import START, Hub
from dashboard.live.now import Now
from dashboard.live.snapshot import Snapshots
from dashboard.meters import CONTENT_TYPE, Meters
from dashboard.money.views import MoneyViews
from dashboard.pages import DIST, Pages
from dashboard.ports import Ports
from dashboard.replies import on_any_error, on_argosy_error, on_http_error, reply
from dashboard.risk.views import RiskViews
from dashboard.routes import PREFIX
from dashboard.runs import summaries as run
from dashboard.runs.views import RunViews
from dashboard.safety.audit import AuditViews
from dashboard.safety.views import EmergencyViews
from dashboard.security import OriginCheck
from dashboard.system.activity import ActivityViews
from dashboard.system.outside import call
from dashboard.system.views import PlatformViews

_PATIENCE_S = 5.0
_PAUSE_S = 0.5


def create_app(ports: Ports, *, dist: Path = DIST) -> Starlette:
    """Return the whole dashboard; its lifespan runs the one reader of the event stream."""
    now, meters = Now(), Meters()
    hub = Hub(ports.events, now, meters.observe, ports.clock)
    runs = RunViews(ports, now)
    bots = BotViews(ports, now, Catalog(ports), runs)
    platform = PlatformViews(ports, now)
    api = Api(
        bots,
        runs,
        platform,
        MoneyViews(ports),
        AuditViews(ports),
        RiskViews(ports),
        EmergencyViews(ports),
        ActivityViews(ports, now),
        Commands(ports, now, bots, runs),
        SetupViews(ports),
    )
    live = LiveEndpoint(hub, ports.events, Snapshots(bots, now), meters)
    settings = ports.settings.dashboard

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        reader = asyncio.create_task(_read(ports, hub, now), name="event stream")
        try:
            yield
        finally:
            await cancel_and_wait(reader)
            await ports.database.close()

    app = Starlette(
        routes=[
            Route(f"{PREFIX}/openapi.json", _document),
            Route("/openapi.json", _where_the_document_is),
            *api.routes(),
            Route("/healthz", _health(platform)),
            Route("/metrics", _metrics(ports, meters)),
            WebSocketRoute("/ws", live.serve),
            Route("/{path:path}", Pages(dist).serve, methods=["GET"]),
        ],
        middleware=[
            Middleware(OriginCheck, hosts=[settings.host, *settings.allowed_hosts]),
            Middleware(SocketLimit, most=most_sockets(raise_descriptor_limit())),
            Middleware(GZipMiddleware, minimum_size=1_000),
        ],
        exception_handlers={
            ArgosyError: on_argosy_error,
            HTTPException: on_http_error,
            Exception: on_any_error,
        },
        lifespan=lifespan,
    )
    app.state.hub = hub
    return app


async def _read(ports: Ports, hub: Hub, now: Now) -> None:
    """Read the event stream from the recorder's last commit on.

    Events after that commit are not in PostgreSQL yet.
    """
    while True:
        try:
            done = await asyncio.wait_for(ports.database.run(progress.of_stream()), _PATIENCE_S)
            unfinished = await ports.database.run(history.newest(status="running", limit=500))
            break
        except (ArgosyError, TimeoutError) as error:
            logger.warning("the dashboard waits for Postgres: {}", error)
            await asyncio.sleep(_PAUSE_S)
    now.seed(run.of_record(record) for record in unfinished)
    await hub.run(START if done is None else done.last_seq)


async def _document(_: Request) -> Response:
    return Response(openapi.text(), media_type="application/json")


async def _where_the_document_is(_: Request) -> Response:
    """Redirect from `/openapi.json`, the first place that tools try."""
    return RedirectResponse(f"{PREFIX}/openapi.json")


def _health(platform: PlatformViews) -> Callable[[Request], Awaitable[Response]]:
    async def health(_: Request) -> Response:
        found = await platform.health()
        return reply(found, 200 if found.status == "ok" else 503)

    return health


def _metrics(ports: Ports, meters: Meters) -> Callable[[Request], Awaitable[Response]]:
    async def metrics(_: Request) -> Response:
        try:
            queues, lag = await asyncio.gather(
                call(ports.overview.queue_lengths), call(ports.overview.unrecorded)
            )
            meters.plumbing(queues, lag)
        except ArgosyError:
            meters.plumbing(None, None)
        return Response(meters.render(), media_type=CONTENT_TYPE)

    return metrics
