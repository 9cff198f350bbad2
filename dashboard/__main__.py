"""`python -m dashboard`: the server of the dashboard."""

from __future__ import annotations

import sys

import uvicorn
from loguru import logger
from starlette.applications import Starlette

from argosy.bootstrap import open_runtime
from argosy.errors import ArgosyError, ConfigError, NotRunning
from argosy.infrastructure.config import load_settings
from argosy.infrastructure.logging import configure
from argosy.infrastructure.serving.connections import BACKLOG, bounds_for, raise_descriptor_limit
from argosy.infrastructure.serving.listeners import inherited_socket
from argosy.infrastructure.serving.protocol import bounded_protocol
from dashboard.app import create_app
from dashboard.compose import ports_of

FAILED, WRONG_SETTINGS, NOT_RUNNING = 1, 3, 4
_LARGEST_MESSAGE = 65_536
_LONGEST_HEADERS = 32_768


def server_config(app: Starlette, host: str, port: int) -> uvicorn.Config:
    """Return uvicorn's configuration; frames stay uncompressed.

    Compressing every event costs more than sending it over loopback.
    """
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=_LARGEST_MESSAGE,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        log_config=None,
        proxy_headers=False,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        http=bounded_protocol(bounds_for(raise_descriptor_limit())),
        backlog=BACKLOG,
        h11_max_incomplete_event_size=_LONGEST_HEADERS,
    )


def main() -> int:
    try:
        settings = load_settings()
        configure(settings, process="dashboard")
        runtime = open_runtime(settings)
        app = create_app(ports_of(runtime))
    except ArgosyError as error:
        logger.error("the dashboard cannot start: {}", error)
        if isinstance(error, ConfigError):
            return WRONG_SETTINGS
        return NOT_RUNNING if isinstance(error, NotRunning) else FAILED
    host, port = settings.dashboard.host, settings.dashboard.port
    server = uvicorn.Server(server_config(app, host, port))
    logger.info("dashboard on http://{}:{}", host, port)
    own = inherited_socket()
    server.run(sockets=None if own is None else [own])
    return 0 if server.started else FAILED


if __name__ == "__main__":
    sys.exit(main())
