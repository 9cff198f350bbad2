"""Fair value of an up/down market, and purchases of outcomes that are cheap against it."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.money.money import ONE, ZERO
from argosy.core.risk.sizing import kelly_fraction
from argosy.core.venues.needs import with_positions
from argosy.core.venues.venue import Level, OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.fair_value import fair_value as compute
from argosy.domains.trading.fees import fee_per_share
from argosy.domains.trading.market import DOWN, UP, BinaryMarket
from argosy.domains.trading.nodes.market import QUICK_RETRY
from argosy.domains.trading.nodes.reference import ReferencePath
from argosy.domains.trading.nodes.support import PairBooks, VenueParams
from argosy.domains.trading.sizes import floor_purchase
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch
from argosy.graph.registry import node

_PLACES = Decimal("0.000001")


class Strike(Wire):
    """Price to beat.

    `basis` (USD) is added to our reference price before it is compared with `price`.
    """

    price: Decimal
    basis: Decimal
    deviation: Decimal
    source: Literal["venue", "own", "venue_without_basis"]


class StrikeParams(Wire):
    least_coverage: float = Field(
        default=0.5,
        gt=0,
        le=1,
        title="Least coverage",
        description="Part of the opening window that must have had a price for the own mean to count",
    )
    basis_deviation: Decimal = Field(
        default=Decimal(25),
        ge=0,
        le=10_000,
        title="Unknown basis",
        description="How far, in USD, our source may lie from the settling one when that was not observed",
    )


@node("trading.opening_price", category="condition", title="Price to beat", branches=("known", "unknown"))
def opening_price(
    ctx: NodeContext, params: StrikeParams, market: BinaryMarket, path: ReferencePath
) -> Branch:
    """Return K, the mean price over the averaging window before the start.

    The venue's figure comes first, else our own observation. Our exchanges are not the settling oracle. If both the
    venue's figure and our own mean are known, their difference is the basis and is removed. If only the venue's is
    known, the basis is uncertain and widens the estimate. If only ours is known, both sides use our source and the
    basis cancels.
    """
    own = path.opening_mean if path.opening_coverage >= params.least_coverage else None
    named = market.price_to_beat
    if named is not None and own is not None:
        basis = named - Decimal(repr(own))
        strike = Strike(price=named, basis=basis.quantize(_PLACES), deviation=ZERO, source="venue")
    elif named is not None:
        strike = Strike(
            price=named, basis=ZERO, deviation=params.basis_deviation, source="venue_without_basis"
        )
    elif own is not None:
        price = Decimal(repr(own)).quantize(_PLACES)
        strike = Strike(price=price, basis=ZERO, deviation=ZERO, source="own")
    else:
        return Branch(branch="unknown", value={"reason": "neither the venue nor our own prices tell K"})
    return Branch(branch="known", value=strike)


class FairValueParams(Wire):
    window_s: float = Field(default=60, ge=1, le=600, title="Averaging window")
    least_coverage: float = Field(
        default=0.5, gt=0, le=1, title="Least coverage", description="Of the closing window, once inside it"
    )
    sigma_floor: float = Field(
        default=0.00002,
        ge=0,
        le=0.01,
        title="Least volatility",
        description="Per √second; a quiet minute must not make the estimate certain",
    )


class FairValueEstimate(Wire):
    """Estimate. `up` is P(UP).

    `mean` and `deviation` (USD) describe the expected settlement price.
    """

    slug: str
    up: Decimal
    mean: Decimal
    deviation: Decimal
    strike: Decimal
    sigma: float
    seconds_left: float


@node("trading.fair_value", category="condition", title="Fair value", branches=("ready", "waiting"))
def fair_value(
    ctx: NodeContext, params: FairValueParams, market: BinaryMarket, path: ReferencePath, strike: Strike
) -> Branch:
    """Return P(UP) under a mean-price settlement.

    Formulas: `argosy.domains.trading.fair_value`. Branch `waiting` while there is no volatility yet, or while too
    little of the closing window was observed.
    """
    now_ms = ctx.clock.now_ms()
    left_s = (to_ms(market.window_end) - now_ms) / 1000
    if path.sigma is None:
        return Branch(branch="waiting", value={"reason": f"{path.steps} price steps are too few"})
    if left_s < 0:
        return Branch(branch="waiting", value={"reason": "the window is over"})
    inside = left_s < params.window_s
    if inside and (path.closing_mean is None or path.closing_coverage < params.least_coverage):
        return Branch(branch="waiting", value={"reason": "too little of the closing window was seen"})
    basis = float(strike.basis)
    sigma = max(path.sigma, params.sigma_floor)
    spot = float(path.price) + basis
    age_s = max((now_ms - path.at_ms) / 1000, 0.0)
    found = compute(
        spot,
        float(strike.price),
        sigma,
        left_s,
        window_s=params.window_s,
        mean_so_far=path.closing_mean + basis if inside and path.closing_mean is not None else None,
        strike_deviation=math.hypot(float(strike.deviation), spot * sigma * math.sqrt(age_s)),
    )
    return Branch(
        branch="ready",
        value=FairValueEstimate(
            slug=market.slug,
            up=Decimal(repr(found.up)).quantize(_PLACES),
            mean=Decimal(repr(found.mean)).quantize(_PLACES),
            deviation=Decimal(repr(found.deviation)).quantize(_PLACES),
            strike=strike.price,
            sigma=sigma,
            seconds_left=left_s,
        ),
    )


class ValueEdgeParams(Wire):
    margin: Decimal = Field(
        default=Decimal("0.03"),
        ge=0,
        le=1,
        title="Margin",
        description="P − ask − fee must be over this, a share",
    )
    least_price: Decimal = Field(default=Decimal("0.05"), ge=0, le=1, title="Least price")
    most_price: Decimal = Field(default=Decimal("0.95"), ge=0, le=1, title="Highest price")
    most_edge: Decimal = Field(
        default=Decimal("0.25"),
        gt=0,
        le=1,
        title="Unbelievable edge",
        description="A larger one says that the model or a source is wrong; nothing is bought",
    )


class ValueEdge(Wire):
    """Cheap outcome: `shares` at up to `limit`; `cost` is per share including the fee."""

    slug: str
    symbol: str
    outcome: str
    probability: Decimal
    price: Decimal
    limit: Decimal
    shares: Decimal
    cost: Decimal
    edge: Decimal


@node("trading.value_edge", category="condition", title="Value edge", branches=("buy", "none"))
def value_edge(
    ctx: NodeContext,
    params: ValueEdgeParams,
    market: BinaryMarket,
    books: PairBooks,
    estimate: FairValueEstimate,
) -> Branch:
    """Return the outcome whose probability exceeds ask and fee by more than the margin.

    The walk goes as deep as that holds. The ask is the worse of two prices: the outcome's own ask, and the price
    implied by the other outcome's best bid. The two books are one, so the better price is outdated.
    """
    if market.fees is None:
        raise InvalidInput(
            f"market {market.slug} charges fees by a schedule that is not known", expected="a fee schedule"
        )
    chances = ((UP, estimate.up, books.up, books.down), (DOWN, ONE - estimate.up, books.down, books.up))
    best: ValueEdge | None = None
    for outcome, probability, own, other in chances:
        found = _cheap(params, market, outcome, probability, own, other)
        if found is not None and (best is None or found.edge > best.edge):
            best = found
    if best is None:
        return Branch(branch="none", value=None)
    if best.edge > params.most_edge:
        return Branch(branch="none", value={"reason": f"an edge of {best.edge} is not believable"})
    return Branch(branch="buy", value=best)


def _cheap(
    params: ValueEdgeParams,
    market: BinaryMarket,
    outcome: str,
    probability: Decimal,
    own: OrderBook,
    other: OrderBook,
) -> ValueEdge | None:
    assert market.fees is not None  # the caller has checked it
    implied = ONE - other.bids[0].price if other.bids else ZERO
    taken: list[Level] = []
    for level in own.asks:
        price = max(level.price, implied)
        edge = probability - price - fee_per_share(market.fees, price)
        if edge <= params.margin or not params.least_price <= price <= params.most_price:
            break
        taken.append(Level.model_construct(price=price, size=level.size))
    shares = sum((level.size for level in taken), ZERO)
    if not shares:
        return None
    price = taken[0].price
    cost = price + fee_per_share(market.fees, price)
    return ValueEdge(
        slug=market.slug,
        symbol=market.token(outcome),
        outcome=outcome,
        probability=probability,
        price=price,
        limit=taken[-1].price,
        shares=shares,
        cost=cost,
        edge=probability - cost,
    )


class KellyParams(VenueParams):
    kelly_share: Decimal = Field(
        default=Decimal("0.25"), gt=0, le=1, title="Share of Kelly", description="A quarter by default"
    )
    most_share: Decimal = Field(
        default=Decimal("0.05"),
        gt=0,
        le=1,
        title="Cap",
        description="Largest part of the capital at stake in one market",
    )
    most_shares: Decimal = Field(default=Decimal(500), gt=0, le=100_000, title="Most shares an order")


class BuyPlan(Wire):
    """Purchase to make. `shares` 0 comes with a `reason`."""

    slug: str
    symbol: str
    outcome: str
    shares: Decimal
    limit: Decimal
    cost: Decimal
    probability: Decimal
    edge: Decimal
    reason: str | None = None


class KellyOutputs(Wire):
    plan: BuyPlan


@node("trading.kelly_size", category="risk", title="Kelly size", pool="io", timeout_s=10, retry=QUICK_RETRY)
def kelly_size(
    ctx: NodeContext, params: KellyParams, market: BinaryMarket, edge: ValueEdge, capital: Decimal
) -> KellyOutputs:
    """Return a purchase of quarter-Kelly size, capped, minus the stake in this market.

    No shares are bought while the other outcome is held: that would be a pair at a loss.
    """
    stake = capital * kelly_fraction(edge.probability, edge.cost, params.kelly_share, params.most_share)
    held = {
        position.symbol: position
        for position in with_positions(ctx.venues.get(params.venue)).positions()
        if position.symbol in market.symbols and position.quantity > 0
    }
    own = held.get(edge.symbol)
    if own is not None:
        stake -= own.quantity * own.average_cost
    # The venue spends the whole amount, size times limit: at better prices for more shares, never for less money.
    most = edge.limit + (ZERO if market.fees is None else fee_per_share(market.fees, edge.limit))
    shares = floor_purchase(
        max(min(stake / max(most, edge.cost), edge.shares, params.most_shares), ZERO), market.tick
    )
    reason = None
    if market.other(edge.symbol) in held:
        reason = "the other outcome is held"
    elif shares < market.minimum_size or shares * edge.price < market.minimum_notional:
        reason = f"{shares} shares are under the venue's minimum, or the stake is used up"
    return KellyOutputs(
        plan=BuyPlan(
            slug=market.slug,
            symbol=edge.symbol,
            outcome=edge.outcome,
            shares=ZERO if reason else shares,
            limit=edge.limit,
            cost=edge.cost,
            probability=edge.probability,
            edge=edge.edge,
            reason=reason,
        )
    )
