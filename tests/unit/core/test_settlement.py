"""What a venue's answer makes of an intent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.actions.intent import Caller, Intent
from argosy.core.actions.settlement import settle_intent
from argosy.domains.trading.action_kinds import MERGE_PAIR

D = Decimal
S = ActionStatus
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def intent(status: ActionStatus = S.SUBMITTED, kind: ActionKind = ActionKind.PLACE_ORDER, **more) -> Intent:
    action = Action(
        client_id="a", venue="v", kind=kind, symbol="X", side="buy", quantity=D(10), limit_price=D(2)
    )
    values = {"delta": D(10), "reducing": False, "decided_at": NOW, "reserved": D(20)}
    return Intent(
        caller=Caller("paper", "trading", "bot"), action=action, status=status, **{**values, **more}
    )


def fill(number: int, quantity: str, price: str = "2", fee: str = "0.1", **more) -> Fill:
    values = {"id": f"t{number}", "client_id": "a", "venue": "v", "symbol": "X", "side": "buy", "at": NOW}
    return Fill(**{**values, "quantity": D(quantity), "price": D(price), "fee": D(fee), **more})


def answer(status: ActionStatus, *fills: Fill, **more) -> ActionResult:
    filled = sum((f.quantity for f in fills), D(0))
    return ActionResult(
        **{"client_id": "a", "status": status, "filled": filled, "fills": list(fills), **more}
    )


def test_filled_whole() -> None:
    outcome = settle_intent(intent(), answer(S.FILLED, fill(1, "4"), fill(2, "6", "1")), NOW)
    after = outcome.intent
    assert (after.status, after.filled, after.reserved, after.settled_at) == (S.FILLED, D(10), D(0), NOW)
    assert after.result is not None
    assert (after.result.average_price, after.result.fee) == (D("1.4"), D("0.2"))
    assert [f.id for f in outcome.fills] == ["t1", "t2"]


@pytest.mark.parametrize(
    ("before", "said", "filled", "expected"),
    [
        (S.SUBMITTED, S.OPEN, "0", S.OPEN),
        (S.SUBMITTED, S.OPEN, "1", S.PARTIALLY_FILLED),
        (S.SUBMITTED, S.SUBMITTED, "0", S.OPEN),
        (S.SUBMITTED, S.UNKNOWN, "0", S.UNKNOWN),
        (S.OPEN, S.UNKNOWN, "0", S.OPEN),
        (S.PARTIALLY_FILLED, S.UNKNOWN, "1", S.PARTIALLY_FILLED),
        (S.UNKNOWN, S.UNKNOWN, "0", S.UNKNOWN),
        (S.UNKNOWN, S.CANCELLED, "0", S.CANCELLED),
        (S.UNKNOWN, S.REJECTED, "0", S.REJECTED),
        (S.FILLED, S.CANCELLED, "10", S.FILLED),
        (S.CANCELLED, S.FILLED, "10", S.CANCELLED),
        (S.DENIED, S.FILLED, "10", S.DENIED),
    ],
)
def test_status(before: ActionStatus, said: ActionStatus, filled: str, expected: ActionStatus) -> None:
    fills = [fill(1, filled)] if D(filled) else []
    assert settle_intent(intent(before), answer(said, *fills), NOW).intent.status is expected


def test_the_same_answer_again_changes_nothing() -> None:
    once = settle_intent(intent(), answer(S.PARTIALLY_FILLED, fill(1, "4")), NOW)
    again = settle_intent(once.intent, answer(S.PARTIALLY_FILLED, fill(1, "4")), NOW)
    assert again.fills == []
    assert again.intent == once.intent


def test_what_may_still_come_stays_reserved() -> None:
    first = settle_intent(intent(), answer(S.OPEN, fill(1, "4")), NOW).intent
    assert first.reserved == 12
    second = settle_intent(first, answer(S.OPEN, fill(1, "4"), fill(2, "3")), NOW).intent
    assert second.reserved == 6
    assert settle_intent(second, answer(S.CANCELLED, fill(1, "4"), fill(2, "3")), NOW).intent.reserved == 0


def test_fills_that_come_after_the_end_are_taken_in_and_the_end_stays() -> None:
    ended = settle_intent(intent(), answer(S.CANCELLED, fill(1, "4"), reason="killed"), NOW).intent
    outcome = settle_intent(ended, answer(S.CANCELLED, fill(1, "4"), fill(2, "1"), reason="again"), NOW)
    assert [f.id for f in outcome.fills] == ["t2"]
    assert (outcome.intent.status, outcome.intent.filled) == (S.CANCELLED, D(5))
    assert outcome.intent.reason == "killed"


def test_filled_that_the_fills_do_not_explain_keeps_it_open() -> None:
    """Only fills are booked: what is not listed yet is waited for."""
    part = settle_intent(intent(), answer(S.FILLED, fill(1, "4"), filled=D(10)), NOW).intent
    assert (part.status, part.filled, part.settled_at) == (S.PARTIALLY_FILLED, D(10), None)
    whole = settle_intent(part, answer(S.FILLED, fill(1, "4"), fill(2, "6")), NOW)
    assert whole.intent.status is S.FILLED
    assert [f.id for f in whole.fills] == ["t2"]


def test_a_redemption_books_more_units_than_its_pairs() -> None:
    merge = intent(kind=MERGE_PAIR)
    legs = answer(S.FILLED, fill(1, "10", "0.5"), fill(2, "10", "0.5", symbol="Y"), filled=D(10))
    after = settle_intent(merge, legs.model_copy(update={"average_price": D(1)}), NOW).intent
    assert (after.status, after.filled) == (S.FILLED, D(10))
    assert after.result is not None
    assert after.result.average_price == 1


def test_executions_without_names_are_named_by_their_terms() -> None:
    outcome = settle_intent(intent(), answer(S.FILLED, fill(1, "4", id=""), fill(2, "6", id="")), NOW)
    assert [f.id for f in outcome.fills] == ["~4@2#1", "~6@2#1"]
    assert (
        settle_intent(outcome.intent, answer(S.FILLED, fill(1, "4", id=""), fill(2, "6", id="")), NOW).fills
        == []
    )


def test_the_first_time_it_ended_is_kept() -> None:
    ended = settle_intent(intent(), answer(S.CANCELLED), NOW).intent
    later = NOW.replace(hour=5)
    assert settle_intent(ended, answer(S.CANCELLED, fill(1, "1")), later).intent.settled_at == NOW


def test_the_newest_answer_is_kept_until_the_end_and_then_only_new_fills() -> None:
    working = settle_intent(intent(), answer(S.OPEN, reason="rests"), NOW).intent
    assert working.result is not None
    assert (working.result.status, working.result.reason) == (S.OPEN, "rests")
    ended = settle_intent(working, answer(S.CANCELLED, fill(1, "4"), reason="killed"), NOW).intent
    again = settle_intent(ended, answer(S.CANCELLED, fill(1, "4"), reason="again"), NOW).intent
    assert again.result == ended.result
    late = settle_intent(ended, answer(S.CANCELLED, fill(2, "1")), NOW).intent
    assert late.result is not None
    assert [each.id for each in late.result.fills] == ["t1", "t2"]


parts = st.lists(st.integers(1, 5), min_size=0, max_size=6)


@given(parts, st.data())
def test_in_whatever_order_answers_come_each_fill_is_new_once(sizes: list[int], data: st.DataObject) -> None:
    """Answers that each know a prefix of the fills, repeated and shuffled."""
    total = max(sum(sizes), 1)
    start = replace(
        intent(), action=intent().action.model_copy(update={"quantity": D(total)}), delta=D(total)
    )
    fills = [fill(n, str(size)) for n, size in enumerate(sizes)]
    prefixes = [*data.draw(st.lists(st.integers(0, len(fills)), max_size=10)), len(fills)]
    seen: list[str] = []
    for length in prefixes:
        outcome = settle_intent(start, answer(S.OPEN, *fills[:length]), NOW)
        assert outcome.intent.filled >= start.filled
        assert 0 <= outcome.intent.reserved <= start.reserved
        seen += [f.id for f in outcome.fills]
        start = outcome.intent
    assert sorted(seen) == sorted(f.id for f in fills)
    assert start.filled == sum(sizes)


def test_what_was_given_up_lives_again_when_its_venue_knows_it() -> None:
    gone = settle_intent(intent(S.UNKNOWN), answer(S.CANCELLED, code="never_arrived"), NOW).intent
    assert (gone.status, gone.reserved) == (S.CANCELLED, 0)
    for silence in (answer(S.UNKNOWN), answer(S.CANCELLED, code="never_arrived")):
        assert settle_intent(gone, silence, NOW).intent.status is S.CANCELLED
    alive = settle_intent(gone, answer(S.OPEN, fill(1, "4")), NOW).intent
    assert (alive.status, alive.filled, alive.reserved) == (S.PARTIALLY_FILLED, 4, 12)
    assert (alive.code, alive.settled_at) == (None, None)
    rejected = settle_intent(gone, answer(S.REJECTED), NOW).intent
    assert (rejected.status, rejected.reserved) == (S.REJECTED, 0)


def test_filled_without_a_number_is_not_the_end() -> None:
    told = settle_intent(intent(), answer(S.FILLED), NOW).intent
    assert (told.status, told.reserved, told.settled_at) == (S.OPEN, 20, None)
    assert settle_intent(told, answer(S.FILLED, fill(1, "10")), NOW).intent.status is S.FILLED
    cancel = intent(kind=ActionKind.CANCEL_ORDER)
    assert settle_intent(cancel, answer(S.FILLED), NOW).intent.status is S.FILLED
