"""Spot trading by candles: closed candles, their mean, and an order at the market."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.actions.action import Action, ActionKind, ActionResult
from argosy.core.actions.opportunity import Opportunity, OpportunityKind, OpportunityState
from argosy.core.clock import to_ms
from argosy.core.money.money import ONE, ZERO, floor_to
from argosy.core.venues.asset import Asset, AssetKind
from argosy.core.venues.needs import with_order_books
from argosy.core.venues.venue import Assets, Venue
from argosy.core.wire import Wire
from argosy.domains.trading.candle import Candle, length_ms
from argosy.domains.trading.nodes.market import QUICK_RETRY
from argosy.domains.trading.nodes.spot_holding import SpotHolding
from argosy.domains.trading.nodes.support import VenueParams
from argosy.domains.trading.venues.replies.pairs import quote_currency
from argosy.errors import InvalidInput, NoQuote, StaleData
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node

_LATE_MS = 60_000
"""Longest delay, in milliseconds, of a venue in listing a finished candle."""
_OLDEST_BOOK_S = 15.0
_FINEST = Decimal("0.00000001")


class SpotParams(VenueParams):
    venue: str = Field(default="binance", min_length=1, max_length=64, title="Exchange")
    symbol: str = Field(default="BTC/USDT", min_length=3, max_length=40, title="Pair")


class CandlesParams(SpotParams):
    interval: str = Field(default="5m", pattern=r"^[1-9]\d*[smhdw]$", title="Length of a bar")
    limit: int = Field(default=100, ge=1, le=999, title="How many")


class CandlesOutputs(Wire):
    """Closed candles, the newest last."""

    candles: list[Candle]


@node("trading.candles", category="source", title="Candles", pool="io", timeout_s=15, retry=QUICK_RETRY)
def candles(ctx: NodeContext, params: CandlesParams) -> CandlesOutputs:
    """Return closed candles of one pair, without the one still forming.

    Raises StaleData if the candles stopped, NoQuote if there are none.
    """
    venue = ctx.venues.get(params.venue)
    read = getattr(venue, "candles", None)
    if read is None:
        raise InvalidInput(
            f"{params.venue} has no candles", remedy="name an exchange: binance, coinbase, kraken"
        )
    length, now_ms = length_ms(params.interval), ctx.clock.now_ms()
    found: list[Candle] = read(params.symbol, params.interval, limit=params.limit + 1)
    closed = [candle for candle in found if to_ms(candle.at) + length <= now_ms][-params.limit :]
    if not closed:
        raise NoQuote(f"{params.venue} has no closed candles of {params.symbol}: nothing is decided")
    age_ms = now_ms - to_ms(closed[-1].at)
    if age_ms > 2 * length + _LATE_MS:
        raise StaleData(
            f"the candles of {params.symbol} at {params.venue} stopped: nothing is decided on them",
            expected=f"one that ended at most {(length + _LATE_MS) // 1000} s ago",
            found=f"the last one ended {(age_ms - length) // 1000} s ago",
        )
    return CandlesOutputs(candles=closed)


class MeanParams(Wire):
    length: int = Field(default=20, ge=1, le=999, title="Bars")
    band: Decimal = Field(
        default=ZERO,
        ge=0,
        lt=1,
        title="Band",
        description="Part of the mean; within it the price is neither below nor above",
    )


class MeanOutputs(Wire):
    """Mean of the last closes, and the last close relative to it."""

    mean: Decimal
    price: Decimal
    below: bool
    above: bool


@node("trading.mean", category="transform", title="Mean of closes", retry=RetryPolicy(max_attempts=1))
def mean(ctx: NodeContext, params: MeanParams, candles: list[Candle]) -> MeanOutputs:
    """Return the mean of the last `length` closes. Raises NoQuote if there are fewer."""
    if len(candles) < params.length:
        raise NoQuote(
            "too few candles for the mean: nothing is decided",
            expected=f"{params.length}",
            found=str(len(candles)),
            remedy="raise the limit of the candles, or shorten the mean",
        )
    closes = [candle.close for candle in candles[-params.length :]]
    middle, price = sum(closes, ZERO) / len(closes), closes[-1]
    return MeanOutputs(
        mean=middle,
        price=price,
        below=price < middle * (ONE - params.band),
        above=price > middle * (ONE + params.band),
    )


class SpotOrderParams(SpotParams):
    side: Literal["buy", "sell"] = Field(default="buy", title="Buy or sell")
    amount: Decimal = Field(
        default=Decimal(100),
        gt=0,
        le=10**12,
        title="Spend",
        description="In quote currency. A sale sells everything this strategy bought",
    )
    slippage: Decimal = Field(
        default=Decimal("0.005"), ge=0, le=Decimal("0.5"), title="Most beyond the best price"
    )
    again: bool = Field(default=False, title="Buy more while something is held")


class SpotOrderOutputs(Wire):
    """Outputs. `held` is this strategy's quantity after the order, `traded` the turnover.

    `reason` says why no order was sent or filled.
    """

    opportunity: Opportunity | None
    results: list[ActionResult]
    held: Decimal
    traded: Decimal
    reason: str | None


@node(
    "trading.spot_order",
    category="executor",
    title="Spot order",
    pool="io",
    timeout_s=20,
    retry=RetryPolicy(max_attempts=1),
    reduces=True,
)
def spot_order(ctx: NodeContext, params: SpotOrderParams, capital: Decimal | None = None) -> SpotOrderOutputs:
    """Buy for an amount, or sell this strategy's holding, at the market within `slippage` (FAK).

    It buys once and then waits for a sale, unless `again` is set. `capital`, if connected, limits the spending.
    While the outcome of its last order is unknown, no order is sent.
    """
    venue = ctx.venues.get(params.venue)
    holding = SpotHolding(ctx, params.venue, params.symbol)
    holding.settle(venue)
    action, reason = None, holding.waiting
    if reason is None:
        action, reason = _action(ctx, params, venue, holding.quantity, capital)
    if action is None:
        holding.keep()
        return SpotOrderOutputs(
            opportunity=None, results=[], held=holding.quantity, traded=ZERO, reason=reason
        )
    (result,) = ctx.gateway.submit([action])
    holding.take(action, result)
    holding.keep()
    traded = sum((fill.quantity * fill.price for fill in result.fills), ZERO)
    opportunity = Opportunity(
        id=action.client_id,
        kind=OpportunityKind.CUSTOM,
        confidence=1.0,
        expected_profit=ZERO,
        cost=traded or action.quantity * (action.limit_price or ZERO),
        state=OpportunityState.TAKEN if result.filled else OpportunityState.MISSED,
        reason=None if result.filled else result.reason,
        details={"symbol": params.symbol, "side": params.side},
    )
    ctx.emit_opportunity(opportunity, taken=result.filled > 0)
    return SpotOrderOutputs(
        opportunity=opportunity,
        results=[result],
        held=holding.quantity,
        traded=traded,
        reason=None if result.filled else result.reason,
    )


def _action(
    ctx: NodeContext, params: SpotOrderParams, venue: Venue, held: Decimal, capital: Decimal | None
) -> tuple[Action | None, str | None]:
    """Return the order to send, or the reason for sending none."""
    asset = _asset(venue, params.symbol)
    step, grid = asset.quantity_step or _FINEST, asset.price_step or _FINEST
    least = asset.minimum_quantity or ZERO
    if params.side == "sell":
        quantity = floor_to(held, step)
        if quantity <= 0 or quantity < least:
            return None, "nothing is held"
    elif floor_to(held, step) > least and not params.again:
        return None, f"{held} {asset.unit} is held already"
    best = _best(ctx, params, venue)
    away = ONE + params.slippage if params.side == "buy" else ONE - params.slippage
    limit = floor_to(best * away, grid)
    if params.side == "buy":
        spend = params.amount if capital is None else min(params.amount, capital)
        quantity = floor_to(spend / best, step)
        if quantity <= 0 or quantity < least:
            return None, f"{spend} {asset.quote_currency} buys less than the market's minimum"
    action = Action(
        client_id=ctx.client_id(0),
        venue=params.venue,
        kind=ActionKind.PLACE_ORDER,
        symbol=params.symbol,
        label=params.symbol,
        side=params.side,
        quantity=quantity,
        limit_price=limit if limit > 0 else grid,
        time_in_force="FAK",
        currency=asset.quote_currency,
        parameters={"decidedAt": str(ctx.clock.now_ms())},
    )
    return action, None


def _asset(venue: Venue, symbol: str) -> Asset:
    base = symbol.partition("/")[0]
    listed = venue.assets() if isinstance(venue, Assets) else ()
    found = next((asset for asset in listed if asset.symbol == symbol), None)
    return found or Asset(
        kind=AssetKind.SPOT,
        symbol=symbol,
        venue=venue.name,
        unit=base,
        quote_currency=quote_currency(symbol),
    )


def _best(ctx: NodeContext, params: SpotOrderParams, venue: Venue) -> Decimal:
    """Return the price that an order meets. Raises NoQuote, StaleData."""
    book = with_order_books(venue).order_book(params.symbol)
    level = book.best_ask if params.side == "buy" else book.best_bid
    if level is None or book.crossed:
        raise NoQuote(f"{params.venue} has no price to {params.side} {params.symbol} at: nothing is sent")
    age_s = (ctx.clock.now() - (book.at or book.received_at)).total_seconds()
    if abs(age_s) > _OLDEST_BOOK_S:
        raise StaleData(
            f"{params.venue}'s order book of {params.symbol} is outdated: nothing is sent",
            found=f"{age_s:.1f} s old",
        )
    return level.price
