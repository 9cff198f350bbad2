"""Sizing helpers against closed forms and brute force."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.risk import D

from argosy.core.risk.sizing import fixed_fraction, kelly_edge, kelly_fraction, volatility_target
from argosy.errors import InvalidInput

parts = st.decimals(0, 1, places=3)


def test_fixed_fraction() -> None:
    assert fixed_fraction(D(1000), D("0.02")) == 20
    assert fixed_fraction(D(1000), D(1)) == 1000
    assert fixed_fraction(D(1000), D(0)) == 0
    assert fixed_fraction(D(-5), D("0.5")) == 0
    for fraction in ("-0.01", "1.01"):
        with pytest.raises(InvalidInput):
            fixed_fraction(D(1), D(fraction))


def test_binary_kelly() -> None:
    assert kelly_fraction(D("0.6"), D("0.5"), D(1)) == D("0.2")
    assert kelly_fraction(D("0.6"), D("0.5")) == D("0.05")
    assert kelly_fraction(D("0.6"), D("0.5"), D(1), cap=D("0.1")) == D("0.1")
    assert kelly_fraction(D("0.5"), D("0.5")) == 0
    assert kelly_fraction(D("0.6"), D(1)) == 0
    assert kelly_fraction(D("0.6"), D(0)) == 0
    assert kelly_fraction(D("0.6"), D("-0.1")) == 0
    assert kelly_fraction(D(2), D(1)) == kelly_fraction(D(2), D("1.5")) == 0
    assert kelly_fraction(D(2), D("0.5"), D(1)) == 1


@pytest.mark.parametrize("share", ["-0.01", "1.01"])
def test_a_share_of_kelly_is_a_part(share: str) -> None:
    """Of nothing would come a stake below nothing; beyond all of it only the swings grow."""
    for sized in (kelly_fraction, kelly_edge):
        with pytest.raises(InvalidInput, match="share of Kelly's fraction"):
            sized(D("0.6"), D("0.5"), D(share))


def test_general_kelly() -> None:
    assert kelly_edge(D("0.02"), D("0.04"), D(1)) == D("0.5")
    assert kelly_edge(D("0.02"), D("0.04")) == D("0.125")
    assert kelly_edge(D("0.2"), D("0.04"), D(1)) == 1
    assert kelly_edge(D("0.2"), D("0.04"), D(1), cap=D(9)) == 5
    assert kelly_edge(D(0), D(1)) == kelly_edge(D(1), D(0)) == kelly_edge(D(-1), D(1)) == 0
    assert kelly_edge(D(1), D(-1)) == 0


def test_general_kelly_is_the_limit_of_the_binary_one() -> None:
    """A fair coin of ±s with a small drift: edge/variance is where the log growth is highest."""
    s, edge = 0.01, 0.0001
    up = (1 + edge / s) / 2
    growth = {f: up * math.log(1 + f / 100 * s) + (1 - up) * math.log(1 - f / 100 * s) for f in range(300)}
    assert max(growth, key=growth.__getitem__) == kelly_edge(D("0.0001"), D("0.0001"), D(1)) * 100


def test_volatility_target() -> None:
    assert volatility_target(D("0.1"), D("0.4")) == D("0.25")
    assert volatility_target(D("0.4"), D("0.1")) == 1
    assert volatility_target(D("0.4"), D("0.1"), cap=D(3)) == 3
    assert volatility_target(D("0.1"), D(0)) == volatility_target(D(0), D("0.1")) == 0
    assert volatility_target(D("-0.1"), D("0.4")) == volatility_target(D("0.1"), D("-0.4")) == 0


@given(parts, parts, parts, parts)
def test_no_helper_leaves_its_cap(p: Decimal, c: Decimal, share: Decimal, cap: Decimal) -> None:
    for found in (
        kelly_fraction(p, c, share, cap),
        kelly_edge(p, c, share, cap),
        volatility_target(p, c, cap),
    ):
        assert 0 <= found <= cap
    assert kelly_fraction(p, c, share, D(-1)) == 0
