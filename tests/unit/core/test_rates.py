from __future__ import annotations

from decimal import Decimal

import pytest

from argosy.core.rates import Rate, rate

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
        ("USDC", "USD", Rate(D(1), "peg")),
        ("pUSD", "USDT", Rate(D(1), "peg")),
        ("USDC", "EUR", None),
        ("BTC", "USD", Rate(D(101), "mark:b/BTC/USD")),
        ("EUR", "USDC", Rate(D("1.1"), "mark:k/EUR/USD")),
        ("ETH", "EUR", Rate(D(20), "mark:k/ETH/EUR")),
        ("ETH", "USD", None),
        ("XYZ", "USD", None),
    ],
)
def test_rates(currency: str, base: str, expected: Rate | None) -> None:
    assert rate(currency, base, MARKS) == expected


def test_a_price_of_nothing_is_no_rate() -> None:
    assert rate("BTC", "USD", {("v", "BTC/USD"): D(0)}) is None
    assert rate("BTC", "USD", {("v", "BTC/USD"): D(-5)}) is None
    assert rate("BTC", "USD", {("v", "BTCUSD"): D(5)}) is None
