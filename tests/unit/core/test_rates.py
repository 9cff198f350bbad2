from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from argosy.core.money.rates import Rate, rate

D = Decimal
MARKS = {
    ("k", "BTC/USDT"): D(100),
    ("b", "BTC/USD"): D(101),
    ("k", "EUR/USD"): D("1.1"),
    ("k", "ETH/EUR"): D(20),
}


@pytest.mark.parametrize(
    ("currency", "base", "expected"),
    [
        ("USD", "USD", Rate(D(1), "same")),
        ("EUR", "EUR", Rate(D(1), "same")),
        ("eur", "EUR", Rate(D(1), "same")),
        ("USDC", "USD", Rate(D(1), "peg")),
        ("pUSD", "USDT", Rate(D(1), "peg")),
        ("USDC", "EUR", Rate(D("0.9090909090909090909090909091"), "inverse:k/EUR/USD")),
        ("USD", "BTC", Rate(D("0.01"), "inverse:k/BTC/USDT")),
        ("EUR", "ETH", Rate(D("0.05"), "inverse:k/ETH/EUR")),
        ("BTC", "USD", Rate(D(100), "mark:k/BTC/USDT")),
        ("EUR", "USDC", Rate(D("1.1"), "mark:k/EUR/USD")),
        ("ETH", "EUR", Rate(D(20), "mark:k/ETH/EUR")),
        ("ETH", "USD", None),
        ("XYZ", "USD", None),
    ],
)
def test_rates(currency: str, base: str, expected: Rate | None) -> None:
    assert rate(currency, base, MARKS) == expected


def test_of_several_the_first_counts() -> None:
    """Whoever reads them puts the freshest first."""
    one, other = (("z", "EUR/USD"), D("1.1")), (("a", "EUR/USDT"), D("1.2"))
    assert rate("EUR", "USD", dict([one, other])) == Rate(D("1.1"), "mark:z/EUR/USD")
    assert rate("EUR", "USD", dict([other, one])) == Rate(D("1.2"), "mark:a/EUR/USDT")


def test_a_price_of_nothing_is_no_rate() -> None:
    assert rate("BTC", "USD", {("v", "BTC/USD"): D(0)}) is None
    assert rate("BTC", "USD", {("v", "BTC/USD"): D(-5)}) is None
    assert rate("BTC", "USD", {("v", "BTCUSD"): D(5)}) is None
    assert rate("USD", "BTC", {("v", "BTC/USD"): D(0)}) is None


def test_a_pair_that_says_it_outright_comes_before_its_inverse() -> None:
    marks = {("a", "EUR/USDT"): D("1.1"), ("z", "USDC/EUR"): D("0.9")}
    assert rate("USDT", "EUR", marks) == Rate(D("0.9"), "mark:z/USDC/EUR")


def test_the_inverse_is_what_it_is_whatever_the_precision_of_the_caller() -> None:
    with localcontext(prec=3):
        assert rate("USD", "EUR", MARKS) == Rate(D("0.9090909090909090909090909091"), "inverse:k/EUR/USD")
