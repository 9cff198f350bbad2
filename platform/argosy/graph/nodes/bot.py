"""What a bot's workflow is made of before its strategies run: tick, portfolio, risk gate, allocation."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.clock import to_ms
from argosy.core.emergency import EmergencyState
from argosy.core.money import ZERO
from argosy.core.portfolio import Portfolio
from argosy.core.venue import Capability
from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch
from argosy.graph.registry import node

HUNDRED = Decimal(100)


class ScheduleOutputs(Wire):
    """`due` is the moment the run was meant for, `late_ms` how long after it the node ran."""

    due: datetime
    trigger: str
    late_ms: int


@node("bot.schedule", category="trigger", title="Schedule")
def schedule(ctx: NodeContext) -> ScheduleOutputs:
    """The tick that started the run: scheduled, by hand, or from a replay."""
    return ScheduleOutputs(
        due=ctx.due, trigger=ctx.trigger, late_ms=max(ctx.clock.now_ms() - to_ms(ctx.due), 0)
    )


class PortfolioParams(Wire):
    """`venues` and `cash_currencies` say what to ask where no ledger is kept, as in a replay.

    `venues` empty means every venue of the bot that keeps balances or positions.
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
        description="Left out: what was paid in; without a ledger the equity first seen",
    )


class PortfolioOutputs(Wire):
    """All amounts in the base currency. `pnl` is equity less the initial capital."""

    portfolio: Portfolio
    equity: Decimal
    cash: Decimal
    pnl: Decimal


@node("bot.portfolio", category="source", title="Portfolio", pool="io", timeout_s=15)
def portfolio(ctx: NodeContext, params: PortfolioParams) -> PortfolioOutputs:
    """Cash, positions and profit of the bot by its ledger; without a ledger what its venues say they hold."""
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
        if Capability.BALANCES in venue.capabilities:
            for balance in venue.balances():
                if balance.currency in params.cash_currencies or balance.currency == params.base_currency:
                    cash += balance.free + balance.locked
        if Capability.POSITIONS in venue.capabilities:
            positions += list(venue.positions())
    return Portfolio(base_currency=params.base_currency, cash=cash, positions=positions)


def _first_seen(ctx: NodeContext, equity: Decimal) -> Decimal:
    kept = ctx.documents.update(ctx.memory_namespace, "initial-capital", lambda old: old or str(equity))
    return Decimal(kept)


class RiskGateParams(Wire):
    """Limits that are left out are not checked; a portfolio must be known all the same."""

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
    """Lets the strategies run, or not: by the emergency state and simple limits on the portfolio.

    It denies while the portfolio is not known (its source failed or was skipped, or none is joined), limits or not.
    The value passed on is the portfolio where the gate allows, and the list of reasons where it denies. Actions
    are checked again one by one where they are made, and refused there in HALT unless they reduce.
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
    """`capital` is what all strategies share: each takes its weight of it. Never more than what is free."""

    capital: Decimal
    reserved: Decimal


@node("bot.allocate", category="risk", title="Allocate capital", pool="io", timeout_s=15)
def allocate(ctx: NodeContext, params: AllocateParams, portfolio: Portfolio) -> AllocateOutputs:
    """How much capital this run may use. Join `capital` to every strategy; its weight is its share.

    Where a ledger is kept, cash that open actions have reserved is not free, nor is anything above the bot's
    capital. What each strategy may use of its own share, and the smaller sizes of ALERT, are seen to where its
    actions are made.
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
