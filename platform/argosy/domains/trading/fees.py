"""What taking costs beside the price: fees over a walk, and the prices at which nothing is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from argosy.core.money import ONE, ZERO
from argosy.core.venue import Level
from argosy.domains.trading.market import FeeSchedule


def fee_per_share(schedule: FeeSchedule, price: Decimal) -> Decimal:
    """Taker fee of one share, unrounded: r·(p·(1−p))^exponent.

    Source: Polymarket fee documentation as of 2026-09 (with exponent 1 it is r·p·(1−p), r = 0.07 for crypto);
    rate and exponent come from the market's own schedule. The venue rounds a fill's fee, not a share's.
    """
    return schedule.rate * (price * (ONE - price)) ** schedule.exponent


def walk_fee(schedule: FeeSchedule, taken: Iterable[Level], *, taker: bool = True) -> Decimal:
    """Fees of a walk in quote currency: each level is a fill of its own, rounded as the venue rounds it."""
    return sum((schedule.fee(level.size, level.price, taker=taker) for level in taken), ZERO)


def breakeven_sum(schedule: FeeSchedule, up: Decimal, down: Decimal) -> Decimal:
    """Largest sum of the two ask prices that does not lose: 1 − fee(up) − fee(down), before any buffer.

    At 50/50 and r = 0.07 it is 0.965.
    """
    return ONE - fee_per_share(schedule, up) - fee_per_share(schedule, down)
