"""An intent in numbers: what may still come, what a smaller one is, what its caller is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Leg
from argosy.core.actions.intent import Caller, Decision, Intent

D = Decimal
S = ActionStatus
NOW = datetime(2026, 11, 23, tzinfo=UTC)
LEG = Leg(group="g", index=1, count=2, on_failure="hold")


def intent(status: ActionStatus = S.OPEN, quantity: str = "10", filled: str = "0") -> Intent:
    action = Action(
        client_id="a",
        venue="v",
        kind=ActionKind.PLACE_ORDER,
        symbol="X",
        side="sell",
        quantity=D(quantity),
        limit_price=D(2),
        max_fee=D(4),
    )
    caller = Caller("paper", "trading", "bot", "s")
    return Intent(
        caller,
        action,
        status,
        delta=-D(quantity),
        reducing=True,
        decided_at=NOW,
        reserved=D(8),
        filled=D(filled),
    )


@pytest.mark.parametrize(
    ("status", "quantity", "filled", "remaining"),
    [
        (S.OPEN, "10", "0", "-10"),
        (S.PARTIALLY_FILLED, "10", "4", "-6"),
        (S.PARTIALLY_FILLED, "10", "11", "0"),
        (S.UNKNOWN, "10", "4", "-6"),
        (S.CANCELLED, "10", "4", "0"),
        (S.SUBMITTED, "0", "0", "0"),
    ],
)
def test_what_may_still_come(status: ActionStatus, quantity: str, filled: str, remaining: str) -> None:
    assert intent(status, quantity, filled).remaining == D(remaining)


@pytest.mark.parametrize("quantity", [None, D(10), D("10.01")])
def test_nothing_is_shrunk_to_what_it_is_or_to_more(quantity: Decimal | None) -> None:
    whole = intent(S.PLANNED)
    assert whole.shrunk(quantity) is whole


def test_a_smaller_one_shrinks_in_everything() -> None:
    small = intent(S.PLANNED).shrunk(D("2.5"))
    assert (small.action.quantity, small.delta, small.reserved) == (D("2.5"), D("-2.5"), 2)
    assert small.action.max_fee == 1
    assert intent(S.PLANNED).shrunk(D(0)).delta == 0


@pytest.mark.parametrize(
    ("leg", "quantity", "filled", "part"),
    [
        (None, "10", "4", Fraction(2, 5)),
        (LEG, "3", "1", Fraction(1, 3)),
        (LEG.model_copy(update={"asked": D(20)}), "5", "5", Fraction(1, 4)),
        (LEG.model_copy(update={"asked": D(20)}), "0", "0", Fraction(0)),
    ],
)
def test_the_part_that_is_filled_is_of_what_was_decided(
    leg: Leg | None, quantity: str, filled: str, part: Fraction
) -> None:
    whole = intent(S.CANCELLED, quantity, filled)
    assert replace(whole, action=whole.action.model_copy(update={"leg": leg})).part == part


@pytest.mark.parametrize(("status", "part"), [(S.FILLED, 1), (S.UNKNOWN, 0), (S.REJECTED, 0)])
def test_what_has_no_quantity_is_done_or_not(status: ActionStatus, part: int) -> None:
    assert intent(status, quantity="0").part == part


def test_the_caller_is_told_the_venues_answer_else_our_own() -> None:
    denied = replace(intent(S.DENIED), code="risk.leverage", reason="too much")
    own = denied.as_result()
    assert (own.status, own.code, own.reason) == (S.DENIED, "risk.leverage", "too much")
    answer = ActionResult(client_id="a", status=S.FILLED, filled=D(10))
    assert replace(intent(S.FILLED), result=answer).as_result() is answer


@pytest.mark.parametrize(
    ("allowed", "status", "settled_at"), [(True, S.PLANNED, None), (False, S.DENIED, NOW)]
)
def test_a_decision_makes_an_intent(allowed: bool, status: ActionStatus, settled_at: datetime | None) -> None:
    whole = intent()
    decision = Decision(whole.action, allowed, whole.delta, True, D(8), code="c", reason="r")
    made = Intent.decided(whole.caller, decision, NOW, {"platform": 3})
    assert (made.status, made.settled_at, made.epochs) == (status, settled_at, {"platform": 3})
    assert (made.delta, made.reserved, made.code, made.reason) == (-10, 8, "c", "r")
    assert Intent.decided(whole.caller, decision, NOW).epochs == {}


def test_scopes_of_a_caller() -> None:
    assert Caller("paper", "trading", "b", "s").scopes == (
        "platform", "domain:trading", "bot:b", "strategy:b/s",
    )  # fmt: skip
    assert Caller("paper", "trading", "b").scopes == ("platform", "domain:trading", "bot:b")
