"""Access of routes to the module of the prediction market."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.control import host_of


def prediction_of(connection: HTTPConnection) -> PredictionWorld:
    """Return the prediction market that serves a request or a WebSocket."""
    return host_of(connection).module_of(PredictionWorld)
