"""Default limits of a new bot."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.scope import bot_scope

PER_ACTION = Decimal("0.2")
EXPOSURE = Decimal(1)
DAILY_LOSS = Decimal("0.05")
DRAWDOWN = Decimal("0.2")
ACTIONS_PER_MINUTE = 120


def defaults_for(bot_id: str, capital: Decimal) -> list[Constraint]:
    """Return the default limits of a bot with `capital` in base currency.

    Of the capital: 20 % per action, 100 % exposure, 5 % daily loss. Drawdown: 20 % below the high-water mark.
    Rate: 120 actions per minute. Each limit can be changed at run time.

    20 % per action leaves room for the largest shipped action: one leg of a pair of at most 15 % of the capital.
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
