"""What an operator may book by hand, and what is refused before anything is asked of the database."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from argosy.core.money.adjustment import Adjustment
from argosy.core.money.ledger import EntryKind
from argosy.errors import InvalidInput

D = Decimal


def adjustment(**more: Any) -> Adjustment:
    return Adjustment(**{"bot_id": "bot", "mode": "paper", "venue": "v", "asset": "USD"} | more)


@pytest.mark.parametrize(
    "what",
    [
        {"amount": D("0.01")},
        {"amount": D("-0.01")},
        {"quantity": D("0.01")},
        {"quantity": D("-0.01")},
        {"amount": D(1), "kind": "income"},
        {"amount": D(-1), "kind": "expense"},
        {"amount": D(1), "kind": "transfer"},
        {"amount": D(-1), "kind": "transfer"},
    ],
)
def test_money_or_units_come_and_go(what: dict[str, Any]) -> None:
    assert adjustment(**what).entry_kind is EntryKind(what.get("kind", "adjustment"))


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ({}, "of money or of units"),
        ({"amount": D(1), "quantity": D(1)}, "of money or of units"),
        ({"amount": D(1), "asset": ""}, "of something at a venue"),
        ({"amount": D(1), "venue": ""}, "of something at a venue"),
        ({"quantity": D(1), "kind": "transfer"}, "by adjustment only"),
        ({"quantity": D(1), "kind": "income"}, "by adjustment only"),
        ({"quantity": D(-1), "kind": "expense"}, "by adjustment only"),
        ({"amount": D(-1), "kind": "income"}, "no income; expected an amount above 0; found -1"),
        ({"amount": D(1), "kind": "expense"}, "no expense; expected an amount below 0; found 1"),
    ],
)
def test_what_is_none_is_refused(what: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        adjustment(**what)
