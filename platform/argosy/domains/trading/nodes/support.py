"""Shared values that flow between trading nodes, and access to a node's venue."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast

from pydantic import Field

from argosy.core.money.money import ZERO
from argosy.core.venues.venue import OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.market import BinaryVenue
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext


class PairBooks(Wire):
    """Both outcomes' books of one market, read in one request."""

    slug: str
    up: OrderBook
    down: OrderBook


class PairPlan(Wire):
    """Pair to buy: equal shares of both outcomes, each leg within its limit.

    `shares` 0 comes with a `reason`.
    """

    slug: str
    up_symbol: str
    down_symbol: str
    shares: Decimal
    up_limit: Decimal
    down_limit: Decimal
    cost: Decimal = ZERO
    fees: Decimal = ZERO
    profit: Decimal = ZERO
    edge: Decimal = ZERO
    decided_at: datetime
    expires_at: datetime
    reason: str | None = None


class ReferencePrice(Wire):
    """Price of one unit of the underlying. `at` is the source's own time."""

    venue: str
    symbol: str
    price: Decimal
    at: datetime
    sources: int = 1


class VenueParams(Wire):
    """Parameters of nodes that use one venue."""

    venue: str = Field(default="polymarket", min_length=1, max_length=64, title="Venue")


_BINARY: dict[type, bool] = {}
"""Classes known to be, or not to be, binary venues.

Checking a protocol with many members each time is slow.
"""


def binary_venue(ctx: NodeContext, name: str) -> BinaryVenue:
    """Return a venue with two-outcome markets.

    Raises NotFound for an unknown venue, InvalidInput for one without such markets.
    """
    venue = ctx.venues.get(name)
    known = _BINARY.get(type(venue))
    if known is None:
        known = _BINARY[type(venue)] = isinstance(venue, BinaryVenue)
    if not known:
        raise InvalidInput(
            f"venue {name!r} has no two-outcome markets",
            expected="a prediction market such as polymarket",
            found=type(venue).__name__,
            remedy="name another venue in the node's parameters",
        )
    return cast("BinaryVenue", venue)
