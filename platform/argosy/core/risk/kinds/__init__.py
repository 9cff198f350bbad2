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
from argosy.core.risk.kinds.position import POSITION_SIZE
from argosy.core.risk.kinds.rate import ACTION_RATE
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
    ConstraintKind.CUSTOM: CUSTOM,
}
