"""Cancellation of an exchange account's open orders, with its key alone."""

from __future__ import annotations

from collections.abc import Sequence
from operator import methodcaller

from argosy.core.clock import from_ms
from argosy.core.venues.venue import OpenOrder
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.domains.trading.venues.exchange.parse import number, side_of, text
from argosy.errors import ArgosyError, VenueError, VenueNotFound


class ExchangeOrders:
    """Canceller of an exchange account's orders."""

    def __init__(self, venue: ExchangeVenue) -> None:
        self._venue = venue

    def open_orders(self) -> Sequence[OpenOrder]:
        rows = self._venue.read("all open orders", None, methodcaller("fetch_open_orders"))
        return [
            OpenOrder(
                venue=self._venue.name,
                venue_id=text(row, "id"),
                client_id=row.get("clientOrderId"),
                symbol=text(row, "symbol"),
                side=side_of(row),
                quantity=number(row.get("amount")),
                filled=number(row.get("filled") or 0),
                price=None if row.get("price") is None else number(row["price"]),
                at=None if row.get("timestamp") is None else from_ms(int(row["timestamp"])),
            )
            for row in rows
        ]

    def cancel_open_orders(self, orders: Sequence[OpenOrder], *, everything: bool) -> None:
        """Cancel each order by its id: not every exchange can cancel all at once.

        Raises the last failure after all orders were tried.
        """
        failure: ArgosyError | None = None
        for order in orders:
            try:
                self._venue.write(
                    "cancellation", order.symbol, methodcaller("cancel_order", order.venue_id, order.symbol)
                )
            except VenueNotFound:
                continue  # no longer open
            except VenueError as error:
                failure = error
        if failure is not None:
            raise failure
