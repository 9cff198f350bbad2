"""Sizes and prices of orders that Polymarket takes, and the amounts that are signed for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.clock import to_ms
from argosy.domains.trading.sizes import floor_purchase, floor_quantity, order_money
from argosy.domains.trading.venues.polymarket.orders import (
    AMOUNT_DECIMALS,
    OrderTerms,
    build,
    validate,
)
from argosy.errors import OrderDenied
from tests.support.clob import CONDITION, NOW, TOKEN, WALLET, order


def terms(tick: str = "0.01") -> OrderTerms:
    return OrderTerms(TOKEN, CONDITION, Decimal(tick), Decimal(5), False, "v1", True, None)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"limit_price": None}, "side and limit price"),
        ({"limit_price": Decimal("0.475")}, "grid"),
        ({"limit_price": Decimal(1)}, "grid"),
        ({"limit_price": Decimal("0.00")}, "grid"),
        ({"quantity": Decimal("10.5")}, "cannot be expressed"),
        ({"quantity": Decimal("21.27651")}, "cannot be expressed"),
        ({"quantity": Decimal("2.135"), "side": "sell"}, "cannot be expressed"),
        ({"quantity": Decimal(0)}, "cannot be expressed"),
        ({"quantity": Decimal("-10")}, "cannot be expressed"),
        ({"quantity": Decimal(2)}, "below the venue's minimum"),
        ({"quantity": Decimal("4.99"), "time_in_force": "GTC"}, "below the venue's minimum"),
        ({"quantity": Decimal("5.001"), "time_in_force": "GTC"}, "cannot be expressed"),
        ({"time_in_force": "GTD"}, "expires too soon"),
        (
            {"time_in_force": "GTD", "parameters": {"expiresAt": str(to_ms(NOW) // 1000 + 179)}},
            "expires too soon",
        ),
        ({"parameters": {"postOnly": "true"}}, "able to rest"),
    ],
)
def test_what_the_venue_would_refuse_is_denied_here(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(OrderDenied, match=why):
        validate(order(**changes), terms(), NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quantity": Decimal("2.02"), "limit_price": Decimal("0.5")},
        {"quantity": Decimal("21.2765")},
        {"quantity": Decimal("2.13"), "side": "sell", "limit_price": Decimal("0.47")},
        {"quantity": Decimal("0.05"), "side": "sell"},
        {"quantity": Decimal("5.01"), "time_in_force": "GTC"},
        {"time_in_force": "GTD", "parameters": {"expiresAt": str(to_ms(NOW) // 1000 + 180)}},
        {"time_in_force": "GTC", "parameters": {"postOnly": "true"}},
    ],
)
def test_what_passes(changes: dict[str, Any]) -> None:
    validate(order(**changes), terms(), NOW)


@pytest.mark.parametrize(
    ("wanted", "price", "size", "money"),
    [
        ("21.2765", "0.47", "21.2765", "10.00"),
        ("21.2766", "0.47", "21.2765", "10.00"),
        ("10", "0.47", "10", "4.70"),
        ("3.4827", "0.58", "3.4827", "2.02"),
        ("10.1319", "0.985", "10.1319", "9.98"),
        ("0.02", "0.47", "0", "0"),
    ],
)
def test_a_purchase_buys_for_whole_cents(wanted: str, price: str, size: str, money: str) -> None:
    """The pairs that the official client signs for 10, 4.70, 2.02 and 9.98 USD."""
    found = floor_quantity(Decimal(wanted), Decimal(price), "buy")
    assert found == Decimal(size)
    assert order_money(found, Decimal(price), "buy") == Decimal(money)


@given(tick=st.sampled_from(sorted(AMOUNT_DECIMALS)), steps=st.integers(1, 9999), units=st.integers(1, 10**8))
def test_the_size_of_a_purchase_stays_when_it_is_rounded_again(tick: Decimal, steps: int, units: int) -> None:
    price = tick * (steps % int(1 / tick - 1) + 1)
    wanted = Decimal(units).scaleb(-4)
    size = floor_quantity(wanted, price, "buy")
    assert size <= wanted
    assert floor_quantity(size, price, "buy") == size
    if size:
        money = order_money(size, price, "buy")
        assert money % Decimal("0.01") == 0
        assert size * price <= money < (size + Decimal("0.0001")) * price


@given(
    tick=st.sampled_from(sorted(AMOUNT_DECIMALS)), steps=st.integers(1, 9999), shares=st.integers(1, 10**7)
)
def test_a_purchase_rounded_for_its_tick_can_be_made_at_every_price(
    tick: Decimal, steps: int, shares: int
) -> None:
    price = tick * (steps % int(1 / tick - 1) + 1)
    wanted = Decimal(shares) / 1000
    size = floor_purchase(wanted, tick)
    assert floor_quantity(size, price, "buy") == size
    assert size * price % Decimal("0.01") == 0
    assert wanted - max(Decimal("0.01") / tick, Decimal("0.01")) < size <= wanted


@given(
    tick=st.sampled_from(sorted(AMOUNT_DECIMALS)),
    steps=st.integers(1, 9999),
    units=st.integers(1, 5000),
    side=st.sampled_from(["buy", "sell"]),
    tif=st.sampled_from(["FOK", "GTC"]),
)
def test_amounts_have_the_precision_of_the_tick(
    tick: Decimal, steps: int, units: int, side: Any, tif: Any
) -> None:
    price = tick * (steps % int(1 / tick - 1) + 1)
    quantity = floor_quantity(Decimal(units), price, side, tif)
    action = order(side=side, quantity=quantity, limit_price=price, time_in_force=tif)
    built = build(action, maker=WALLET, signer=WALLET, signature_type=0, now=NOW)
    money, shares = (
        (built.maker_amount, built.taker_amount)
        if side == "buy"
        else (built.taker_amount, built.maker_amount)
    )
    assert Decimal(shares) / 10**6 == quantity
    received = 10**2 if tif == "FOK" else 10 ** (6 - AMOUNT_DECIMALS[tick])
    if side == "buy" and tif == "FOK":
        assert (money % 10**4, shares % 10**2) == (0, 0)
        assert 0 <= Decimal(money) / 10**6 - quantity * price < Decimal("0.0001")
    else:
        assert (money % received, shares % 10**4) == (0, 0)
        assert 0 <= quantity * price - Decimal(money) / 10**6 < Decimal("0.0001")
    assert 0 <= built.salt <= 2**53
