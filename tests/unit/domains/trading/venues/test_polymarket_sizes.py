"""Sizes and prices of orders that Polymarket takes, and the amounts that are signed for them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.clock import to_ms
from argosy.domains.trading.sizes import floor_purchase, quantity_step
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
    ("price", "side", "step"),
    [
        ("0.47", "buy", "1"),
        ("0.5", "buy", "0.02"),
        ("0.25", "buy", "0.04"),
        ("0.471", "buy", "10"),
        ("0.47", "sell", "0.01"),
    ],
)
def test_quantity_step(price: str, side: Any, step: str) -> None:
    assert quantity_step(Decimal(price), side) == Decimal(step)


@given(
    tick=st.sampled_from(sorted(AMOUNT_DECIMALS)), steps=st.integers(1, 9999), shares=st.integers(1, 10**7)
)
def test_a_purchase_rounded_for_its_tick_can_be_made_at_every_price(
    tick: Decimal, steps: int, shares: int
) -> None:
    price = tick * (steps % int(1 / tick - 1) + 1)
    wanted = Decimal(shares) / 1000
    size = floor_purchase(wanted, tick)
    assert size % quantity_step(price, "buy") == 0
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
    quantity = quantity_step(price, side, tif) * units
    action = order(side=side, quantity=quantity, limit_price=price, time_in_force=tif)
    built = build(action, maker=WALLET, signer=WALLET, signature_type=0, now=NOW)
    money, shares = (
        (built.maker_amount, built.taker_amount)
        if side == "buy"
        else (built.taker_amount, built.maker_amount)
    )
    assert Decimal(money) / Decimal(shares) == price
    assert Decimal(shares) / 10**6 == quantity
    assert money % 10 ** (6 - AMOUNT_DECIMALS[tick]) == 0
    assert shares % 10**4 == 0
    if side == "buy" and tif == "FOK":
        assert money % 10**4 == 0
    assert 0 <= built.salt <= 2**53
