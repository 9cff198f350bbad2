"""Every kind of constraint, by name."""

from __future__ import annotations

from collections.abc import Mapping

from argosy.core.risk.constraint import ConstraintKind
from argosy.core.risk.kinds.capital import CAPITAL_PER_ACTION, MINIMUM_BALANCE
from argosy.core.risk.kinds.correlation import CORRELATION_GROUP
from argosy.core.risk.kinds.custom import CUSTOM
from argosy.core.risk.kinds.exposure import CONCENTRATION, LEVERAGE, TOTAL_EXPOSURE
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.kinds.loss import DAILY_LOSS, DRAWDOWN
from argosy.core.risk.kinds.market import SHARE_OF_MARKET, STOCK_DAYS, UTILISATION
from argosy.core.risk.kinds.position import POSITION_SIZE
from argosy.core.risk.kinds.rate import ACTION_RATE
from argosy.core.risk.kinds.values import COOLDOWN, LARGEST_CHANGE, PRICE_FLOOR
from argosy.core.risk.kinds.volatility import VOLATILITY

KINDS: Mapping[ConstraintKind, Kind] = {
    ConstraintKind.POSITION_SIZE: POSITION_SIZE,
    ConstraintKind.CAPITAL_PER_ACTION: CAPITAL_PER_ACTION,
    ConstraintKind.TOTAL_EXPOSURE: TOTAL_EXPOSURE,
    ConstraintKind.CONCENTRATION: CONCENTRATION,
    ConstraintKind.LEVERAGE: LEVERAGE,
    ConstraintKind.DAILY_LOSS: DAILY_LOSS,
    ConstraintKind.DRAWDOWN: DRAWDOWN,
    ConstraintKind.ACTION_RATE: ACTION_RATE,
    ConstraintKind.MINIMUM_BALANCE: MINIMUM_BALANCE,
    ConstraintKind.VOLATILITY: VOLATILITY,
    ConstraintKind.CORRELATION_GROUP: CORRELATION_GROUP,
    ConstraintKind.PRICE_FLOOR: PRICE_FLOOR,
    ConstraintKind.LARGEST_CHANGE: LARGEST_CHANGE,
    ConstraintKind.COOLDOWN: COOLDOWN,
    ConstraintKind.SHARE_OF_MARKET: SHARE_OF_MARKET,
    ConstraintKind.STOCK_DAYS: STOCK_DAYS,
    ConstraintKind.UTILISATION: UTILISATION,
    ConstraintKind.CUSTOM: CUSTOM,
}
