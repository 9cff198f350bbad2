"""How much was filled, and for how much, from whichever numbers are told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from argosy.domains.trading.venues.replies.totals import filled_of, money_of
from argosy.errors import InconsistentReply

D = Decimal
NAN = float("nan")


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ({"filled": 1.0}, 1),
        ({"executedQty": "1.0", "filled": None}, 1),
        ({"filled": NAN, "remaining": 2.0}, 1),
        ({"filled": "", "remaining": "2"}, 1),
        ({"remaining": 2, "amount": 4}, 2),
        ({"remaining": 0.0}, 3),
        ({"remaining": 3.0}, 0),
        ({"filled": 1.0, "remaining": 2.0, "status": "open"}, 1),
        ({"filled": 0.1, "remaining": 0.19999999999999998, "amount": 0.3, "status": "open"}, D("0.1")),
        ({"filled": 1.0, "remaining": 0.0, "status": "canceled"}, 1),
        ({}, None),
        ({"filled": None, "remaining": NAN}, None),
    ],
)
def test_filled(raw: dict[str, Any], found: Any) -> None:
    assert filled_of(raw, D(3)) == found


@pytest.mark.parametrize(
    "raw", [{"remaining": 4.0}, {"remaining": -1.0}, {"filled": 0.0, "remaining": 1.0, "status": "open"}]
)
def test_filled_and_left_that_do_not_add_up(raw: dict[str, Any]) -> None:
    with pytest.raises(InconsistentReply):
        filled_of(raw, D(3))


@pytest.mark.parametrize(
    ("raw", "cost"),
    [
        ({"average": 99.0}, 297),
        ({"average": None, "cost": 297.0}, 297),
        ({"average": NAN, "cost": "297"}, 297),
        ({"average": 0.0, "cost": 297.0}, 297),
        ({"average": 99.0, "cost": 0.0}, 297),
        ({"average": 99.0, "cost": 297.0}, 297),
        ({"average": 99.33, "cost": 298.0}, 298),  # an average is rounded, a cost is a sum
        ({"avgPrice": "99", "cummulativeQuoteQty": "297"}, 297),
        ({"price": 101.0}, None),
        ({"average": None, "cost": None}, None),
        ({"average": 0, "cost": 0}, None),
    ],
)
def test_cost(raw: dict[str, Any], cost: Any) -> None:
    found = money_of(raw, D(3), D(101), "buy")
    assert (None if found is None else found.cost) == cost


@pytest.mark.parametrize(
    ("raw", "side"),
    [
        ({"average": 99.0, "cost": 303.0}, "buy"),
        ({"average": 100.0, "cost": 297.0}, "buy"),
        ({"cost": 306.0}, "buy"),  # what was ordered, or with the fee: more than 3 at 101
        ({"cost": 300.0}, "sell"),
    ],
)
def test_a_cost_that_cannot_be(raw: dict[str, Any], side: str) -> None:
    with pytest.raises(InconsistentReply):
        money_of(raw, D(3), D(101), side)


def test_nothing_filled_costs_nothing() -> None:
    assert money_of({"average": 99.0}, D(0), D(101), "buy") is None
