"""How much to stake: pure helpers, each with its source. All fractions are of the capital."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.money import ONE, ZERO
from argosy.errors import InvalidInput

QUARTER = Decimal("0.25")


def fixed_fraction(capital: Decimal, fraction: Decimal) -> Decimal:
    """The same part of whatever capital there is: stakes grow and shrink with it, so it is never lost whole.

    After Vince 1992, "The Mathematics of Money Management", ch. 1 (there with the fraction optimised; here it is
    given). Base currency; 0 where there is no capital. Raises InvalidInput for a fraction outside 0..1.
    """
    return max(capital, ZERO) * _part(fraction, "fraction")


def kelly_fraction(
    probability: Decimal, cost: Decimal, share: Decimal = QUARTER, cap: Decimal = ONE
) -> Decimal:
    """Part of the capital to stake on a share that costs `cost` (price and fee) and pays 1 with `probability`.

    f* = (p − c)/(1 − c), the maximum of p·ln(1 + f·(1−c)/c) + (1−p)·ln(1 − f) (Kelly 1956, "A New
    Interpretation of Information Rate"), times `share`: a quarter keeps most of the growth at a small part of
    the swings and forgives an overstated probability. At most `cap`; 0 where there is no edge. Raises InvalidInput for
    a share outside 0..1: beyond Kelly's fraction growth falls again and swings only rise.
    """
    share = _part(share, "share of Kelly's fraction")
    if not ZERO < cost < ONE or probability <= cost:
        return ZERO
    return min(share * (min(probability, ONE) - cost) / (ONE - cost), max(cap, ZERO))


def kelly_edge(edge: Decimal, variance: Decimal, share: Decimal = QUARTER, cap: Decimal = ONE) -> Decimal:
    """Part of the capital to put into something whose return over a period has the mean `edge` (above the
    riskless) and `variance`.

    f* = μ/σ², the optimum in continuous time (Thorp 2006, "The Kelly Criterion in Blackjack, Sports Betting and
    the Stock Market", eq. 7.3; the same as Merton's 1969 share for logarithmic utility), times `share`. At most
    `cap`; 0 where there is no edge or no variance to judge it by. Raises InvalidInput for a share outside 0..1.
    """
    share = _part(share, "share of Kelly's fraction")
    if edge <= 0 or variance <= 0:
        return ZERO
    return min(share * edge / variance, max(cap, ZERO))


def volatility_target(target: Decimal, volatility: Decimal, cap: Decimal = ONE) -> Decimal:
    """Exposure as a part of the capital, so that it swings by `target` a year when the asset does by `volatility`.

    target/volatility (Moreira and Muir 2017, "Volatility-Managed Portfolios", scale by variance; scaling by
    volatility is the common form, Harvey et al. 2018, "The Impact of Volatility Targeting"). At most `cap`, for
    quiet markets would ask for any leverage; 0 where the volatility is not known to be above zero.
    """
    if target <= 0 or volatility <= 0:
        return ZERO
    return min(target / volatility, max(cap, ZERO))


def _part(value: Decimal, name: str) -> Decimal:
    if not ZERO <= value <= ONE:
        raise InvalidInput(f"the {name} is out of range", expected="0 to 1", found=str(value))
    return value
