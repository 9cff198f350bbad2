"""Current market and its books."""

from __future__ import annotations

from pydantic import Field

from argosy.core.venues.venue import OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.market import UNKNOWN_SETTLEMENT, BinaryMarket, window_slug
from argosy.domains.trading.nodes.support import PairBooks, VenueParams, binary_venue
from argosy.errors import SettlementChanged
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node

QUICK_RETRY = RetryPolicy(max_attempts=2, delay_s=0.2, max_delay_s=1.0, jitter=False)
"""Retry policy of price reads.

A price read much later belongs to the next run. Without jitter a replay is the same every time.
"""


class MarketParams(VenueParams):
    series: str = Field(
        default="btc-updown-15m",
        pattern=r"^[a-z0-9]+-updown-[0-9]{1,4}m$",
        title="Series",
        description="Slug prefix of the recurring market: <asset>-updown-<minutes>m",
    )


class MarketOutputs(Wire):
    """Outputs. `seconds_left` is the time until the window ends."""

    market: BinaryMarket
    seconds_left: float


@node("trading.market", category="source", title="Current market", pool="io", timeout_s=10, retry=QUICK_RETRY)
def market(ctx: NodeContext, params: MarketParams) -> MarketOutputs:
    """Return the market of the present window; it rolls over by itself.

    The slug is computed from the clock (`btc-updown-15m-<epoch of the window's start>`), so no state can go stale.
    """
    now = ctx.clock.now()
    found = binary_venue(ctx, params.venue).market(window_slug(params.series, now))
    return MarketOutputs(market=found, seconds_left=round((found.window_end - now).total_seconds(), 3))


class BooksParams(VenueParams):
    levels: int = Field(default=25, ge=1, le=200, title="Levels", description="Best levels kept of each side")


class BooksOutputs(Wire):
    books: PairBooks


@node(
    "trading.order_books", category="source", title="Order books", pool="io", timeout_s=5, retry=QUICK_RETRY
)
def order_books(ctx: NodeContext, params: BooksParams, market: BinaryMarket) -> BooksOutputs:
    """Read both outcomes' books in one request, as close in time as the venue allows."""
    up, down = binary_venue(ctx, params.venue).books([market.up, market.down])
    return BooksOutputs(
        books=PairBooks(slug=market.slug, up=_cut(up, params.levels), down=_cut(down, params.levels))
    )


def _cut(book: OrderBook, levels: int) -> OrderBook:
    if len(book.bids) <= levels and len(book.asks) <= levels:
        return book
    return book.model_copy(update={"bids": book.bids[:levels], "asks": book.asks[:levels]})


class SettlementParams(Wire):
    accepted: list[str] = Field(
        default=["btc-15m-twap-60"],
        min_length=1,
        max_length=20,
        title="Accepted rules",
        description="Settlement rules this strategy was written for, as the market's own configuration names them",
    )
    accept_unknown: bool = Field(
        default=False,
        title="Accept unnamed rules",
        description="For recordings that do not say how they were settled; never for money",
    )


class SettlementOutputs(Wire):
    market: BinaryMarket


@node(
    "trading.settlement_check", category="risk", title="Settlement check", retry=RetryPolicy(max_attempts=1)
)
def settlement_check(ctx: NodeContext, params: SettlementParams, market: BinaryMarket) -> SettlementOutputs:
    """Pass the market only if it settles by a rule that the strategy was written for.

    Raises SettlementChanged: a probability computed for another rule is worthless.
    """
    kind = market.settlement.kind
    if kind in params.accepted or (params.accept_unknown and kind == UNKNOWN_SETTLEMENT):
        return SettlementOutputs(market=market)
    raise SettlementChanged(
        f"market {market.slug} settles by a rule this strategy was not written for",
        expected=" or ".join(params.accepted),
        found=kind,
        remedy="check the market's rules, then name the rule in the node's accepted list",
    )
