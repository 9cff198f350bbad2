from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.money.money import decimal, floor_to
from argosy.errors import InvalidInput

amounts = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
steps = st.sampled_from([Decimal("0.01"), Decimal("0.001"), Decimal("0.0025"), Decimal(1), Decimal(5)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, "1"), ("0.10", "0.10"), (0.1, "0.1"), (Decimal("1E-7"), "1E-7"), (" 2.5 ", "2.5"), (1e-7, "1E-7")],
)
def test_numbers_are_read_exactly(value: object, expected: str) -> None:
    assert decimal(value) == Decimal(expected)


@pytest.mark.parametrize(
    "value", [None, True, "", "x", "1,5", "NaN", "Infinity", float("nan"), float("inf"), []]
)
def test_what_is_not_a_finite_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(InvalidInput, match="price"):
        decimal(value, name="price")


@given(amounts, steps)
def test_rounding_lands_on_the_grid_and_near(value: Decimal, step: Decimal) -> None:
    floored = floor_to(value, step)
    assert floored % step == 0
    assert abs(floored) <= abs(value)
    assert abs(value - floored) < step
