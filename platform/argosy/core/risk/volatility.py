"""Estimate of an asset's volatility from its accepted marks alone."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

YEAR_S = 365.25 * 86_400
HALF_LIFE_S = 6 * 3600.0
LEAST_STEP_S = 60.0
LEAST_STEPS = 10


@dataclass(frozen=True, slots=True)
class VolatilityEstimate:
    """Volatility estimate of an asset, as of the `price` at `at`.

    `variance` is that of log returns per second; `steps` is the number of returns.
    """

    price: Decimal
    at: datetime
    variance: float = 0.0
    steps: int = 0

    @property
    def volatility(self) -> Decimal | None:
        """Volatility as a fraction per year; None with fewer than 10 returns."""
        if self.steps < LEAST_STEPS:
            return None
        return Decimal(f"{math.sqrt(self.variance * YEAR_S):.6f}")


def update_volatility(known: VolatilityEstimate | None, price: Decimal, at: datetime) -> VolatilityEstimate:
    """Update the exponentially weighted variance, with a half-life of 6 hours.

    Returns over less than a minute are left out, because they measure the spread and not the asset. Source:
    RiskMetrics Technical Document, 1996, ch. 5, adapted to uneven steps.
    """
    if known is None:
        return VolatilityEstimate(price, at)
    elapsed = (at - known.at).total_seconds()
    if elapsed < -LEAST_STEP_S:  # a clock was set back
        return replace(known, price=price, at=at)
    if elapsed < LEAST_STEP_S:
        return known
    squared = math.log(price / known.price) ** 2 / elapsed
    weight = 1 - 0.5 ** (elapsed / HALF_LIFE_S)
    # The first returns have equal weight; otherwise the very first would dominate for hours.
    weight = max(weight, 1 / (known.steps + 1))
    variance = known.variance + weight * (squared - known.variance)
    return VolatilityEstimate(price, at, variance, known.steps + 1)
