"""The ledger and its figures for the screens.

Amounts are in base currency unless a field says otherwise.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import Field

from argosy.core.bot import ID_PATTERN
from dashboard.wire import Instant, View

Mode = Literal["paper", "sandbox", "live"]


class ScopeSums(View):
    """Sums of a scope.

    `cash` is free and reserved cash together. `cost` and `value` are those of positions. `drawdown` is a
    fraction of `highWater`.

    equity = cash + value = capital + pnl. pnl = realised + unrealised, with fees included. `attributed` is value that
    venues claim: no cash, in no other sum. profit = pnl + `money.attributed_margin` of it.
    """

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
    attributed: Decimal
    profit: Decimal


class PositionView(View):
    """Position of one strategy, or of the bot itself when `strategy_id` is "".

    `mark` is null when no price is known; the position then counts at cost.
    """

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
    mode: Mode = Field(default="paper", description="Mode of the books; modes never mix.")
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
    """Equity of a scope: the last point of each `stepS` seconds, oldest first.

    Periods without samples have no points.
    """

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
    mode: Mode = Field(default="paper", description="Mode of the books; modes never mix.")
    since: datetime | None = Field(default=None, description="A day before `until` when absent.")
    until: datetime | None = Field(default=None, description="First moment left out; now when absent.")
    points: int = Field(default=300, ge=1, le=2000, description="At most so many.")


class EntryView(View):
    """One cash flow of the ledger; entries never change.

    `amount` is in `currency`, `rate` is base currency for one unit of it. `quantity` is the change in units
    of `symbol`. `at` is the time of the flow, `bookedAt` the time of its booking.
    """

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
    """One page of entries.

    `nextBefore` is the `before` of the next page; null at the end.
    """

    items: list[EntryView]
    next_before: int | None


class EntryQuery(View):
    """Filter of the entries; they come newest first."""

    mode: Mode | None = Field(default=None, description="Every mode when absent.")
    bot: str | None = Field(default=None, pattern=ID_PATTERN)
    since: datetime | None = Field(default=None, description="It happened then or later.")
    until: datetime | None = Field(default=None, description="It happened before.")
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`nextBefore` of the page before"
    )
    limit: int = Field(default=100, ge=1, le=500)
