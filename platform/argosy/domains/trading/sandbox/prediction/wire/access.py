"""Access of routes to the module that they belong to."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.control import host_of


def prediction_of(connection: HTTPConnection) -> PredictionWorld:
    """Return the prediction market that serves a request or a WebSocket."""
    return host_of(connection).module_of(PredictionWorld)


def exchanges_of(connection: HTTPConnection) -> ExchangeWorld:
    """Return the exchanges that serve a request or a WebSocket."""
    return host_of(connection).module_of(ExchangeWorld)
