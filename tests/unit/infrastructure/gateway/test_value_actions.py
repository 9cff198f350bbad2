"""Value actions: set once, settled by a read, and never over somebody else's value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.gateway_desk import CALLER, START, Desk
from support.value_venue import ValueVenue, accepted, taken

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.impact import NetPosition, effect_of, scale_order
from argosy.core.actions.value_change import ValueChange
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.venues.venue import ValueEdit
from argosy.errors import OrderRejected, UnknownOutcome
from argosy.infrastructure.actions.announce import events_of

D = Decimal
S = ActionStatus


def price(wanted: str = "12", before: str = "10", **more: Any) -> Action:
    change = ValueChange(field="price", before=before, wanted=wanted)
    return Desk().order(kind=ActionKind.SET_PRICE, side=None, quantity="0", price="0", change=change, **more)


def budget(wanted: str, before: str = "40") -> Action:
    change = ValueChange(field="budget", before=before, wanted=wanted)
    return Desk().order(kind=ActionKind.SET_BUDGET, side=None, quantity=wanted, price="1", change=change)


def on(*setters: Any) -> tuple[Desk, ValueVenue]:
    venue = ValueVenue(*setters)
    return Desk(venue=venue), venue


def lost_after(venue: ValueVenue, action: Action) -> ActionResult:
    taken(venue, action)
    raise UnknownOutcome("connection dropped")


def lost_before(venue: ValueVenue, action: Action) -> ActionResult:
    raise UnknownOutcome("connection dropped")


def refused(venue: ValueVenue, action: Action) -> ActionResult:
    raise OrderRejected("below the venue's minimum")


def changed_meanwhile(venue: ValueVenue, action: Action) -> ActionResult:
    venue.values["X", "price"] = "11"
    return accepted(venue, action)


def alarms(desk: Desk) -> list[str]:
    return [event.data["code"] for event in desk.events.read() if event.type == "alarm"]


def test_it_is_filled_when_a_read_shows_the_wanted_value() -> None:
    desk, venue = on()
    (result,) = desk.submit(price("12"))
    assert (result.status, venue.values["X", "price"], len(venue.calls)) == (S.FILLED, "12", 1)
    assert alarms(desk) == []


def test_the_same_number_written_otherwise_is_the_same_value() -> None:
    desk, venue = on()
    venue.values["X", "price"] = "12.00"
    (result,) = desk.submit(price("12"))
    assert (result.status, venue.calls) == (S.FILLED, [])  # it is there already: nothing is sent


def test_an_answer_alone_fills_nothing() -> None:
    desk, venue = on(accepted)
    action = price()
    (result,) = desk.submit(action)
    assert result.status is S.OPEN
    venue.values["X", "price"] = "12"
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    assert desk.resolve(intent).status is S.FILLED
    assert len(venue.calls) == 1


def test_a_third_value_is_never_overwritten_and_a_person_is_told() -> None:
    desk, venue = on()
    venue.values["X", "price"] = "11"
    venue.edit = ValueEdit(at=START, by="anna")
    (result,) = desk.submit(price("12"))
    assert (result.status, result.code, venue.calls) == (S.CANCELLED, "superseded", [])
    assert venue.values["X", "price"] == "11"
    assert "somebody else changed it from 10" in (result.reason or "")
    assert "by anna" in (result.reason or "")
    assert alarms(desk) == ["action.superseded"]


def test_a_value_changed_between_the_look_and_the_answer_is_superseded_too() -> None:
    desk, venue = on(changed_meanwhile)
    (result,) = desk.submit(price("12"))
    assert (result.status, result.code, venue.values["X", "price"]) == (S.CANCELLED, "superseded", "11")


def test_a_lost_answer_is_looked_up_by_reading_and_never_sent_again() -> None:
    desk, venue = on(lost_after)
    (result,) = desk.submit(price("12"))
    assert (result.status, len(venue.calls)) == (S.FILLED, 1)
    again = desk.submit(desk.journal.intents()[0].action)
    assert (again[0].status, len(venue.calls)) == (S.FILLED, 1)


def test_after_the_absence_window_the_old_value_ends_it_as_never_arrived() -> None:
    desk, venue = on(lost_before)
    venue.absence_proves_after_s = 30.0
    action = price()
    (result,) = desk.submit(action)
    assert result.status is S.UNKNOWN
    desk.clock.advance(28)
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(3)
    after = desk.resolve(intent)
    assert (after.status, after.code, len(venue.calls)) == (S.CANCELLED, "never_arrived", 1)
    assert "is still 10" in (after.reason or "")
    assert alarms(desk) == ["action.never_arrived"]
    (anew,) = desk.submit(price())  # the next run, with a client id of its own
    assert anew.status is S.FILLED


def test_a_change_that_the_venue_took_and_never_applied_ends_as_well() -> None:
    desk, venue = on(accepted)
    venue.absence_proves_after_s = 30.0
    action = price()
    assert desk.submit(action)[0].status is S.OPEN
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    assert desk.resolve(intent).status is S.OPEN
    desk.clock.advance(31)
    assert desk.resolve(intent).code == "never_arrived"


def test_a_field_that_cannot_be_read_first_is_not_set() -> None:
    desk, venue = on()
    venue.away = True
    (result,) = desk.submit(price())
    assert (result.status, result.code, venue.calls) == (S.DENIED, "never_sent", [])


def test_a_read_that_fails_afterwards_leaves_it_open() -> None:
    def taken_then_away(venue: ValueVenue, action: Action) -> ActionResult:
        venue.away = True
        return taken(venue, action)

    desk, venue = on(taken_then_away)
    action = price()
    assert desk.submit(action)[0].status is S.OPEN
    venue.away = False
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    assert desk.resolve(intent).status is S.FILLED


def test_a_refusal_of_the_venue_is_final() -> None:
    desk, venue = on(refused)
    (result,) = desk.submit(price())
    assert (result.status, venue.values["X", "price"]) == (S.REJECTED, "10")


def test_a_venue_without_values_sets_none() -> None:
    desk = Desk()
    (result,) = desk.submit(price())
    assert (result.status, result.code, desk.venue.calls) == (S.DENIED, "never_sent", [])


def test_one_change_of_a_field_at_a_time() -> None:
    desk, venue = on(accepted)
    assert desk.submit(price("12"))[0].status is S.OPEN
    (second,) = desk.submit(price("13"))
    assert (second.status, second.code, len(venue.calls)) == (S.DENIED, "value.pending", 1)
    assert desk.submit(budget("30"))[0].status is S.FILLED  # another field


def test_two_changes_of_a_field_in_one_submission_are_one_too_many() -> None:
    desk, _ = on()
    first, second = desk.submit(price("12"), price("13"))
    assert (first.status, second.code) == (S.FILLED, "value.pending")


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (price("10.0"), "has the value 10.0 already"),
        (budget("50", "none"), "from a number"),
        (budget("50").model_copy(update={"quantity": D(51)}), "from a number to its quantity"),
    ],
)
def test_a_change_that_says_nothing_or_two_things_is_refused(action: Action, text: str) -> None:
    desk, venue = on()
    (result,) = desk.submit(action)
    assert (result.status, result.code, venue.calls) == (S.DENIED, "input.action", [])
    assert text in (result.reason or "")


def test_a_lower_budget_passes_a_halt_and_a_new_price_does_not() -> None:
    desk, venue = on()
    desk.flags.write(EmergencyFlag("platform", EmergencyState.HALT, 2, "test"))
    assert desk.submit(budget("30"))[0].status is S.FILLED
    assert desk.submit(budget("50", "30"))[0].code == "emergency.halt"
    assert desk.submit(price())[0].code == "emergency.halt"
    assert venue.values == {("X", "price"): "10", ("X", "budget"): "30"}


def test_in_alert_only_the_rise_of_a_level_is_scaled() -> None:
    smaller = scale_order(budget("50"), D("0.5"))
    assert smaller.change is not None
    assert (smaller.quantity, smaller.change.wanted) == (D(45), "45")
    assert effect_of(smaller, NetPosition()).delta == D(5)
    assert scale_order(price(), D("0.5")).change == price().change


def test_the_alarm_comes_again_with_the_event_if_its_process_died() -> None:
    desk, venue = on()
    venue.values["X", "price"] = "11"
    action = price()
    desk.journal.decide(CALLER, [action])
    desk.submit(action)
    intent = desk.journal.get(action.client_id)
    assert intent is not None
    change = desk.journal._keep_intent(intent, S.SUBMITTED)
    assert [event.type for event in events_of(change)] == ["action", "alarm"]
