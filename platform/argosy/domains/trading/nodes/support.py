"""What several trading nodes need: values that flow between them, and the venue a node names."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import cast

from pydantic import Field

from argosy.core.money import ZERO
from argosy.core.venue import OrderBook
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
    """A pair to buy: equal shares of both outcomes, each leg within its limit. `shares` 0 says why in `reason`."""

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
    """What one unit of the underlying costs. `at` is the source's own time."""

    venue: str
    symbol: str
    price: Decimal
    at: datetime
    sources: int = 1


class VenueParams(Wire):
    """For nodes that ask one venue."""

    venue: str = Field(default="polymarket", min_length=1, max_length=64, title="Venue")


_BINARY: dict[type, bool] = {}
"""Which classes are binary venues: asking a protocol with many members each time is slow."""


def binary_venue(ctx: NodeContext, name: str) -> BinaryVenue:
    """Raises NotFound for an unknown venue, InvalidInput for one without two-outcome markets."""
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
