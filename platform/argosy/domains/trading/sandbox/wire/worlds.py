"""Access of routes to the sandbox's state."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from argosy.domains.trading.sandbox.world import World


def world_of(connection: HTTPConnection) -> World:
    """Return the world that serves a request or a WebSocket."""
    world: World = connection.app.state.world
    return world
