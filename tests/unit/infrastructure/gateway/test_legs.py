"""Legs of one opportunity: none is sent beyond what those before it have filled."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from support.gateway_desk import CALLER, START, Desk, hidden, lost
from support.scripted_venue import rejected

from argosy.core.actions.action import ActionKind, ActionStatus

D = Decimal
S = ActionStatus


def test_legs_that_are_filled_follow_each_other(desk: Desk) -> None:
    assert [result.status for result in desk.submit(*desk.legs(3))] == [S.FILLED] * 3


def test_the_part_of_the_first_leg_is_the_most_of_all_others(desk: Desk) -> None:
    def some(quantity: str) -> Any:
        return lambda venue, action: venue.do(action, D(quantity), status=S.CANCELLED)

    desk.venue.answers = [some("8"), some("4")]
    results = desk.submit(*desk.legs(3))
    assert [result.filled for result in results] == [8, 4, 4]
    assert [call.quantity for call in desk.venue.calls] == [10, 8, 4]


def test_after_a_leg_that_was_not_filled_none_is_sent(desk: Desk) -> None:
    desk.venue.answers = [rejected]
    results = desk.submit(*desk.legs(3))
    assert [(result.status, result.code) for result in results] == [
        (S.REJECTED, None),
        (S.CANCELLED, "leg.stopped"),
        (S.CANCELLED, "leg.stopped"),
    ]
    assert results[1].reason == "leg 0 was not filled"


def test_after_a_leg_whose_fate_is_open_none_is_sent() -> None:
    desk = Desk(hidden(60, lost))
    results = desk.submit(*desk.legs())
    assert [(result.status, result.code) for result in results] == [
        (S.UNKNOWN, None),
        (S.CANCELLED, "leg.stopped"),
    ]
    assert results[1].reason == "the outcome of leg 0 is not known yet"


def test_legs_that_ended_before_keep_their_end(desk: Desk) -> None:
    first, second = desk.legs()
    desk.journal.decide(CALLER, [first, second])
    desk.journal.put(first, status=S.REJECTED)
    desk.journal.put(second, status=S.CANCELLED, code="never_arrived")
    results = desk.submit(first, second)
    assert [(result.status, result.code) for result in results] == [
        (S.REJECTED, None),
        (S.CANCELLED, "never_arrived"),
    ]
    assert desk.venue.calls == []


def test_a_leg_that_is_filled_already_counts_for_the_next(desk: Desk) -> None:
    first, second = desk.legs()
    desk.journal.decide(CALLER, [first, second])
    desk.journal.put(first, status=S.CANCELLED, filled=D(5))
    assert [result.filled for result in desk.submit(first, second)] == [5, 5]


def test_quantities_in_powers_of_ten_follow_in_units(desk: Desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(33), status=S.CANCELLED)]
    first, second = (leg.model_copy(update={"quantity": D("1E+2")}) for leg in desk.legs())
    assert [result.filled for result in desk.submit(first, second)] == [33, 33]


def test_a_third_of_nine_is_three(desk: Desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(3), status=S.CANCELLED)]
    legs = [leg.model_copy(update={"quantity": D(9)}) for leg in desk.legs()]
    assert [result.filled for result in desk.submit(*legs)] == [3, 3]


def test_a_part_of_less_than_a_unit_sends_nothing(desk: Desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D("0.5"), status=S.CANCELLED)]
    first, second, third = desk.legs(3)
    results = desk.submit(first, second, third)
    assert [(result.status, result.code) for result in results[1:]] == [(S.CANCELLED, "leg.stopped")] * 2
    assert [call.client_id for call in desk.venue.calls] == [first.client_id]
    found = desk.journal.get(second.client_id)
    assert found is not None and found.reserved == 0


def test_a_leg_that_shrank_counts_by_what_it_was_asked_for_by_another_delivery_too(desk: Desk) -> None:
    first, second, third = desk.legs(3)
    desk.journal.decide(CALLER, [first, second, third])
    desk.journal.put(first, status=S.CANCELLED, filled=D(8))
    assert second.leg is not None
    smaller = second.model_copy(
        update={"quantity": D(8), "leg": second.leg.model_copy(update={"asked": D(10)})}
    )
    desk.journal.put(second, status=S.CANCELLED, filled=D(4), action=smaller)
    assert [result.filled for result in desk.submit(first, second, third)] == [8, 4, 4]


def test_a_leg_without_a_quantity_counts_as_done_or_not(desk: Desk) -> None:
    taken_back = desk.order(time_in_force="GTC")
    desk.venue.do(taken_back, D(0), status=S.OPEN)
    first, second = desk.legs()
    cancel = first.model_copy(
        update={
            "kind": ActionKind.CANCEL_ORDER,
            "side": None,
            "quantity": D(0),
            "parameters": {"clientId": taken_back.client_id},
        }
    )
    assert [result.status for result in desk.submit(cancel, second)] == [S.FILLED, S.FILLED]


def test_legs_after_one_that_cannot_be_written_are_not_sent(desk: Desk) -> None:
    desk.journal.away_until = START + timedelta(hours=1)
    results = desk.submit(*desk.legs())
    assert [result.status for result in results] == [S.UNKNOWN, S.CANCELLED]
    assert len(desk.venue.calls) == 1
