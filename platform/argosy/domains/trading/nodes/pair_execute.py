"""Purchase of both legs, and repair if only one of them fills."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from loguru import logger
from pydantic import Field

from argosy.core.actions.action import (
    Action,
    ActionKind,
    ActionResult,
    ActionStatus,
    Leg,
    LegPolicy,
    Side,
    TimeInForce,
)
from argosy.core.actions.opportunity import Opportunity, OpportunityKind, OpportunityState
from argosy.core.money.money import ONE, ZERO, floor_to
from argosy.core.venues.needs import with_balances
from argosy.core.wire import Wire
from argosy.domains.trading.action_kinds import MERGE_PAIR
from argosy.domains.trading.fees import fee_per_share, most_fee
from argosy.domains.trading.market import DOWN, UP, BinaryMarket
from argosy.domains.trading.nodes.support import PairPlan, VenueParams, binary_venue
from argosy.domains.trading.sizes import CENT, SHARE_STEP, floor_quantity, floor_shares
from argosy.errors import ArgosyError
from argosy.graph.context import NodeContext
from argosy.graph.node import RetryPolicy
from argosy.graph.registry import node
from argosy.venuekit.paper.fill_kernel import walk

OneLeg = Literal["complete_or_unwind", "unwind", "hold"]

# Indices of this node's actions: fixed, so that a redelivered execution finds its earlier actions.
_UP, _DOWN, _COMPLETE, _UNWIND, _MERGE, _MERGE_LATE = range(6)


_POLICY: dict[OneLeg, LegPolicy] = {"complete_or_unwind": "hedge", "unwind": "unwind", "hold": "hold"}


class PairExecuteParams(VenueParams):
    one_leg: OneLeg = Field(
        default="complete_or_unwind",
        title="When one leg fills",
        description="Buy the missing leg within a bounded loss, else sell the lone one; or sell at once; or hold",
    )
    completion_loss: Decimal = Field(
        default=Decimal("0.03"), ge=0, le=1, title="Largest loss a share when completing"
    )
    unwind_loss: Decimal = Field(
        default=Decimal("0.10"), ge=0, le=1, title="Largest price fall accepted when unwinding"
    )
    merge: bool = Field(default=True, title="Merge pairs", description="Turn pairs into cash at once")
    oldest_plan_s: float = Field(
        default=3, gt=0, le=60, title="Oldest plan", description="A plan that waited longer is not executed"
    )


class PairExecution(Wire):
    """Result of an execution.

    `pairs` are complete pairs. `lone` are leftover shares of one outcome, named by `lone_symbol`. A pair that was
    taken or completed has lone shares where one leg met better prices than the other.
    """

    state: Literal["taken", "missed", "completed", "unwound", "one_legged", "unknown", "declined"]
    pairs: Decimal = ZERO
    lone: Decimal = ZERO
    lone_symbol: str | None = None
    spent: Decimal = ZERO
    realised: Decimal = ZERO
    reason: str | None = None


class PairExecuteOutputs(Wire):
    execution: PairExecution
    opportunity: Opportunity
    results: list[ActionResult]
    pnl: Decimal


class _Desk:
    """Actions and results of one execution."""

    def __init__(
        self, ctx: NodeContext, params: PairExecuteParams, market: BinaryMarket, plan: PairPlan
    ) -> None:
        self._ctx = ctx
        self._fees = market.fees
        self._params = params
        self._plan = plan
        self.results: list[ActionResult] = []
        self._unmerged = ZERO

    def order(
        self,
        index: int,
        symbol: str,
        side: Side,
        shares: Decimal,
        limit: Decimal,
        tif: TimeInForce,
        leg: Leg | None = None,
    ) -> Action:
        return Action(
            client_id=self._ctx.client_id(index),
            venue=self._params.venue,
            kind=ActionKind.PLACE_ORDER,
            symbol=symbol,
            label=f"{UP if symbol == self._plan.up_symbol else DOWN} of {self._plan.slug}",
            side=side,
            quantity=shares,
            limit_price=limit,
            time_in_force=tif,
            max_fee=ZERO if self._fees is None else most_fee(self._fees, shares, limit, side),
            leg=leg,
            parameters={"slug": self._plan.slug, "decidedAt": str(self._ctx.clock.now_ms())},
        )

    def legs(self) -> list[Action]:
        """Return both legs, each all or nothing.

        The second is sent only if the first was filled.
        """
        plan, group = self._plan, self._ctx.client_id(_UP)
        wanted = ((_UP, plan.up_symbol, plan.up_limit), (_DOWN, plan.down_symbol, plan.down_limit))
        return [
            self.order(
                index,
                symbol,
                "buy",
                plan.shares,
                limit,
                "FOK",
                Leg(group=group, index=number, count=2, on_failure=_POLICY[self._params.one_leg]),
            )
            for number, (index, symbol, limit) in enumerate(wanted)
        ]

    def submit(self, *actions: Action) -> list[ActionResult]:
        answers = self._ctx.gateway.submit(actions)
        self.results += answers
        return answers

    def merge(self, index: int, pairs: Decimal) -> None:
        if not self._params.merge:
            self._unmerged += pairs
            return
        action = Action(
            client_id=self._ctx.client_id(index),
            venue=self._params.venue,
            kind=MERGE_PAIR,
            symbol=self._plan.up_symbol,
            label=f"pairs of {self._plan.slug}",
            quantity=pairs,
            parameters={"slug": self._plan.slug, "pairWith": self._plan.down_symbol},
        )
        merged = self.submit(action)[0].status is ActionStatus.FILLED
        self._unmerged += ZERO if merged else pairs

    def realised(self, lone_cost: Decimal = ZERO) -> Decimal:
        """Return the realised cash.

        Shares still held count at cost. While pairs wait to be merged, it is 0.
        """
        return ZERO if self._unmerged else self.cash + lone_cost

    @property
    def spent(self) -> Decimal:
        return sum(
            (f.quantity * f.price + f.quote_fee for r in self.results for f in r.fills if f.side == "buy"),
            ZERO,
        )

    @property
    def cash(self) -> Decimal:
        """Net cash of all actions: sales and merges minus purchases and fees."""
        total = ZERO
        for result in self.results:
            for fill in result.fills:
                notional = fill.quantity * fill.price
                total += (notional if fill.side == "sell" else -notional) - fill.quote_fee
        return total


@node(
    "trading.pair_execute",
    category="executor",
    title="Buy the pair",
    pool="io",
    timeout_s=20,
    retry=RetryPolicy(max_attempts=1),
    reduces=True,
)
def pair_execute(
    ctx: NodeContext, params: PairExecuteParams, market: BinaryMarket, plan: PairPlan
) -> PairExecuteOutputs:
    """Buy equal shares of both outcomes, each leg all or nothing (FOK), and merge them to cash.

    If the first leg is not filled, the second is not sent. If only the first fills, the missing leg is bought up to
    a price that bounds the loss per share. Failing that, the lone leg is sold down to a bounded price fall. The
    rest is held to the end of the window, with an alarm. A leg with an unknown outcome is never repaired by another
    order: reconciliation settles it.

    Better prices bring more shares for the same money, on each leg its own number. Shares beyond the pairs are held:
    they cost nothing more than planned, and a sale would cost spread and fee.
    """
    if plan.shares <= 0:
        reason = plan.reason or "nothing to buy"
        return _outputs(ctx, plan, PairExecution(state="declined", reason=reason), [])
    venue = binary_venue(ctx, params.venue)
    if venue.query_action(ctx.client_id(_UP)) is None:
        waited_s = (ctx.clock.now() - plan.decided_at).total_seconds()
        if waited_s > params.oldest_plan_s:
            reason = f"the plan is {waited_s:.1f} s old, older than {params.oldest_plan_s} s"
            return _outputs(ctx, plan, PairExecution(state="declined", reason=reason), [])
        free = sum(
            (b.free for b in with_balances(venue).balances() if b.currency in ("USD", "USDC", "pUSD")), ZERO
        )
        if free < plan.cost:
            reason = f"{free} USD free, {plan.cost} needed for both legs"
            return _outputs(ctx, plan, PairExecution(state="declined", reason=reason), [])
    desk = _Desk(ctx, params, market, plan)
    up, down = desk.submit(*desk.legs())
    return _outputs(ctx, plan, _finish(ctx, params, market, plan, desk, up, down), desk.results)


def _finish(
    ctx: NodeContext,
    params: PairExecuteParams,
    market: BinaryMarket,
    plan: PairPlan,
    desk: _Desk,
    up: ActionResult,
    down: ActionResult,
) -> PairExecution:
    pairs = min(up.filled, down.filled)
    lone = max(up.filled, down.filled) - pairs
    symbol = plan.up_symbol if up.filled > down.filled else plan.down_symbol
    if not up.status.final or not down.status.final:
        _alarm(
            ctx,
            plan,
            "reconciliation.unsettled",
            "the outcome of a leg is unknown; no further order is sent before its reconciliation",
        )
        return PairExecution(
            state="unknown",
            pairs=pairs,
            lone=lone,
            lone_symbol=symbol if lone else None,
            spent=-desk.cash,
            reason=up.reason or down.reason,
        )
    if pairs:
        desk.merge(_MERGE, pairs)
    if not pairs and not lone:
        return PairExecution(state="missed", reason=up.reason or down.reason)
    if not lone or up.status is down.status is ActionStatus.FILLED:
        larger = up if up.filled > down.filled else down
        return _held(desk, "taken", pairs, lone, symbol, lone * _paid(larger))
    return _mend(ctx, params, market, plan, desk, pairs, lone, symbol)


def _mend(
    ctx: NodeContext,
    params: PairExecuteParams,
    market: BinaryMarket,
    plan: PairPlan,
    desk: _Desk,
    pairs: Decimal,
    lone: Decimal,
    symbol: str,
) -> PairExecution:
    """Repair a lone leg within bounds: complete it, else sell it, else hold it with an alarm."""
    held = next(r for r in desk.results if r.filled and r.fills and r.fills[0].symbol == symbol)
    paid = _paid(held)
    missing = market.other(symbol)
    unknown = False
    negligible = SHARE_STEP
    if params.one_leg == "complete_or_unwind":
        limit = _completion_limit(market, ONE - paid + params.completion_loss)
        limit = min(limit, _near_limit(ctx, params, market, missing, lone))
        shares = floor_quantity(lone, limit, "buy", "FAK") if limit >= market.tick else ZERO
        if shares:
            (late,) = desk.submit(desk.order(_COMPLETE, missing, "buy", shares, limit, "FAK"))
            unknown = not late.status.final
            matched = min(late.filled, lone)
            if matched:
                desk.merge(_MERGE_LATE, matched)
                pairs, lone = pairs + matched, lone - matched
            if late.filled > matched:
                more = late.filled - matched
                return _held(desk, "completed", pairs, more, missing, more * _paid(late))
            # A purchase is for whole cents: what is left of one is too little for another order.
            negligible = max(SHARE_STEP, CENT / limit) if matched else SHARE_STEP
    if lone < negligible:
        return _held(desk, "completed", pairs, lone, symbol, lone * paid)
    if params.one_leg != "hold" and not unknown:
        floor = max(market.tick, floor_to((held.average_price or ZERO) - params.unwind_loss, market.tick))
        (sale,) = desk.submit(desk.order(_UNWIND, symbol, "sell", floor_shares(lone), floor, "FAK"))
        unknown = not sale.status.final
        lone -= sale.filled
    if lone < SHARE_STEP:
        return _held(desk, "unwound", pairs, lone, symbol, lone * paid)
    _alarm(ctx, plan, "one_legged", f"{lone} shares of one outcome are left without their other leg")
    return PairExecution(
        state="unknown" if unknown else "one_legged",
        pairs=pairs,
        lone=lone,
        lone_symbol=symbol,
        spent=desk.spent,
        realised=desk.realised(lone * paid),
        reason="held to the end of the window",
    )


def _near_limit(
    ctx: NodeContext, params: PairExecuteParams, market: BinaryMarket, symbol: str, shares: Decimal
) -> Decimal:
    """Return the limit for the missing shares: the worst price of their walk, plus one tick.

    The walk goes through the present asks. A wider limit would buy more than the missing shares. Without a readable
    book, or without asks, the limit is 1.
    """
    try:
        book = binary_venue(ctx, params.venue).order_book(symbol)
    except ArgosyError as error:
        logger.warning("the book of {} cannot be read, the whole bound is the limit: {}", symbol, error)
        return ONE
    worst = walk(book.asks, shares).worst
    return ONE if worst is None else worst + market.tick


def _held(
    desk: _Desk,
    state: Literal["taken", "completed", "unwound"],
    pairs: Decimal,
    lone: Decimal,
    symbol: str,
    lone_cost: Decimal,
) -> PairExecution:
    """Return the result of a good end.

    Shares beyond the pairs, if any, are held to the window's end.
    """
    return PairExecution(
        state=state,
        pairs=pairs,
        lone=lone,
        lone_symbol=symbol if lone else None,
        spent=desk.spent,
        realised=desk.realised(lone_cost),
        reason=f"{lone.normalize():f} shares beyond the pairs are held to the end of the window"
        if lone
        else None,
    )


def _paid(result: ActionResult) -> Decimal:
    """Return the cost of a share, fees included."""
    return (result.average_price or ZERO) + result.fee / result.filled


def _completion_limit(market: BinaryMarket, most: Decimal) -> Decimal:
    """Return the highest price on the grid with price plus fee within `most`; 0 if none."""
    assert market.fees is not None  # the edge was computed with them
    price = min(floor_to(most, market.tick), ONE - market.tick)
    while price > 0 and price + fee_per_share(market.fees, price) > most:
        price -= market.tick
    return max(price, ZERO)


def _alarm(ctx: NodeContext, plan: PairPlan, code: str, text: str) -> None:
    ctx.emit("alarm", {"code": code, "level": "warning", "text": f"{plan.slug}: {text}"})
    ctx.notifier.notify("Pair arbitrage", f"{plan.slug}: {text}", level="warning")


def _outputs(
    ctx: NodeContext, plan: PairPlan, execution: PairExecution, results: list[ActionResult]
) -> PairExecuteOutputs:
    taken = execution.state in ("taken", "completed")
    states = {"missed": OpportunityState.MISSED, "declined": OpportunityState.DECLINED}
    opportunity = Opportunity(
        id=ctx.client_id(_UP),
        kind=OpportunityKind.ARBITRAGE,
        confidence=0.95,
        expected_profit=plan.profit,
        cost=plan.cost,
        risk=plan.cost / 2,
        expires_at=plan.expires_at,
        state=OpportunityState.TAKEN if taken else states.get(execution.state, OpportunityState.FAILED),
        reason=execution.reason,
        details={
            "slug": plan.slug,
            "shares": str(plan.shares),
            "edge": str(plan.edge),
            "outcome": execution.state,
        },
    )
    ctx.emit_opportunity(opportunity, taken=taken)
    return PairExecuteOutputs(
        execution=execution, opportunity=opportunity, results=results, pnl=execution.realised
    )
