"""Probability that an up/down market ends UP when it settles on an average price.

Settlement follows the market configuration `btc-15m-twap-60` (Polymarket, since 2026-08). It uses the mean of the
oracle's price over the last w seconds of the window. The strike K is the same mean at the window's start. The
market ends UP if the final mean is at least K; a tie goes UP.

Model: the log price is a Brownian motion without drift, of volatility σ per √second. The mean of such a path over
[t, t+w] has the variance σ²·S²·w/3. Both branches below follow from it. This is the variance of an arithmetic
average of a Brownian path. The settlement rule and both formulas were checked against each other at τ = w, where
they meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FairValue:
    """Fair value. `up` is P(UP).

    `mean` and `deviation` (USD) describe the distribution of the settlement price.
    """

    up: float
    mean: float
    deviation: float


def normal_cdf(x: float) -> float:
    """Return Φ(x) = (1 + erf(x/√2))/2."""
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def fair_value(
    spot: float,
    strike: float,
    sigma: float,
    seconds_left: float,
    *,
    window_s: float = 60.0,
    mean_so_far: float | None = None,
    strike_deviation: float = 0.0,
) -> FairValue:
    """Return P(UP) at `seconds_left` (τ) before the end.

    Prices are in USD; `sigma` is a fraction per √s.

    τ ≥ w: P = Φ((S−K)/(S·σ·√(τ − 2w/3))).
    τ < w: m = ((w−τ)·Ā + τ·S)/w, s = S·σ·(τ/w)·√(τ/3), P = Φ((m−K)/s).

    Ā is the mean so far in the averaging window (`mean_so_far`, required there). `strike_deviation` (USD) is the
    uncertainty of K, or of the basis between the two price sources. It adds in squares. Raises ValueError for
    arguments outside their domain.
    """
    if not (spot > 0 and strike > 0 and sigma >= 0 and window_s > 0 and seconds_left >= 0):
        raise ValueError(
            "fair value needs prices and window above 0, sigma and seconds left of at least 0; got "
            f"spot={spot}, strike={strike}, sigma={sigma}, window_s={window_s}, seconds_left={seconds_left}"
        )
    if seconds_left >= window_s:
        mean = spot
        deviation = spot * sigma * math.sqrt(seconds_left - 2.0 * window_s / 3.0)
    else:
        if mean_so_far is None:
            raise ValueError("inside the averaging window the mean so far is needed")
        mean = ((window_s - seconds_left) * mean_so_far + seconds_left * spot) / window_s
        deviation = spot * sigma * (seconds_left / window_s) * math.sqrt(seconds_left / 3.0)
    deviation = math.hypot(deviation, strike_deviation)
    if deviation == 0.0:
        return FairValue(1.0 if mean >= strike else 0.0, mean, 0.0)
    return FairValue(normal_cdf((mean - strike) / deviation), mean, deviation)


def realised_volatility(
    samples: Iterable[tuple[float, float]], *, longest_gap_s: float = 10.0
) -> float | None:
    """Return σ per √second from (time s, price) samples in time order: √(Σ r² / Σ Δt).

    r are the log returns. With one sample per second this is the root mean square of the 1-second returns. No mean
    is subtracted: over minutes the drift is noise. Steps over `longest_gap_s` are left out: a price across an
    outage says little about the pace. Returns None with fewer than two usable steps.
    """
    squares = elapsed = 0.0
    steps = 0
    previous: tuple[float, float] | None = None
    for moment, price in samples:
        if previous is not None:
            step = moment - previous[0]
            if 0 < step <= longest_gap_s and price > 0 and previous[1] > 0:
                squares += math.log(price / previous[1]) ** 2
                elapsed += step
                steps += 1
        previous = (moment, price)
    return math.sqrt(squares / elapsed) if steps >= 2 and elapsed > 0 else None


def time_weighted_mean(
    samples: Iterable[tuple[float, float]], start: float, end: float, *, longest_hold_s: float = 10.0
) -> tuple[float, float] | None:
    """Return (mean, covered fraction) over [start, end) of a price held until its next sample.

    `samples` are (time s, price) in time order. A price is held for at most `longest_hold_s`; later time counts as
    uncovered. Returns None if no time is covered.
    """
    if end <= start:
        return None
    area = covered = 0.0
    held: tuple[float, float] | None = None
    for moment, price in samples:
        if held is not None:
            left, right = max(held[0], start), min(moment, end, held[0] + longest_hold_s)
            if right > left:
                area += (right - left) * held[1]
                covered += right - left
        if moment >= end:
            held = None
            break
        held = (moment, price)
    if held is not None:
        left, right = max(held[0], start), min(end, held[0] + longest_hold_s)
        if right > left:
            area += (right - left) * held[1]
            covered += right - left
    return (area / covered, covered / (end - start)) if covered > 0 else None
