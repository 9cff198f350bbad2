"""Purchase of one outcome, and redemption of decided markets."""

from __future__ import annotations

import hashlib
from decimal import Decimal

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.opportunity import Opportunity, OpportunityKind, OpportunityState
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire
from argosy.domains.trading.fees import most_fee
from argosy.domains.trading.market import BinaryMarket
from argosy.domains.trading.nodes.market import QUICK_RETRY
from argosy.domains.trading.nodes.support import VenueParams, binary_venue
from argosy.domains.trading.nodes.value import BuyPlan
from argosy.domains.trading.redemption import Redemptions, own_part, redeemable, redemption
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node


class BuyOutputs(Wire):
    """Outputs of a purchase.

    `shares` were bought for `spent`, fees included. `opportunity` is None if the plan has no shares.
    """

    opportunity: Opportunity | None
    results: list[ActionResult]
    shares: Decimal
    spent: Decimal


@node(
    "trading.buy_outcome",
    category="executor",
    title="Buy outcome",
    pool="io",
    timeout_s=15,
    retry=RetryPolicy(max_attempts=1),
)
def buy_outcome(ctx: NodeContext, params: VenueParams, market: BinaryMarket, plan: BuyPlan) -> BuyOutputs:
    """Buy up to the plan's limit and cancel the rest (FAK). Shares are held to settlement.

    Prices below the limit bring more shares than planned for the same money.
    """
    if plan.shares <= 0:
        return BuyOutputs(opportunity=None, results=[], shares=ZERO, spent=ZERO)
    order = Action(
        client_id=ctx.client_id(0),
        venue=params.venue,
        kind=ActionKind.PLACE_ORDER,
        symbol=plan.symbol,
        label=f"{plan.outcome} of {plan.slug}",
        side="buy",
        quantity=plan.shares,
        limit_price=plan.limit,
        time_in_force="FAK",
        max_fee=ZERO if market.fees is None else most_fee(market.fees, plan.shares, plan.limit, "buy"),
        parameters={"slug": plan.slug, "decidedAt": str(ctx.clock.now_ms())},
    )
    (result,) = ctx.gateway.submit([order])
    spent = sum((fill.quantity * fill.price + fill.quote_fee for fill in result.fills), ZERO)
    planned = plan.cost * plan.shares
    opportunity = Opportunity(
        id=order.client_id,
        kind=OpportunityKind.MISPRICING,
        confidence=float(plan.probability),
        expected_profit=plan.edge * (result.filled or plan.shares),
        cost=spent or planned,
        risk=spent or planned,
        expires_at=market.window_end,
        state=OpportunityState.TAKEN if result.filled else OpportunityState.MISSED,
        reason=None if result.filled else result.reason,
        details={"slug": plan.slug, "outcome": plan.outcome, "edge": str(plan.edge)},
    )
    ctx.emit_opportunity(opportunity, taken=result.filled > 0)
    return BuyOutputs(opportunity=opportunity, results=[result], shares=result.filled, spent=spent)


class SettleOutputs(Wire):
    """Outputs of a settlement.

    `unresolved` names markets whose window is over but that the venue has not decided.
    """

    results: list[ActionResult]
    pnl: Decimal
    unresolved: list[str]


@node(
    "trading.settle",
    category="executor",
    title="Settle",
    pool="io",
    timeout_s=20,
    retry=QUICK_RETRY,
    reduces=True,
)
def settle(ctx: NodeContext, params: VenueParams) -> SettleOutputs:
    """Redeem shares of finished markets at the venue's resolution: 1, 0, or a fraction.

    Without a resolution nothing is booked, whatever the last prices. Only this strategy's own shares are redeemed.
    A venue without redemptions pays by itself, or its shares are redeemed elsewhere: there the node does nothing.
    """
    venue = binary_venue(ctx, params.venue)
    if not isinstance(venue, Redemptions):
        return SettleOutputs(results=[], pnl=ZERO, unresolved=[])
    holdings = venue.holdings()
    if ctx.trade_records is not None:
        holdings = own_part(holdings, params.venue, ctx.trade_records.held(ctx.strategy_id or ""))
    found = redeemable(venue, holdings, ctx.clock.now())

    def client_id(symbol: str) -> str:
        # A digest of the symbol, not a short checksum: two symbols of one value would share an action.
        return ctx.client_id(int.from_bytes(hashlib.sha256(symbol.encode()).digest()))

    before = _realised(ctx) if found.due else None
    results = ctx.gateway.submit([redemption(each, params.venue, client_id) for each in found.due])
    if before is not None:
        own = _realised(ctx)
        pnl = ZERO if own is None else own - before
        return SettleOutputs(results=results, pnl=pnl, unresolved=list(found.unresolved))
    pnl = sum(
        (
            result.filled * (result.average_price or ZERO) - holding.cost
            for holding, result in zip(found.due, results, strict=True)
            if result.status is ActionStatus.FILLED
        ),
        ZERO,
    )
    return SettleOutputs(results=results, pnl=pnl, unresolved=list(found.unresolved))


def _realised(ctx: NodeContext) -> Decimal | None:
    """Return the strategy's realised profit by the ledger; None without trade records."""
    record = None if ctx.trade_records is None else ctx.trade_records.trades(ctx.strategy_id or "")
    return None if record is None else record.realised
