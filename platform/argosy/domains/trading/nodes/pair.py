"""Pair arbitrage: edge and size."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pydantic import Field

from argosy.core.money.money import ONE, ZERO, floor_to
from argosy.core.venues.venue import Level
from argosy.core.wire import Wire
from argosy.domains.trading.fees import fee_per_share, most_fee
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.nodes.support import PairBooks, PairPlan
from argosy.domains.trading.pair import PairEdge, pair_edge
from argosy.domains.trading.sizes import floor_purchase
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch
from argosy.graph.registry import node


class EdgeParams(Wire):
    minimum_edge: Decimal = Field(
        default=Decimal("0.002"),
        ge=0,
        le=1,
        title="Minimum edge",
        description="Quote currency a pair that must be left after fees and buffer",
    )
    buffer: Decimal = Field(
        default=Decimal("0.002"),
        ge=0,
        le=1,
        title="Buffer",
        description="Kept aside a pair for slippage and the cost of merging",
    )


@node("trading.pair_edge", category="condition", title="Pair edge", branches=("edge", "none"))
def edge(ctx: NodeContext, params: EdgeParams, market: BinaryMarket, books: PairBooks) -> Branch:
    """Compute the edge of a pair by walking both asks together, with the market's own fees.

    edge = 1 − (aU + aD) − fee(aU) − fee(aD) − buffer. Branch `edge` carries the largest size whose last pair is
    still above the minimum.
    """
    if market.fees is None:
        raise InvalidInput(
            f"market {market.slug} charges fees by a schedule that is not known", expected="a fee schedule"
        )
    found = pair_edge(
        books.up.asks, books.down.asks, market.fees, buffer=params.buffer, minimum=params.minimum_edge
    )
    return Branch(branch="edge" if found is not None and found.shares > 0 else "none", value=found)


class SizeParams(Wire):
    capital_share: Decimal = Field(
        default=Decimal("0.25"),
        gt=0,
        le=1,
        title="Share of capital",
        description="Part of the strategy's capital one pair order may cost",
    )
    most_shares: Decimal = Field(default=Decimal(200), gt=0, le=100_000, title="Most shares a leg")
    depth_share: Decimal = Field(
        default=ONE, gt=0, le=1, title="Share of the depth", description="Part of the profitable depth taken"
    )
    slack_share: Decimal = Field(
        default=Decimal("0.8"),
        ge=0,
        le=1,
        title="Slack",
        description="Part of the edge that the limit prices may use, so that both legs fill after a price step",
    )


class SizeOutputs(Wire):
    plan: PairPlan


@node("trading.size", category="risk", title="Size")
def size(
    ctx: NodeContext,
    params: SizeParams,
    market: BinaryMarket,
    books: PairBooks,
    pair: PairEdge,
    capital: Decimal,
) -> SizeOutputs:
    """Return the pairs to buy: the least of profitable depth, capital and the limit.

    The venue spends the whole amount of a leg, size times limit, or cancels it. So the amounts stay within capital, and
    the books hold them within the limits. The size is rounded down to one that both legs can have. A plan below the
    market's minimum size has no shares: a resting order could not repair a leg of it.
    """
    market = market.on_grid_of(books.up, books.down)
    assert market.fees is not None  # the edge was computed with them
    budget = capital * params.capital_share
    shares = min(pair.shares * params.depth_share, params.most_shares, budget / (pair.cost / pair.shares))
    shares = floor_purchase(shares, market.tick)
    found = pair_edge(books.up.asks, books.down.asks, market.fees, most=shares) if shares > 0 else None
    reason = _too_small(market, shares, found)
    if found is None or reason is not None:
        found, shares = pair, ZERO
    slack = _slack(market, found, params.slack_share) if shares else ZERO
    up_limit = min(found.up_limit + slack, ONE - market.tick)
    down_limit = min(found.down_limit + slack, ONE - market.tick)
    if shares:
        price = up_limit + down_limit
        most = price + fee_per_share(market.fees, up_limit) + fee_per_share(market.fees, down_limit)
        spendable = (_spendable(books.up.asks, up_limit), _spendable(books.down.asks, down_limit))
        fewer = floor_purchase(min(budget / most, *spendable, shares), market.tick)
        if fewer < shares:
            found = pair_edge(books.up.asks, books.down.asks, market.fees, most=fewer) or found
            reason = _too_small(market, fewer, found)
            shares = ZERO if reason else fewer
    none = not shares
    fees = [most_fee(market.fees, shares, limit, "buy") for limit in (up_limit, down_limit)]
    return SizeOutputs(
        plan=PairPlan(
            slug=market.slug,
            up_symbol=market.up,
            down_symbol=market.down,
            shares=shares,
            up_limit=up_limit,
            down_limit=down_limit,
            cost=ZERO if none else shares * (up_limit + down_limit) + sum(fees),
            fees=ZERO if none else found.fees,
            profit=ZERO if none else found.profit,
            edge=found.edge,
            decided_at=ctx.clock.now(),
            expires_at=market.window_end,
            reason=reason,
        )
    )


def _spendable(asks: Sequence[Level], limit: Decimal) -> Decimal:
    """Return the shares whose amount at the limit is offered by the book within the limit."""
    return sum((level.price * level.size for level in asks if level.price <= limit), ZERO) / limit


def _slack(market: BinaryMarket, found: PairEdge, share: Decimal) -> Decimal:
    """Return the slack of each limit over the walk's worst price, on the price grid.

    It is half of `share` of the edge. A fee grows by at most r per unit of price. So both legs at their limits
    still leave the rest of the edge.
    """
    assert market.fees is not None  # the edge was computed with them
    return floor_to(max(found.edge, ZERO) * share / 2 / (ONE + market.fees.rate), market.tick)


def _too_small(market: BinaryMarket, shares: Decimal, found: PairEdge | None) -> str | None:
    if found is None or shares < market.minimum_size:
        return f"{shares} shares are under the market's minimum of {market.minimum_size}"
    if found.shares < shares:
        return "the books do not hold the size"
    least = min(found.up_limit, found.down_limit) * shares
    if least < market.minimum_notional:
        return f"a leg of {least} USD is under the venue's minimum of {market.minimum_notional} USD"
    return None
