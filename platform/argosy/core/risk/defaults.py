"""The limits a new bot starts with."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.emergency import bot_scope
from argosy.core.risk.constraint import Constraint, ConstraintKind

PER_ACTION = Decimal("0.2")
EXPOSURE = Decimal(1)
DAILY_LOSS = Decimal("0.05")
DRAWDOWN = Decimal("0.2")
ACTIONS_PER_MINUTE = 120


def defaults_for(bot_id: str, capital: Decimal) -> list[Constraint]:
    """Of `capital` (base currency): 20 % an action, 100 % in all, 5 % lost a day; 20 % below the high-water mark;
    120 actions a minute. Each can be changed at run time.

    20 % an action leaves room for the largest that is shipped: one leg of a pair of at most 15 % of the capital.
    """
    scope = bot_scope(bot_id)

    def limit(kind: ConstraintKind, amount: Decimal, window_s: int | None = None) -> Constraint:
        return Constraint(
            id=f"{bot_id}.{kind.value}", scope=scope, kind=kind, limit=amount, window_s=window_s
        )

    return [
        limit(ConstraintKind.CAPITAL_PER_ACTION, capital * PER_ACTION),
        limit(ConstraintKind.TOTAL_EXPOSURE, capital * EXPOSURE),
        limit(ConstraintKind.DAILY_LOSS, capital * DAILY_LOSS),
        limit(ConstraintKind.DRAWDOWN, DRAWDOWN),
        limit(ConstraintKind.ACTION_RATE, Decimal(ACTIONS_PER_MINUTE), 60),
    ]
