"""Find working orders at a venue that a restored database does not know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argosy.core.actions.intent import Caller
from argosy.core.venues.venue import Capability, OpenOrders, Venue
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.database import Database

_ORDER = " order "


def unknown_orders(database: Database, caller: Caller, venue: Venue) -> list[dict[str, Any]]:
    """Return one difference, in the form of a comparison, for each unknown working order.

    Orders of other users of the same account are included: after a restore they look the same. Raises the
    errors of a read at the venue.
    """
    if Capability.OPEN_ORDERS not in venue.capabilities or not isinstance(venue, OpenOrders):
        return []
    working = venue.open_orders()
    names = {name for order in working for name in (order.client_id, order.venue_id) if name}
    known = database.run(intents.known_at(caller.mode, venue.name, names)) if names else set()
    return [
        {
            "venue": venue.name,
            "asset": f"{order.symbol}{_ORDER}{order.venue_id}",
            "ours": "0",
            "theirs": f"{order.side} {order.quantity - order.filled} at {order.price}",
        }
        for order in working
        if known.isdisjoint({order.client_id, order.venue_id})
    ]


def is_of_an_order(difference: Mapping[str, Any]) -> bool:
    """Return True for a difference that `unknown_orders` found."""
    return _ORDER in difference["asset"]
