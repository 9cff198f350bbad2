"""Nodes of a bot's workflow before its strategies: tick, portfolio, risk gate, allocation."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Portfolio
from argosy.core.safety.emergency import EmergencyState
from argosy.core.venues.needs import readable_balances, readable_positions
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch
from argosy.graph.registry import node

HUNDRED = Decimal(100)


class ScheduleOutputs(Wire):
    """Scheduled time of the run, and its trigger.

    `late_ms` is the delay of this node after `due`, in milliseconds.
    """

    due: datetime
    trigger: str
    late_ms: int


@node("bot.schedule", category="trigger", title="Schedule")
def schedule(ctx: NodeContext) -> ScheduleOutputs:
    """Start a run: by schedule, by hand, or from a replay."""
    return ScheduleOutputs(
        due=ctx.due, trigger=ctx.trigger, late_ms=max(ctx.clock.now_ms() - to_ms(ctx.due), 0)
    )


class PortfolioParams(Wire):
    """Sources of the portfolio where no ledger is kept, as in a replay.

    `venues` empty means every venue of the bot that has balances or positions.
    """

    venues: list[str] = Field(default=[], title="Venues")
    base_currency: str = Field(default="USD", title="Base currency")
    cash_currencies: list[str] = Field(
        default=["USD", "USDC", "USDT", "USDC.e", "pUSD"],
        title="Counted as cash",
        description="Balances in these currencies count one to one in the base currency; others are left out",
    )
    initial_capital: Decimal | None = Field(
        default=None,
        gt=0,
        title="Initial capital",
        description="If absent: the sum of deposits; without a ledger, the first observed equity",
    )


class PortfolioOutputs(Wire):
    """Portfolio and its sums in the base currency; `pnl` is equity less the initial capital."""

    portfolio: Portfolio
    equity: Decimal
    cash: Decimal
    pnl: Decimal


@node("bot.portfolio", category="source", title="Portfolio", pool="io", timeout_s=15)
def portfolio(ctx: NodeContext, params: PortfolioParams) -> PortfolioOutputs:
    """Read cash, positions and profit of the bot.

    They come from the bot's ledger, or from its venues where no ledger is kept.
    """
    held = _asked(ctx, params) if ctx.books is None else ctx.books.portfolio()
    if params.initial_capital is not None:
        held = held.model_copy(update={"initial_capital": params.initial_capital})
    elif ctx.books is None:
        held = held.model_copy(update={"initial_capital": _first_seen(ctx, held.equity)})
    return PortfolioOutputs(portfolio=held, equity=held.equity, cash=held.cash, pnl=held.pnl)


def _asked(ctx: NodeContext, params: PortfolioParams) -> Portfolio:
    cash = ZERO
    positions = []
    for name in params.venues or ctx.venues.names():
        venue = ctx.venues.get(name)
        if (account := readable_balances(venue)) is not None:
            for balance in account.balances():
                if balance.currency in params.cash_currencies or balance.currency == params.base_currency:
                    cash += balance.free + balance.locked
        if (listing := readable_positions(venue)) is not None:
            positions += list(listing.positions())
    return Portfolio(base_currency=params.base_currency, cash=cash, positions=positions)


def _first_seen(ctx: NodeContext, equity: Decimal) -> Decimal:
    kept = ctx.documents.update(ctx.memory_namespace, "initial-capital", lambda old: old or str(equity))
    return Decimal(kept)


class RiskGateParams(Wire):
    """Limits on the portfolio; limits left out are not checked.

    The gate needs a portfolio in any case.
    """

    max_drawdown_pct: Decimal | None = Field(default=None, gt=0, le=100, title="Largest loss, % of capital")
    min_equity: Decimal | None = Field(default=None, ge=0, title="Smallest equity")
    max_positions: int | None = Field(default=None, ge=0, title="Most open positions")
    deny_from: Literal["ALERT", "HALT", "SHUTDOWN"] = Field(
        default="SHUTDOWN",
        title="Deny from state",
        description="In HALT strategies go on, for they may reduce what they hold; HALT here keeps them from that too",
    )


@node("bot.risk_gate", category="condition", title="Risk gate", branches=("allow", "deny"))
def risk_gate(ctx: NodeContext, params: RiskGateParams, portfolio: Portfolio | None = None) -> Branch:
    """Allow or deny the strategies, by the emergency state and simple limits on the portfolio.

    It denies while the portfolio is unknown: its source failed or was skipped, or no edge is joined. `allow`
    passes on the portfolio, `deny` the list of reasons. Each action is checked again before it is sent, and
    refused in HALT unless it reduces risk.
    """
    reasons = []
    if ctx.emergency >= EmergencyState[params.deny_from]:
        reasons.append(f"emergency state is {ctx.emergency.name}")
    if portfolio is None:
        reasons.append("the portfolio is not known: join a `bot.portfolio` that succeeds")
    else:
        reasons += _breaches(params, portfolio)
    if reasons:
        return Branch(branch="deny", value=reasons)
    return Branch(branch="allow", value=portfolio)


def _breaches(params: RiskGateParams, portfolio: Portfolio) -> list[str]:
    found = []
    if params.max_drawdown_pct is not None and portfolio.initial_capital > 0:
        lost = -portfolio.pnl / portfolio.initial_capital * HUNDRED
        if lost > params.max_drawdown_pct:
            found.append(
                f"down {lost:.2f} % of {portfolio.initial_capital}, limit {params.max_drawdown_pct} %"
            )
    if params.min_equity is not None and portfolio.equity < params.min_equity:
        found.append(f"equity {portfolio.equity} is below {params.min_equity}")
    if params.max_positions is not None and len(portfolio.positions) > params.max_positions:
        found.append(f"{len(portfolio.positions)} positions, limit {params.max_positions}")
    return found


class AllocateParams(Wire):
    base: Literal["cash", "equity", "initial"] = Field(default="cash", title="Capital counted")
    reserve_pct: Decimal = Field(default=ZERO, ge=0, le=100, title="Kept back, %")
    max_capital: Decimal | None = Field(default=None, ge=0, title="At most")


class AllocateOutputs(Wire):
    """Capital that all strategies share: each takes its weight of it.

    It never exceeds the free capital.
    """

    capital: Decimal
    reserved: Decimal


@node("bot.allocate", category="risk", title="Allocate capital", pool="io", timeout_s=15)
def allocate(ctx: NodeContext, params: AllocateParams, portfolio: Portfolio) -> AllocateOutputs:
    """Calculate the capital for this run; join `capital` to every strategy.

    The weight of a strategy is its share. Where a ledger is kept, cash reserved by open actions is not free.
    Capital above the bot's own is not free either. The limits of each strategy's own share, and the smaller sizes
    in ALERT, apply later to its actions.
    """
    counted = {
        "cash": portfolio.cash,
        "equity": portfolio.equity,
        "initial": portfolio.initial_capital,
    }[params.base]
    usable = counted * (HUNDRED - params.reserve_pct) / HUNDRED
    free = portfolio.cash if ctx.books is None else min(portfolio.cash, ctx.books.available())
    usable = min(usable, free, *([params.max_capital] if params.max_capital is not None else []))
    capital = max(usable, ZERO)
    return AllocateOutputs(capital=capital, reserved=max(portfolio.cash - capital, ZERO))
