"""Cancel open orders of a Polymarket wallet with its key alone."""

from __future__ import annotations

from collections.abc import Sequence

from loguru import logger

from argosy.core.venues.venue import OpenOrder
from argosy.domains.trading.venues.polymarket.client import PolymarketClient
from argosy.domains.trading.venues.polymarket.executor import PolymarketExecutor
from argosy.errors import VenueError

_MOST = 1000
"""Largest number of orders in one request."""


class PolymarketOrders:
    """Open orders of one wallet; implements OrderCanceller."""

    def __init__(self, client: PolymarketClient, desk: PolymarketExecutor) -> None:
        self._client = client
        self._desk = desk

    def open_orders(self) -> Sequence[OpenOrder]:
        return self._desk.open_orders()

    def cancel_open_orders(self, orders: Sequence[OpenOrder], *, everything: bool) -> None:
        auth = self._desk.auth()
        if everything:
            try:
                self._client.cancel_all(auth)
                return
            except VenueError as error:
                if not orders:
                    raise
                logger.warning("Polymarket does not cancel all orders at once, so each is named: {}", error)
        ids = [order.venue_id for order in orders]
        for start in range(0, len(ids), _MOST):
            self._client.cancel_orders(ids[start : start + _MOST], auth)
