"""Nodes that trade at random: every kind of order, in small amounts, on every run."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Literal

from pydantic import Field

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Leg, Side, TimeInForce
from argosy.core.venues.venue import OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.market import window_slug
from argosy.domains.trading.nodes.support import binary_venue
from argosy.graph.context import NodeContext
from argosy.graph.node import Many, RetryPolicy
from argosy.graph.registry import node

VENUE = "polymarket"
SERIES = "btc-updown-15m"
OPEN = "chaos-open"
CENT = Decimal("0.01")


class Side2(Wire):
    """Best prices of one outcome; None where the book has none."""

    symbol: str
    label: str
    bid: Decimal | None
    ask: Decimal | None


class Sight(Wire):
    """Both outcomes, and this strategy's positions in them, in whole shares."""

    slug: str
    outcomes: list[Side2]
    held: dict[str, Decimal] = {}


class SightOutputs(Wire):
    sight: Sight


@node(
    "chaos.look", category="source", title="Look", pool="heavy", timeout_s=10, retry=RetryPolicy(delay_s=0.2)
)
def look(ctx: NodeContext, capital: Decimal | None = None) -> SightOutputs:
    """Read the current market and its best prices.

    The node is in another pool, so that it does not wait behind strikes.
    """
    return SightOutputs(sight=_sight(ctx))


def _sight(ctx: NodeContext) -> Sight:
    venue = binary_venue(ctx, VENUE)
    market = venue.market(window_slug(SERIES, ctx.clock.now()))
    books = venue.books([market.up, market.down])
    return Sight(
        slug=market.slug,
        outcomes=[_side(book, name) for book, name in zip(books, ("UP", "DOWN"), strict=True)],
        held=_held(ctx, [market.up, market.down]),
    )


def _side(book: OrderBook, label: str) -> Side2:
    bid, ask = book.best_bid, book.best_ask
    return Side2(
        symbol=book.symbol,
        label=label,
        bid=None if bid is None else bid.price,
        ask=None if ask is None else ask.price,
    )


def _held(ctx: NodeContext, symbols: list[str]) -> dict[str, Decimal]:
    books = getattr(ctx, "books", None)
    held = ctx.venues.get(VENUE).positions() if books is None else books.portfolio(ctx.strategy_id).positions
    return {p.symbol: _floor(p.quantity, Decimal(1)) for p in held if p.symbol in symbols}


class Weighed(Wire):
    sight: Sight


@node("chaos.weigh", category="transform", title="Weigh", pool="heavy", timeout_s=10)
def weigh(ctx: NodeContext, sight: Sight) -> Weighed:
    """Compute something in the processes of the heavy pool."""
    rng = random.Random(ctx.run_id)
    sum(rng.random() for _ in range(2_000))
    return Weighed(sight=sight)


class Wish(Wire):
    """Order, or (with `cancels`) the client id of an order to cancel.

    `pair` makes the order a leg together with its neighbour.
    """

    symbol: str
    label: str
    side: Side = "buy"
    quantity: Decimal = Decimal(0)
    limit: Decimal | None = None
    time_in_force: TimeInForce = "FOK"
    cancels: str | None = None
    pair: bool = False


class PlanParams(Wire):
    most: int = Field(default=3, ge=1, le=20, title="Most wishes a run")
    kind: Literal["all", "takes"] = Field(
        default="all", title="All kinds of orders, or only such as end at once"
    )


class Wishes(Wire):
    wishes: list[Wish]


@node("chaos.plan", category="transform", title="Plan")
def plan(ctx: NodeContext, params: PlanParams, sight: Sight) -> Wishes:
    """Draw orders at random; the same run and node always give the same orders."""
    rng = random.Random(f"{ctx.run_id}:{ctx.key}")
    wishes: list[Wish] = []
    held = dict(sight.held)
    for _ in range(rng.randint(1, params.most)):
        wishes += _draw(ctx, rng, sight.outcomes, held, all_kinds=params.kind == "all")
    return Wishes(wishes=wishes)


def _draw(
    ctx: NodeContext, rng: random.Random, outcomes: list[Side2], held: dict[str, Decimal], *, all_kinds: bool
) -> list[Wish]:
    """Draw one wish.

    Towards its end a market has buyers of one outcome and sellers of the other only. A sale then takes the
    former, a purchase the latter.
    """
    offered = [o for o in outcomes if o.ask]
    wanted = [o for o in outcomes if o.bid and held.get(o.symbol, Decimal(0)) >= 5]
    lot = rng.random()
    if wanted and (lot < 0.35 or any(held[o.symbol] > 60 for o in wanted)):
        outcome = rng.choice(wanted)
        return [_order(outcome, "sell", held.pop(outcome.symbol), "FAK" if lot < 0.3 else "FOK", -3)]
    if not offered:
        return []
    outcome = rng.choice(offered)
    if not all_kinds or lot < 0.55:
        return [_order(outcome, "buy", rng.randint(5, 9), "FAK" if lot < 0.45 else "FOK", 2)]
    if lot < 0.65:  # far from the market, so the venue kills it
        return [_order(outcome, "buy", rng.randint(30, 34), "FOK", -5)]
    if lot < 0.80:
        return [_order(outcome, "buy", 5, "GTC", -3)]
    if lot < 0.90:
        taken: list[str] = []
        ctx.documents.update(ctx.memory_namespace, OPEN, _popping(taken))
        return [Wish(symbol=outcome.symbol, label=outcome.label, cancels=taken[-1])] if taken else []
    quantity = rng.randint(5, 7)
    return [_order(one, "buy", quantity, "FOK", 2, pair=len(offered) == 2) for one in offered]


