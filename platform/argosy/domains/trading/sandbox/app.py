"""The ASGI application of trading's sandbox alone."""

from __future__ import annotations

from starlette.applications import Starlette

from argosy.domains.trading.sandbox.world import World
from argosy.venuekit.sandbox.app import application


def build_app(world: World) -> Starlette:
    """Build the application that serves the modules of `world`."""
    return application(world.host)
