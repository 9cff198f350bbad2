"""Nodes of the domain."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from argosy.core.actions.action import Action, ActionKind, ActionResult
from argosy.core.actions.opportunity import Opportunity, OpportunityKind, OpportunityState
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node
from support.electricity.venue import VENUE, PowerVenue


class BuyParams(Wire):
    """Fields of the node's form."""

    amount: Decimal = Field(default=Decimal(1), gt=0, le=10, title="MWh to buy")
    most_price: Decimal = Field(default=Decimal(70), gt=0, title="Highest price, USD per MWh")


class BuyOutputs(Wire):
    """Output ports of the node."""

    opportunity: Opportunity | None
    results: list[ActionResult]
    hour: str


@node(
    "electricity.buy_cheapest",
    category="executor",
    title="Buy the cheapest hour",
    pool="io",
    timeout_s=20,
    retry=RetryPolicy(max_attempts=1),
)
def buy_cheapest(ctx: NodeContext, params: BuyParams) -> BuyOutputs:
    """Buy the cheapest of the next hours, if it costs little enough and none of it is held."""
    venue = ctx.venues.get(VENUE)
    assert isinstance(venue, PowerVenue)
    hour = min(venue.hours(), key=lambda each: each.ask)
    held = {position.symbol: position.quantity for position in venue.positions()}
    ctx.emit("bot_metrics", {"metrics": {"mwh": str(sum(held.values(), ZERO))}})
    if hour.ask > params.most_price or held.get(hour.symbol):
        return BuyOutputs(opportunity=None, results=[], hour=hour.symbol)
    action = Action(
        client_id=ctx.client_id(0),
        venue=VENUE,
        kind=ActionKind.PLACE_ORDER,
        symbol=hour.symbol,
        label=hour.symbol,
        side="buy",
        quantity=params.amount,
        limit_price=hour.ask,
        time_in_force="FAK",
        currency="USD",
    )
    (result,) = ctx.gateway.submit([action])
    taken = result.filled > 0
    opportunity = Opportunity(
        id=action.client_id,
        kind=OpportunityKind.CUSTOM,
        confidence=1.0,
        expected_profit=ZERO,
        cost=params.amount * hour.ask,
        state=OpportunityState.TAKEN if taken else OpportunityState.MISSED,
        reason=result.reason,
    )
    ctx.emit_opportunity(opportunity, taken=taken)
    return BuyOutputs(opportunity=opportunity, results=[result], hour=hour.symbol)