def _popping(taken: list[str]) -> Callable[[list[str] | None], list[str]]:
    def change(known: list[str] | None) -> list[str]:
        if known:
            taken.append(known[0])
        return (known or [])[1:]

    return change


def _order(
    outcome: Side2, side: Side, quantity: int | Decimal, tif: TimeInForce, cents: int, *, pair: bool = False
) -> Wish:
    """Return an order near the best price.

    A buy with positive `cents` takes: its limit is the best ask plus `cents`. With negative ones it rests below
    the best bid. A sale's limit is the best bid plus `cents`, so that a negative number takes.
    """
    base = (outcome.ask if side == "buy" and cents > 0 else outcome.bid) or outcome.ask or CENT
    step = ROUND_CEILING if side == "buy" and cents > 0 else ROUND_FLOOR
    limit = (base + cents * CENT).quantize(CENT, rounding=step)
    limit = min(max(limit, CENT), 1 - CENT)
    least = (Decimal("1.05") / limit).to_integral_value(rounding=ROUND_CEILING)
    wanted = max(Decimal(quantity), least) if side == "buy" else Decimal(quantity)
    return Wish(
        symbol=outcome.symbol, label=outcome.label, side=side, quantity=wanted, limit=limit,
        time_in_force=tif, pair=pair,
    )  # fmt: skip


def _floor(value: Decimal, step: Decimal) -> Decimal:
    return (value / step).to_integral_value(rounding=ROUND_FLOOR) * step


class Traded(Wire):
    results: list[ActionResult]


@node(
    "chaos.trade",
    category="executor",
    title="Trade",
    pool="io",
    timeout_s=25,
    retry=RetryPolicy(max_attempts=1),
)
def trade(ctx: NodeContext, wishes: list[Wish]) -> Traded:
    """Submit every wish; the legs of a pair go in one call."""
    results: list[ActionResult] = []
    index = 0
    while index < len(wishes):
        together = 2 if wishes[index].pair else 1
        actions = [
            _action(ctx, wish, index + n, index if together == 2 else None, n)
            for n, wish in enumerate(wishes[index : index + together])
        ]
        done = ctx.gateway.submit(actions)
        for wish, result in zip(wishes[index : index + together], done, strict=True):
            if wish.time_in_force == "GTC" and result.status is ActionStatus.OPEN:
                _remember(ctx, result.client_id)
        results += done
        index += together
    return Traded(results=results)


def _action(ctx: NodeContext, wish: Wish, index: int, group: int | None, leg: int) -> Action:
    common = {"client_id": ctx.client_id(index), "venue": VENUE, "symbol": wish.symbol, "label": wish.label}
    if wish.cancels is not None:
        return Action(
            kind=ActionKind.CANCEL_ORDER, quantity=Decimal(0), parameters={"clientId": wish.cancels}, **common
        )
    assert wish.limit is not None
    return Action(
        kind=ActionKind.PLACE_ORDER,
        side=wish.side,
        quantity=wish.quantity,
        limit_price=wish.limit,
        time_in_force=wish.time_in_force,
        max_fee=wish.quantity * CENT * 2,
        leg=None
        if group is None
        else Leg(group=ctx.client_id(group), index=leg, count=2, on_failure=_policy(ctx, group)),
        **common,
    )


def _policy(ctx: NodeContext, group: int) -> Literal["hedge", "unwind", "hold"]:
    return random.Random(ctx.client_id(group)).choice(("hedge", "unwind", "hold"))


def _remember(ctx: NodeContext, client_id: str) -> None:
    ctx.documents.update(
        ctx.memory_namespace,
        OPEN,
        lambda known: [*(known or []), client_id][-50:] if client_id not in (known or []) else known,
    )


class StrikeParams(Wire):
    sells: bool = Field(default=False, title="Sells what is held instead of buying")


@node(
    "chaos.strike",
    category="executor",
    title="Strike",
    pool="io",
    timeout_s=25,
    retry=RetryPolicy(max_attempts=1),
)
def strike(ctx: NodeContext, params: StrikeParams, sight: Sight) -> Traded:
    """Place one order that takes what the book offers.

    A halt must stop many of these in a queue.
    """
    if sight.slug != window_slug(SERIES, ctx.clock.now()):  # the node waited until the next market
        sight = _sight(ctx)
    possible = [o for o in sight.outcomes if (o.bid if params.sells else o.ask)]
    if not possible:
        return Traded(results=[])
    outcome = random.Random(f"{ctx.run_id}:{ctx.key}").choice(possible)
    wish = _order(outcome, "sell" if params.sells else "buy", 5, "FAK", -20 if params.sells else 20)
    return Traded(results=ctx.gateway.submit([_action(ctx, wish, 0, None, 0)]))


class Counted(Wire):
    orders: int


@node("chaos.count", category="monitor", title="Count")
def count(ctx: NodeContext, results: Many[list[ActionResult]]) -> Counted:
    """Count the orders of the run."""
    return Counted(orders=sum(len(each) for each in results))
