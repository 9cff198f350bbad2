"""Nodes that join a strategy to its bot: `strategy`, `strategy.start` and `strategy.result`.

In a bot's workflow a node of type `strategy` represents a whole strategy. Before a run it is expanded in place.
Edges into it then lead to the strategy's `strategy.start`; edges out of it leave from its `strategy.result`. When
the strategy runs on its own, capital and weight come from the parameters of `strategy.start`. If the capital from
the bot fails to arrive, the strategy is skipped and uses no other capital.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError

from argosy.core.actions.action import ActionResult, ActionStatus
from argosy.core.actions.opportunity import Opportunity, OpportunityState
from argosy.core.bot import ID_PATTERN
from argosy.core.money import exact
from argosy.core.money.money import ZERO, decimal
from argosy.core.wire import Wire
from argosy.errors import InvalidInput, WorkflowInvalid
from argosy.graph.context import NodeContext
from argosy.graph.node import Binding, Many
from argosy.graph.registry import node

STRATEGY = "strategy"
START = "strategy.start"
RESULT = "strategy.result"


class StrategyParams(Wire):
    """Strategy of a bot.

    `weight` is its share of the joined capital. `config_overrides` maps node ids to parameters.
    """

    strategy: str = Field(pattern=ID_PATTERN, title="Strategy", description="Id of the strategy's workflow")
    weight: Decimal = Field(default=Decimal(1), ge=0, le=1, title="Weight")
    enabled: bool = Field(default=True, title="Enabled")
    config_overrides: dict[str, dict[str, Any]] = Field(default={}, title="Parameters by node")


class StrategyResult(Wire):
    """Result of one strategy in one run, in the base currency.

    `pnl` is the profit realised by this run.
    """

    strategy_id: str
    opportunities: int = 0
    taken: int = 0
    actions: int = 0
    filled: int = 0
    fees: Decimal = ZERO
    pnl: Decimal = ZERO
    notes: list[str] = []


class StrategyOutputs(Wire):
    result: StrategyResult


@node(STRATEGY, category="custom", title="Strategy")
def strategy(
    ctx: NodeContext, params: StrategyParams, capital: Binding[Decimal] = None, context: Any = None
) -> StrategyOutputs:
    """Run a strategy with its share of the bot's capital.

    The node represents the whole workflow of the strategy and is expanded in place before a run. `context` is
    passed unchanged to the strategy's start: prices or limits that several strategies share.
    """
    raise WorkflowInvalid(
        f"strategy node {ctx.key} was not expanded",
        expected="a compiled bot workflow",
        remedy="run the bot through its compiled workflow",
    )


class StartParams(Wire):
    """Capital, weight and configuration of a strategy.

    `capital` applies only without an edge. In a bot, `weight` and `config` come from the strategy node.
    """

    capital: Decimal | None = Field(
        default=None,
        ge=0,
        title="Capital of its own",
        description="Used where no capital is joined; left out, the strategy then has none to use",
    )
    weight: Decimal = Field(default=Decimal(1), ge=0, le=1, title="Weight")
    config: dict[str, Any] = Field(default={}, title="Configuration")


class StartOutputs(Wire):
    """Start of a strategy; `capital` is this strategy's share, in the base currency."""

    capital: Decimal
    weight: Decimal
    config: dict[str, Any]
    context: Any


@node(START, category="trigger", title="Start of a strategy")
def start(
    ctx: NodeContext, params: StartParams, capital: Binding[Decimal] = None, context: Any = None
) -> StartOutputs:
    """Provide the strategy's capital: its weight times the joined capital, or the parameter.

    The parameter `capital` is multiplied by the weight too. The strategy is skipped if the source of a joined
    `capital` edge failed, was skipped or was cancelled. Where a ledger is kept, the capital never exceeds the
    unused part of the strategy's share.
    """
    own = ZERO if params.capital is None else params.capital
    share = (own if capital is None else capital) * params.weight
    if ctx.books is not None and ctx.strategy_id is not None:
        share = min(share, ctx.books.available(ctx.strategy_id))
    return StartOutputs(capital=share, weight=params.weight, config=params.config, context=context)


