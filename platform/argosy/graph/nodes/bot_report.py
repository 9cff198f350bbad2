"""Nodes of a bot's workflow after its strategies: aggregate, portfolio update, notification."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Portfolio
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.node import Many, NoOutputs
from argosy.graph.nodes.strategy import StrategyResult, trade_figures
from argosy.graph.registry import node


class RunTotals(Wire):
    """Sums over the strategies of one run, in the base currency."""

    strategies: list[StrategyResult] = []
    opportunities: int = 0
    taken: int = 0
    actions: int = 0
    filled: int = 0
    fees: Decimal = ZERO
    pnl: Decimal = ZERO


class BotTotalsOutputs(Wire):
    summary: RunTotals


@node("bot.aggregate", category="transform", title="Aggregate strategies")
def aggregate(ctx: NodeContext, results: Many[StrategyResult]) -> BotTotalsOutputs:
    """Add up the results of the strategies; a strategy that failed or was held back is left out."""
    return BotTotalsOutputs(
        summary=RunTotals(
            strategies=results,
            opportunities=sum(r.opportunities for r in results),
            taken=sum(r.taken for r in results),
            actions=sum(r.actions for r in results),
            filled=sum(r.filled for r in results),
            fees=sum((r.fees for r in results), ZERO),
            pnl=sum((r.pnl for r in results), ZERO),
        )
    )


class UpdateOutputs(Wire):
    """Numbers published as the bot's metrics."""

    metrics: dict[str, Any]


@node("bot.update_portfolio", category="monitor", title="Update portfolio")
def update_portfolio(
    ctx: NodeContext, portfolio: Portfolio, summary: RunTotals | None = None
) -> UpdateOutputs:
    """Publish the bot's metrics: equity and profit of the portfolio, and totals over its runs.

    Where a ledger is kept, money and closed trades come from its present state, as on every page. Without a
    ledger, join a portfolio that is read after the strategies ran.
    """
    run = summary or RunTotals()
    if ctx.books is not None:
        portfolio = ctx.books.portfolio()

    def add(old: Any) -> dict[str, Any]:
        totals = dict(old or {})
        if totals.get("runId") == ctx.run_id:
            return totals
        for name in ("opportunities", "taken", "actions", "filled"):
            totals[name] = totals.get(name, 0) + getattr(run, name)
        totals["fees"] = str(Decimal(totals.get("fees", "0")) + run.fees)
        totals["wins"] = totals.get("wins", 0) + sum(r.pnl > 0 for r in run.strategies)
        totals["losses"] = totals.get("losses", 0) + sum(r.pnl < 0 for r in run.strategies)
        totals["runId"] = ctx.run_id
        return totals

    totals = ctx.documents.update(ctx.memory_namespace, "bot-totals", add)
    decided = totals["wins"] + totals["losses"]
    capital = portfolio.initial_capital
    metrics = {
        "pnl": str(portfolio.pnl),
        "pnlPct": str(round(portfolio.pnl / capital * 100, 4)) if capital else None,
        "capital": str(capital),
        "equity": str(portfolio.equity),
        "cash": str(portfolio.cash),
        "positions": len(portfolio.positions),
        "trades": totals["filled"],
        "wins": totals["wins"],
        "winRate": round(totals["wins"] / decided, 4) if decided else None,
        "opportunitiesFound": totals["opportunities"],
        "executed": totals["taken"],
        "fees": totals["fees"] if ctx.books is None else exact.text(portfolio.fees),
    }
    metrics |= trade_figures(ctx, None)
    ctx.emit("bot_metrics", {"metrics": metrics})
    return UpdateOutputs(metrics=metrics)


class BotNotifyParams(Wire):
    """Condition of the notification, and its level.

    `when` "trades": only runs with fills. "opportunities": only runs that found something.
    """

    when: Literal["always", "opportunities", "trades"] = Field(default="trades", title="Tell about")
    level: Literal["info", "warning", "error"] = Field(default="info", title="Level")


@node("bot.notify", category="monitor", title="Notify about the run")
def notify(ctx: NodeContext, params: BotNotifyParams, summary: RunTotals) -> NoOutputs:
    """Send a short notification about the run."""
    count = {"always": 1, "opportunities": summary.opportunities, "trades": summary.filled}[params.when]
    if count:
        ctx.emit(
            "notify",
            {
                "title": f"{ctx.bot_id}: {summary.filled} filled, {summary.opportunities} found",
                "body": "; ".join(
                    f"{r.strategy_id}: {r.taken} of {r.opportunities} taken, P&L {r.pnl}"
                    for r in summary.strategies
                ),
                "level": params.level,
            },
        )
    return NoOutputs()
