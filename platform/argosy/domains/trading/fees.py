"""What taking costs beside the price: fees over a walk, and the prices at which nothing is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from argosy.core.action import Side
from argosy.core.money import ONE, ZERO
from argosy.core.venue import Level
from argosy.domains.trading.market import FeeSchedule

ROUNDING = Decimal("0.001")


def fee_per_share(schedule: FeeSchedule, price: Decimal) -> Decimal:
    """Taker fee of one share, unrounded: r·(p·(1−p))^exponent.

    Source: Polymarket fee documentation as of 2026-09 (with exponent 1 it is r·p·(1−p), r = 0.07 for crypto);
    rate and exponent come from the market's own schedule. The venue rounds a fill's fee, not a share's.
    """
    return schedule.rate * (price * (ONE - price)) ** schedule.exponent


def walk_fee(schedule: FeeSchedule, taken: Iterable[Level], *, taker: bool = True) -> Decimal:
    """Fees of a walk in quote currency: each level is a fill of its own, rounded as the venue rounds it."""
    return sum((schedule.fee(level.size, level.price, taker=taker) for level in taken), ZERO)


def most_fee(schedule: FeeSchedule, shares: Decimal, limit: Decimal, side: Side) -> Decimal:
    """The most that taking `shares` within `limit` may be charged, however many fills it takes: what to reserve.

    The fee is highest at one half, so a purchase up to 0.6 may pay more at 0.5 than at its limit. Each fill is
    rounded by itself: a tenth of a cent covers two hundred of them.
    """
    half = Decimal("0.5")
    worst = min(limit, half) if side == "buy" else max(limit, half)
    return shares * fee_per_share(schedule, worst) + ROUNDING


def breakeven_sum(schedule: FeeSchedule, up: Decimal, down: Decimal) -> Decimal:
    """Largest sum of the two ask prices that does not lose: 1 − fee(up) − fee(down), before any buffer.

    At 50/50 and r = 0.07 it is 0.965.
    """
    return ONE - fee_per_share(schedule, up) - fee_per_share(schedule, down)