@node(RESULT, category="monitor", title="Result of a strategy")
def result(
    ctx: NodeContext,
    opportunities: Many[Any],
    results: Many[Any],
    pnl: Many[Any],
    notes: Many[Any],
) -> StrategyOutputs:
    """Sum up a strategy's run and publish the instance's running totals.

    Every port takes any number of edges, each with a single value or a list. `opportunities` takes Opportunity,
    `results` ActionResult, `pnl` realised amounts, `notes` texts. Null is left out. The taken opportunities are
    those in state `taken`, at least one if the run filled something.

    Where a ledger is kept, the published profit, fees and closed trades come from it, in base currency. Amounts
    of nodes may be in several currencies, and other strategies may close units of this one.
    """
    found = [_read(_OPPORTUNITY, value, "opportunities") for value in _flat(opportunities)]
    done = [_read(_RESULT, value, "results") for value in _flat(results)]
    filled = sum(r.status in (ActionStatus.FILLED, ActionStatus.PARTIALLY_FILLED) for r in done)
    taken = sum(o.state is OpportunityState.TAKEN for o in found)
    summary = StrategyResult(
        strategy_id=ctx.strategy_id or ctx.node_id,
        opportunities=len(found),
        taken=max(taken, 1 if filled and found else 0),
        actions=len(done),
        filled=filled,
        fees=sum((r.fee for r in done), ZERO),
        pnl=sum((decimal(value, name="pnl") for value in _flat(pnl)), ZERO),
        notes=[str(value)[:200] for value in _flat(notes)][:20],
    )
    metrics = _totals(ctx, summary)
    if ctx.books is not None and ctx.strategy_id is not None:
        held = ctx.books.portfolio(ctx.strategy_id)
        metrics |= {"pnl": exact.text(held.pnl), "fees": exact.text(held.fees)}
    metrics |= trade_figures(ctx, ctx.strategy_id or "")
    ctx.emit("strategy_metrics", {"metrics": metrics})
    return StrategyOutputs(result=summary)


def trade_figures(ctx: NodeContext, strategy_id: str | None) -> dict[str, Any]:
    """Return the closed trades of a strategy as metrics; empty without a ledger.

    `strategy_id` None means the whole bot.
    """
    record = None if ctx.trade_records is None else ctx.trade_records.trades(strategy_id)
    return {} if record is None else record.figures()


_OPPORTUNITY: TypeAdapter[Opportunity] = TypeAdapter(Opportunity)
_RESULT: TypeAdapter[ActionResult] = TypeAdapter(ActionResult)


def _flat(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(value)
        elif value is not None:
            yield value


def _read(adapter: TypeAdapter[Any], value: Any, port: str) -> Any:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidInput(
            f"input {port!r} of {RESULT} does not fit",
            expected="opportunities" if port == "opportunities" else "results of actions",
            found=f"{'.'.join(map(str, first['loc'])) or 'value'}: {first['msg']}",
        ) from None


def _totals(ctx: NodeContext, summary: StrategyResult) -> dict[str, Any]:
    """Return the totals over all runs; each run is added once, however often it is delivered."""

    def add(old: Any) -> dict[str, Any]:
        totals = dict(old or {})
        if totals.get("runId") == ctx.run_id:
            return totals
        for name in ("opportunities", "taken", "actions", "filled"):
            totals[name] = totals.get(name, 0) + getattr(summary, name)
        for name in ("pnl", "fees"):
            totals[name] = str(Decimal(totals.get(name, "0")) + getattr(summary, name))
        totals["wins"] = totals.get("wins", 0) + (summary.pnl > 0)
        totals["losses"] = totals.get("losses", 0) + (summary.pnl < 0)
        totals["runId"] = ctx.run_id
        return totals

    totals = ctx.documents.update(ctx.memory_namespace, "strategy-totals", add)
    decided = totals["wins"] + totals["losses"]
    return {
        "pnl": totals["pnl"],
        "fees": totals["fees"],
        "trades": totals["filled"],
        "wins": totals["wins"],
        "winRate": round(totals["wins"] / decided, 4) if decided else None,
        "opportunitiesFound": totals["opportunities"],
        "executed": totals["taken"],
    }
