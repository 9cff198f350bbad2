"""Access of routes to the module of the exchanges."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.venuekit.sandbox.control import host_of


def exchanges_of(connection: HTTPConnection) -> ExchangeWorld:
    """Return the exchanges that serve a request or a WebSocket."""
    return host_of(connection).module_of(ExchangeWorld)
