"""Fair value, volatility, time-weighted means and Kelly."""

from __future__ import annotations

import math
import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.risk.sizing import kelly_fraction
from argosy.domains.trading.fair_value import fair_value, realised_volatility, time_weighted_mean

D = Decimal
spots = st.floats(10_000, 200_000)
sigmas = st.floats(1e-6, 1e-3)


def test_a_vector_before_the_averaging_window() -> None:
    # (60100 − 60000) / (60100 · 5e-5 · √(600 − 40)) = 100 / 71.1109… = 1.40625…
    found = fair_value(60_100, 60_000, 5e-5, 600)
    assert found.deviation == pytest.approx(60_100 * 5e-5 * math.sqrt(560))
    assert found.up == pytest.approx(0.920175, abs=2e-5)


def test_a_vector_inside_the_averaging_window() -> None:
    # m = (40·60020 + 20·60050)/60 = 60030; s = 60050 · 5e-5 · (20/60) · √(20/3) = 2.58414…
    found = fair_value(60_050, 60_028, 5e-5, 20, mean_so_far=60_020)
    assert found.mean == pytest.approx(60_030)
    assert found.deviation == pytest.approx(2.58414, abs=1e-4)
    assert found.up == pytest.approx(0.780522, abs=2e-4)


@given(spots, st.floats(-0.01, 0.01), sigmas)
def test_the_two_branches_meet_at_the_window(spot: float, away: float, sigma: float) -> None:
    strike = spot * (1 + away)
    before = fair_value(spot, strike, sigma, 60.0)
    inside = fair_value(spot, strike, sigma, 60.0 - 1e-9, mean_so_far=spot)
    assert before.up == pytest.approx(inside.up, abs=1e-6)


def test_a_tie_goes_up() -> None:
    assert fair_value(60_000, 60_000, 5e-5, 0, mean_so_far=60_000).up == 1.0
    assert fair_value(60_000, 60_000.01, 5e-5, 0, mean_so_far=60_000).up == 0.0
    assert fair_value(60_000, 60_000, 0.0, 300).up == 1.0


@given(spots, st.floats(-0.01, 0.01), sigmas, st.floats(0, 900))
def test_up_and_down_share_one(spot: float, away: float, sigma: float, left: float) -> None:
    found = fair_value(spot, spot * (1 + away), sigma, left, mean_so_far=spot)
    assert 0.0 <= found.up <= 1.0


@given(spots, sigmas, st.floats(61, 900))
def test_more_spot_is_more_up(spot: float, sigma: float, left: float) -> None:
    assert fair_value(spot * 1.0005, spot, sigma, left).up >= fair_value(spot, spot, sigma, left).up


def test_an_unsure_strike_pulls_towards_a_half() -> None:
    sure = fair_value(60_100, 60_000, 5e-5, 120)
    unsure = fair_value(60_100, 60_000, 5e-5, 120, strike_deviation=100)
    assert 0.5 < unsure.up < sure.up


def test_the_formula_agrees_with_simulated_means() -> None:
    spot, strike, sigma, left = 60_000.0, 60_010.0, 6e-5, 180
    source = random.Random(5)
    wins = 0
    paths = 4_000
    for _ in range(paths):
        price, total = spot, 0.0
        for second in range(left):
            price *= math.exp(sigma * source.gauss(0, 1))
            if second >= left - 60:
                total += price
        wins += total / 60 >= strike
    assert fair_value(spot, strike, sigma, left).up == pytest.approx(wins / paths, abs=0.025)


def test_arguments_out_of_their_domain_are_refused() -> None:
    for wrong in ({"spot": -1.0}, {"sigma": -1e-9}, {"seconds_left": -1.0}):
        values = {"spot": 1.0, "strike": 1.0, "sigma": 1e-5, "seconds_left": 10.0} | wrong
        with pytest.raises(ValueError, match="fair value needs"):
            fair_value(**values)
    with pytest.raises(ValueError, match="mean so far"):
        fair_value(1.0, 1.0, 1e-5, 10.0)


def test_volatility_of_one_second_returns() -> None:
    samples = [(0.0, 100.0), (1.0, 100.0 * math.exp(0.001)), (2.0, 100.0), (3.0, 100.0 * math.exp(0.002))]
    expected = math.sqrt((0.001**2 + 0.001**2 + 0.002**2) / 3)
    assert realised_volatility(samples) == pytest.approx(expected)


def test_volatility_per_root_second_does_not_depend_on_the_spacing() -> None:
    source = random.Random(3)
    path, price = [(0.0, 60_000.0)], 60_000.0
    for second in range(1, 6_001):
        price *= math.exp(5e-5 * source.gauss(0, 1))
        path.append((float(second), price))
    each_second = realised_volatility(path)
    each_minute = realised_volatility(path[::60], longest_gap_s=75)
    assert each_second == pytest.approx(5e-5, rel=0.05)
    assert each_minute == pytest.approx(5e-5, rel=0.25)


def test_a_step_across_an_outage_is_no_return() -> None:
    calm = [(float(i), 100.0 + i * 0.001) for i in range(5)]
    assert realised_volatility([*calm, (300.0, 150.0)]) == pytest.approx(realised_volatility(calm) or 0)
    assert realised_volatility([(0.0, 1.0), (1.0, 1.0)]) is None


def test_a_time_weighted_mean_holds_each_price_until_the_next() -> None:
    mean = time_weighted_mean([(0.0, 10.0), (6.0, 20.0)], 0.0, 10.0)
    assert mean == (pytest.approx(14.0), pytest.approx(1.0))


def test_what_no_price_covers_is_not_filled_in() -> None:
    mean = time_weighted_mean([(0.0, 10.0), (50.0, 20.0)], 0.0, 60.0, longest_hold_s=10)
    assert mean is not None
    assert mean[0] == pytest.approx(15.0)
    assert mean[1] == pytest.approx(20 / 60)
    assert time_weighted_mean([(100.0, 10.0)], 0.0, 60.0) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 1e5)), min_size=1, max_size=30))
def test_a_mean_lies_between_its_prices(samples: list[tuple[float, float]]) -> None:
    found = time_weighted_mean(sorted(samples), 10.0, 70.0)
    if found is not None:
        values = [price for _, price in samples]
        assert min(values) * (1 - 1e-9) <= found[0] <= max(values) * (1 + 1e-9)
        assert 0 < found[1] <= 1 + 1e-9


def test_kelly_vectors() -> None:
    assert kelly_fraction(D("0.6"), D("0.5"), D(1)) == D("0.2")
    assert kelly_fraction(D("0.6"), D("0.5")) == D("0.05")
    assert kelly_fraction(D("0.5"), D("0.5")) == 0
    assert kelly_fraction(D("0.4"), D("0.5")) == 0
    assert kelly_fraction(D("0.9"), D(0)) == 0


@given(st.integers(1, 99), st.integers(1, 98))
def test_full_kelly_grows_fastest(probability: int, cost: int) -> None:
    p, c = probability / 100, cost / 100
    best = float(kelly_fraction(D(probability) / 100, D(cost) / 100, D(1)))

    def growth(f: float) -> float:
        return p * math.log(1 + f * (1 - c) / c) + (1 - p) * math.log(1 - f)

    assert 0 <= best < 1
    for other in (best * 0.9, best * 1.05 + 0.001):
        if other < 1:
            assert growth(best) >= growth(other) - 1e-12
