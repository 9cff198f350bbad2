"""Reference prices of the underlying: from exchanges, combined, and remembered."""

from __future__ import annotations

import statistics
from decimal import Decimal
from typing import Any

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.venues.needs import with_quotes
from argosy.core.wire import Wire
from argosy.domains.trading.fair_value import realised_volatility, time_weighted_mean
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.nodes.market import QUICK_RETRY
from argosy.domains.trading.nodes.support import ReferencePrice, VenueParams
from argosy.errors import NoQuote, StaleData
from argosy.graph.context import NodeContext
from argosy.graph.node import Many, RetryPolicy
from argosy.graph.registry import node


class ReferenceParams(VenueParams):
    venue: str = Field(default="coinbase", min_length=1, max_length=64, title="Exchange")
    symbol: str = Field(default="BTC/USD", min_length=3, max_length=40, title="Symbol")
    max_age_s: float = Field(
        default=15, gt=0, le=3600, title="Oldest price", description="Older prices are refused, seconds"
    )


class ReferenceOutputs(Wire):
    price: ReferencePrice


@node(
    "trading.reference_price",
    category="source",
    title="Reference price",
    pool="io",
    timeout_s=10,
    retry=QUICK_RETRY,
)
def reference_price(
    ctx: NodeContext, params: ReferenceParams, given: ReferencePrice | None = None
) -> ReferenceOutputs:
    """Return the mid price of one symbol at one exchange, else its last trade.

    Raises StaleData, NoQuote. A fresh price in `given`, read earlier by the bot, is passed on without a request.
    """
    if given is not None and (ctx.clock.now() - given.at).total_seconds() <= params.max_age_s:
        return ReferenceOutputs(price=given)
    quote = with_quotes(ctx.venues.get(params.venue)).quote(params.symbol)
    price = quote.mid if quote.mid is not None else quote.last
    if price is None or price <= 0:
        raise NoQuote(f"{params.venue} has no price for {params.symbol}")
    age_s = (ctx.clock.now() - quote.at).total_seconds()
    if age_s > params.max_age_s:
        raise StaleData(
            f"the price of {params.symbol} at {params.venue} is old",
            expected=f"at most {params.max_age_s} s",
            found=f"{age_s:.1f} s",
        )
    return ReferenceOutputs(
        price=ReferencePrice(venue=params.venue, symbol=params.symbol, price=price, at=quote.at)
    )


class ConsensusParams(Wire):
    minimum_sources: int = Field(default=1, ge=1, le=20, title="Least sources")
    maximum_spread_bps: Decimal = Field(
        default=Decimal(30), gt=0, le=1000, title="Largest disagreement", description="In basis points"
    )


@node(
    "trading.price_consensus",
    category="transform",
    title="Price consensus",
    retry=RetryPolicy(max_attempts=1),
)
def price_consensus(
    ctx: NodeContext, params: ConsensusParams, prices: Many[ReferencePrice]
) -> ReferenceOutputs:
    """Return the median of several exchanges' prices.

    Raises NoQuote if there are too few prices or they disagree.
    """
    if len(prices) < params.minimum_sources:
        raise NoQuote(
            "too few reference prices", expected=f"at least {params.minimum_sources}", found=str(len(prices))
        )
    median = statistics.median(p.price for p in prices)
    spread_bps = (max(p.price for p in prices) - min(p.price for p in prices)) / median * 10_000
    if spread_bps > params.maximum_spread_bps:
        raise NoQuote(
            "the exchanges disagree",
            expected=f"within {params.maximum_spread_bps} bps",
            found=", ".join(f"{p.venue} {p.price}" for p in prices),
        )
    return ReferenceOutputs(
        price=ReferencePrice(
            venue="consensus",
            symbol=prices[0].symbol,
            price=median,
            at=min(p.at for p in prices),
            sources=len(prices),
        )
    )


class PathParams(Wire):
    volatility_s: float = Field(
        default=300, ge=10, le=3600, title="Volatility over", description="Seconds the volatility looks back"
    )
    window_s: float = Field(
        default=60, ge=1, le=600, title="Averaging window", description="Seconds of the settlement's mean"
    )
    longest_gap_s: float = Field(
        default=75,
        ge=2,
        le=600,
        title="Longest gap",
        description="A price is held for this long at most; one-minute bars need more than 60",
    )
    least_steps: int = Field(default=5, ge=2, le=600, title="Least price steps before there is a volatility")


class ReferencePath(Wire):
    """Present reference price with figures of its recent path.

    `sigma` is the volatility per √second, None while too little is known. `opening_mean` is the time-weighted mean
    over the averaging window that ended at the start of the market's window. `closing_mean` is the mean so far in
    the averaging window that ends with the market's window. The coverages are the fractions of the time with a
    price.
    """

    price: Decimal
    at_ms: int
    steps: int
    sigma: float | None
    opening_mean: float | None = None
    opening_coverage: float = 0.0
    closing_mean: float | None = None
    closing_coverage: float = 0.0


class PathOutputs(Wire):
    path: ReferencePath


@node("trading.price_path", category="transform", title="Price path")
def price_path(
    ctx: NodeContext, params: PathParams, market: BinaryMarket, price: ReferencePrice
) -> PathOutputs:
    """Store the reference price; compute the volatility and the means of the settlement.

    One sample per second is kept. A run that is delivered twice adds its sample once. Time without own observations
    is reported as uncovered and never filled in.
    """
    moment = round(to_ms(price.at) / 1000, 3)
    start = None if market.window_start is None else to_ms(market.window_start) / 1000
    end = to_ms(market.window_end) / 1000
    keep_s = max(params.volatility_s, 2 * params.window_s) + params.longest_gap_s

    def add(old: Any) -> dict[str, Any]:
        memory = dict(old or {"samples": [], "opening": {}})
        samples = memory["samples"]
        if not samples or moment >= samples[-1][0] + 1.0:
            samples = [s for s in samples if s[0] >= moment - keep_s] + [[moment, float(price.price)]]
        opening = memory["opening"]
        if start is not None and market.slug not in opening and moment >= start:
            mean = time_weighted_mean(
                samples, start - params.window_s, start, longest_hold_s=params.longest_gap_s
            )
            opening = {**dict(list(opening.items())[-3:]), market.slug: list(mean or (0.0, 0.0))}
        return {"samples": samples, "opening": opening}

    memory = ctx.documents.update(ctx.memory_namespace, f"path:{ctx.node_id}", add)
    recent = [s for s in memory["samples"] if s[0] >= moment - params.volatility_s]
    sigma = realised_volatility(recent, longest_gap_s=params.longest_gap_s)
    opening_mean, opening_coverage = memory["opening"].get(market.slug, (0.0, 0.0))
    now = to_ms(ctx.clock.now()) / 1000
    closing = None
    if now > end - params.window_s:
        closing = time_weighted_mean(
            memory["samples"], end - params.window_s, min(now, end), longest_hold_s=params.longest_gap_s
        )
    return PathOutputs(
        path=ReferencePath(
            price=price.price,
            at_ms=to_ms(price.at),
            steps=max(len(recent) - 1, 0),
            sigma=sigma if len(recent) > params.least_steps else None,
            opening_mean=opening_mean if opening_coverage > 0 else None,
            opening_coverage=round(opening_coverage, 4),
            closing_mean=None if closing is None else closing[0],
            closing_coverage=0.0 if closing is None else round(closing[1], 4),
        )
    )
