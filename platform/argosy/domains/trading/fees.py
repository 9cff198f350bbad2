"""Costs of taking beyond the price: fees of a walk, and breakeven prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from argosy.core.actions.action import Side
from argosy.core.money.money import ONE, ZERO
from argosy.core.venues.venue import Level
from argosy.domains.trading.market import FeeSchedule

ROUNDING = Decimal("0.001")


def fee_per_share(schedule: FeeSchedule, price: Decimal) -> Decimal:
    """Return the taker fee of one share, unrounded: r·(p·(1−p))^exponent.

    Source: Polymarket fee documentation as of 2026-09. With exponent 1 it is r·p·(1−p), with r = 0.07 for crypto.
    Rate and exponent come from the market's own schedule. The venue rounds a fill's fee, not a share's.
    """
    return schedule.rate * (price * (ONE - price)) ** schedule.exponent


def walk_fee(schedule: FeeSchedule, taken: Iterable[Level], *, taker: bool = True) -> Decimal:
    """Return the fees of a walk in quote currency.

    Each level is its own fill, rounded as the venue rounds it.
    """
    return sum((schedule.fee(level.size, level.price, taker=taker) for level in taken), ZERO)


def most_fee(schedule: FeeSchedule, shares: Decimal, limit: Decimal, side: Side) -> Decimal:
    """Return the largest fee of an order that matches at once, to be reserved.

    The fee of a share is highest at 0.5: a sale down to 0.4 may pay more at 0.5 than at its limit. A purchase spends
    its amount. A dollar buys more shares at lower prices, and pays r·p^(e−1)·(1−p)^e for them: with an exponent of 1
    most where the price is lowest. Each fill is rounded by itself; a tenth of a cent covers two hundred of them.
    """
    if side == "sell":
        return shares * fee_per_share(schedule, max(limit, Decimal("0.5"))) + ROUNDING
    exponent = max(schedule.exponent, ONE)
    worst = min(limit, (exponent - ONE) / (2 * exponent - ONE))
    part = ONE if exponent == ONE else worst ** (exponent - ONE)
    return shares * limit * schedule.rate * part * (ONE - worst) ** exponent + ROUNDING


def breakeven_sum(schedule: FeeSchedule, up: Decimal, down: Decimal) -> Decimal:
    """Return the largest sum of the two ask prices without a loss, before any buffer.

    This is 1 − fee(up) − fee(down). At 50/50 and r = 0.07 it is 0.965.
    """
    return ONE - fee_per_share(schedule, up) - fee_per_share(schedule, down)
