"""The ledger and what follows from it, as screens need it. Amounts are in base currency unless a field says otherwise."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from dashboard.wire.base import Instant, View

Mode = Literal["paper", "sandbox", "live"]


class ScopeSums(View):
    """`cash` is free and reserved together, `cost` and `value` are of what is held; `drawdown` is a fraction of
    `highWater`. equity = cash + value = capital + pnl; pnl = realised + unrealised, fees are in it."""

    scope: str
    capital: Decimal
    cash: Decimal
    cost: Decimal
    value: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    pnl: Decimal
    fees: Decimal
    high_water: Decimal
    drawdown: Decimal


class PositionView(View):
    """What one strategy ("": the bot itself) holds; `mark` null where nobody knows a price: it counts at cost."""

    bot_id: str
    strategy_id: str
    venue: str
    symbol: str
    quantity: Decimal
    average_cost: Decimal
    cost: Decimal
    mark: Decimal | None
    value: Decimal
    unrealised: Decimal


class PortfolioView(View):
    mode: Mode
    base_currency: str
    scopes: list[ScopeSums]
    positions: list[PositionView]


class PortfolioQuery(View):
    mode: Mode = Field(default="paper", description="Whose books: modes never mix.")
    bot: str | None = Field(
        default=None,
        pattern=ID_PATTERN,
        description="Only this bot and its strategies; all scopes without it.",
    )


class EquityPointView(View):
    at: Instant
    equity: Decimal
    capital: Decimal
    cash: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    high_water: Decimal
    drawdown: Decimal


class EquityCurve(View):
    """The last point of each `stepS` seconds, oldest first; days without samples have none."""

    scope: str
    mode: Mode
    step_s: float
    points: list[EquityPointView]


class EquityQuery(View):
    scope: str = Field(
        default="platform",
        max_length=300,
        description="platform, domain:…, bot:…, strategy:bot/strategy, venue:…",
    )
    mode: Mode = Field(default="paper", description="Whose books: modes never mix.")
    since: datetime | None = Field(default=None, description="A day before `until` when absent.")
    until: datetime | None = Field(default=None, description="First moment left out; now when absent.")
    points: int = Field(default=300, ge=1, le=2000, description="At most so many.")


class EntryView(View):
    """One cash flow, never changed: `amount` in `currency`, `rate` base currency a unit of it, `quantity` the change
    in units of `symbol`. `at` is when it happened, `bookedAt` when it became known."""

    id: int
    at: Instant
    booked_at: Instant
    mode: str
    domain: str
    bot_id: str
    strategy_id: str
    venue: str
    kind: str
    symbol: str
    quantity: Decimal
    price: Decimal | None
    currency: str
    amount: Decimal
    rate: Decimal
    rate_source: str
    base_currency: str
    base_amount: Decimal
    client_id: str
    fill_id: str
    memo: str


class EntryPage(View):
    """`nextBefore` goes into `before` to get the next page; null at the end."""

    items: list[EntryView]
    next_before: int | None


class EntryQuery(View):
    """Which entries to list, newest first."""

    mode: Mode | None = Field(default=None, description="Every mode when absent.")
    bot: str | None = Field(default=None, pattern=ID_PATTERN)
    since: datetime | None = Field(default=None, description="It happened then or later.")
    until: datetime | None = Field(default=None, description="It happened before.")
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`nextBefore` of the page before"
    )
    limit: int = Field(default=100, ge=1, le=500)
