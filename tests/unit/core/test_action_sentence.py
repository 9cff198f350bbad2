"""An action in words: each domain brings those of its kinds, and nothing else knows them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from argosy.bootstrap.types import domains
from argosy.core.actions import action_spec
from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.actions.action_spec import ActionSpec, register
from argosy.core.actions.sentence import sentence_of
from argosy.core.actions.value_change import ValueChange

S = ActionStatus


@pytest.fixture(autouse=True)
def table_as_before() -> Iterator[None]:
    domains()  # registers the kinds of every domain once
    before = dict(action_spec._specs)
    yield
    action_spec._specs.clear()
    action_spec._specs.update(before)


def action(kind: str, **more: Any) -> Action:
    values: dict[str, Any] = {"client_id": "a", "venue": "v", "symbol": "gpu-1", "quantity": Decimal("10.0")}
    return Action(kind=ActionKind(kind), **{**values, **more})


@pytest.mark.parametrize(
    ("status", "filled", "expected"),
    [
        (None, "0", "buy 10 gpu-1"),
        (S.OPEN, "0", "buy 10 gpu-1"),
        (S.PARTIALLY_FILLED, "4.50", "buy 4.5 of 10 gpu-1"),
        (S.UNKNOWN, "4", "buy 4 of 10 gpu-1"),
        (S.FILLED, "1210.20", "buy 1,210.2 gpu-1"),
    ],
)
def test_an_order_says_how_much_is_filled(status: S | None, filled: str, expected: str) -> None:
    assert sentence_of(action("place_order", side="buy"), status, Decimal(filled)) == expected


@pytest.mark.parametrize(
    ("kind", "more", "expected"),
    [
        ("cancel_order", {"parameters": {"clientId": "c" * 32}}, "cancel order cccccccccccc of gpu-1"),
        ("unlist", {}, "end the listing of gpu-1"),
        ("merge_pair", {"label": "pairs of btc"}, "merge 10 pairs of btc"),
        ("redeem", {"label": "shares of btc"}, "redeem 10 shares of btc"),
        ("never_installed", {}, "never installed 10 gpu-1"),
        ("custom", {"quantity": Decimal(0)}, "custom gpu-1"),
    ],
)
def test_a_kind_is_said_in_the_words_of_its_table(kind: str, more: dict[str, Any], expected: str) -> None:
    assert sentence_of(action(kind, **more)) == expected


def test_a_change_of_a_value_names_both_values() -> None:
    change = ValueChange(field="price", before="10", wanted="12")
    assert sentence_of(action("set_price", change=change)) == "set price of gpu-1 from 10 to 12"
    budget = ValueChange(field="daily budget", before="40", wanted="10")
    assert sentence_of(action("set_budget", change=budget)) == "set daily budget of gpu-1 from 40 to 10"


def test_a_domain_brings_the_words_of_its_kinds() -> None:
    register(ActionSpec("rent", sentence="rent {quantity} hours of {asset}"))
    assert sentence_of(action("rent", label="a {fast} machine")) == "rent 10 hours of a {fast} machine"
    with pytest.raises(ValueError, match="unknown words: machine"):
        ActionSpec("rent", sentence="rent {machine}")
