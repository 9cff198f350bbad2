"""Sizing of stakes: pure functions, each with its source; fractions are of the capital."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.money.money import ONE, ZERO
from argosy.errors import InvalidInput

QUARTER = Decimal("0.25")


def fixed_fraction(capital: Decimal, fraction: Decimal) -> Decimal:
    """Return a fixed fraction of the capital, in base currency.

    Stakes grow and shrink with the capital, so it is never lost completely. 0 without capital. Raises
    InvalidInput for a fraction outside 0..1. Source: Vince 1992, "The Mathematics of Money Management", ch. 1.
    There the fraction is optimised; here it is given.
    """
    return max(capital, ZERO) * _part(fraction, "fraction")


def kelly_fraction(
    probability: Decimal, cost: Decimal, share: Decimal = QUARTER, cap: Decimal = ONE
) -> Decimal:
    """Return the fraction of capital to stake on a share that pays 1 with `probability`.

    `cost` is price and fee of the share. f* = (p − c)/(1 − c) maximises p·ln(1 + f·(1−c)/c) + (1−p)·ln(1 − f).
    Source: Kelly 1956, "A New Interpretation of Information Rate".

    The result is `share` times f*, at most `cap`; 0 without an edge. A quarter keeps most of the growth with much
    smaller swings, and tolerates an overstated probability. Raises InvalidInput for a share outside 0..1: beyond
    Kelly's fraction growth falls again and swings only rise.
    """
    share = _part(share, "share of Kelly's fraction")
    if not ZERO < cost < ONE or probability <= cost:
        return ZERO
    return min(share * (min(probability, ONE) - cost) / (ONE - cost), max(cap, ZERO))


def kelly_edge(edge: Decimal, variance: Decimal, share: Decimal = QUARTER, cap: Decimal = ONE) -> Decimal:
    """Return the fraction of capital for an investment with mean return `edge` and `variance`.

    `edge` is the mean over a period above the riskless return, `variance` its variance over the same period. f* =
    μ/σ² is the optimum in continuous time. Source: Thorp 2006, eq. 7.3 of
    "The Kelly Criterion in Blackjack, Sports Betting and the Stock Market". It equals Merton's 1969 share for
    logarithmic utility.

    The result is `share` times f*, at most `cap`. 0 without an edge or a known variance. Raises InvalidInput for
    a share outside 0..1.
    """
    share = _part(share, "share of Kelly's fraction")
    if edge <= 0 or variance <= 0:
        return ZERO
    return min(share * edge / variance, max(cap, ZERO))


def volatility_target(target: Decimal, volatility: Decimal, cap: Decimal = ONE) -> Decimal:
    """Return the fraction of capital whose yearly volatility is `target`.

    `volatility` is the asset's yearly volatility. The result is target/volatility, at most `cap`, because quiet
    markets would call for unlimited leverage. 0 unless both are above zero.

    Sources: Moreira and Muir 2017, "Volatility-Managed Portfolios", scale by variance. Scaling by volatility is the
    common form: Harvey et al. 2018, "The Impact of Volatility Targeting".
    """
    if target <= 0 or volatility <= 0:
        return ZERO
    return min(target / volatility, max(cap, ZERO))


def _part(value: Decimal, name: str) -> Decimal:
    if not ZERO <= value <= ONE:
        raise InvalidInput(f"the {name} is out of range", expected="0 to 1", found=str(value))
    return value
