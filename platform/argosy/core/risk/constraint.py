"""Constraint: one limit on risk, with its scope."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import Field

from argosy.core.wire import Wire


class ConstraintKind(StrEnum):
    """Limited quantity, with the unit of `limit` in brackets (base: the bot's base currency)."""

    POSITION_SIZE = "position_size"  # [units of the asset, absolute]
    CAPITAL_PER_ACTION = "capital_per_action"  # [base]
    TOTAL_EXPOSURE = "total_exposure"  # [base: |positions| at mark + what open actions may add]
    CONCENTRATION = "concentration"  # [fraction of the scope's equity in one asset]
    LEVERAGE = "leverage"  # [gross exposure / equity]
    DAILY_LOSS = "daily_loss"  # [base: equity lost since the day's start]
    DRAWDOWN = "drawdown"  # [fraction below the high-water mark]
    ACTION_RATE = "action_rate"  # [actions within `window_s`]
    MINIMUM_BALANCE = "minimum_balance"  # [base: free cash that must stay]
    VOLATILITY = "volatility"  # [fraction a year, of the asset]
    CORRELATION_GROUP = "correlation_group"  # [base: net exposure of the assets in `parameters["assets"]`]
    PRICE_FLOOR = "price_floor"  # [base per unit: no list, offer or sale below it]
    LARGEST_CHANGE = "largest_change"  # [fraction of the value, by edit or within `window_s`]
    COOLDOWN = "cooldown"  # [seconds between edits of one asset]
    SHARE_OF_MARKET = "share_of_market"  # [fraction of the market's size]
    STOCK_DAYS = "stock_days"  # [days of sales]
    UTILISATION = "utilisation"  # [fraction of a pool in use, above which nothing enters]
    CUSTOM = "custom"  # [what the registered measure named in `parameters["measure"]` measures]


class Constraint(Wire):
    """Limit of one kind in one scope.

    Scopes: "platform", "domain:<d>", "bot:<b>", "strategy:<b>/<s>", "venue:<v>" or "asset:<v>/<symbol>".
    `warning` is the fraction of the limit from which the constraint warns. `mode` "warn" never denies.
    """

    id: str = Field(min_length=1, max_length=120)
    scope: str = Field(min_length=1, max_length=300)
    kind: ConstraintKind
    limit: Decimal = Field(ge=0, max_digits=60)
    warning: Decimal = Field(default=Decimal("0.8"), gt=0, le=1, max_digits=20)
    mode: Literal["enforce", "warn"] = "enforce"
    window_s: int | None = Field(default=None, ge=1, le=31 * 86_400)
    parameters: dict[str, str] = {}
    enabled: bool = True
