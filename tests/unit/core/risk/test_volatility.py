"""How restless an asset is, from uneven steps."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from support.risk import NOW, D

from argosy.core.risk.volatility import (
    HALF_LIFE_S,
    LEAST_STEPS,
    YEAR_S,
    VolatilityEstimate,
    update_volatility,
)


def walk(steps: int, every_s: float = 3600, move: str = "1.01") -> VolatilityEstimate:
    """A price that goes up by `move` and back again, `steps` times."""
    known = update_volatility(None, D(100), NOW)
    for step in range(1, steps + 1):
        price = D(100) * D(move) if step % 2 else D(100)
        known = update_volatility(known, price, NOW + timedelta(seconds=every_s * step))
    return known


def test_the_first_price_is_only_remembered() -> None:
    assert update_volatility(None, D(100), NOW) == VolatilityEstimate(D(100), NOW)


@pytest.mark.parametrize(
    ("after_s", "counted"), [(59.999, False), (60, True), (60.001, True), (0, False), (-60, False)]
)
def test_a_return_of_less_than_a_minute_measures_the_spread(after_s: float, counted: bool) -> None:
    known = update_volatility(None, D(100), NOW)
    after = update_volatility(known, D(101), NOW + timedelta(seconds=after_s))
    assert (after is known) is not counted
    if counted:
        assert (after.steps, after.price) == (1, 101)
        assert after.variance == pytest.approx(math.log(1.01) ** 2 / after_s)


def test_after_a_clock_was_set_back_it_goes_on_with_what_it_knew() -> None:
    known = walk(20)
    back = update_volatility(known, D(105), NOW - timedelta(seconds=1))
    assert (back.price, back.at) == (105, NOW - timedelta(seconds=1))
    assert (back.variance, back.steps) == (known.variance, 20)


@pytest.mark.parametrize("steps", range(LEAST_STEPS))
def test_few_returns_tell_nothing(steps: int) -> None:
    assert walk(steps).volatility is None


@pytest.mark.parametrize("steps", [LEAST_STEPS, LEAST_STEPS + 1, 50])
def test_steady_moves_have_their_own_volatility(steps: int) -> None:
    expected = math.sqrt(math.log(1.01) ** 2 / 3600 * YEAR_S)
    assert float(walk(steps).volatility or 0) == pytest.approx(expected, abs=1e-6)


def test_what_was_half_a_life_ago_weighs_half() -> None:
    calm = VolatilityEstimate(D(100), NOW, variance=0.0, steps=1000)
    after = update_volatility(calm, D(110), NOW + timedelta(seconds=HALF_LIFE_S))
    assert after.variance == pytest.approx(math.log(1.1) ** 2 / HALF_LIFE_S / 2)
