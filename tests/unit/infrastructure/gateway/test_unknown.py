"""Actions whose fate is not known: every wait to its last moment."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.gateway_desk import MOMENT, START, Desk, hidden, lost
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.errors import UnknownOutcome, VenueUnavailable

D = Decimal
S = ActionStatus


def test_a_lost_answer_is_looked_up_until_it_is_found(desk: Desk) -> None:
    def done_and_dropped(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, action.quantity)
        raise UnknownOutcome("connection dropped")

    desk.venue.answers = [done_and_dropped]
    assert desk.submit(desk.order())[0].status is S.FILLED
    assert len(desk.venue.lookups) == 1
    assert desk.waited_s() == pytest.approx(0.2)


def test_a_venue_that_is_away_is_asked_three_times(desk: Desk) -> None:
    def away(client_id: str) -> ActionResult | None:
        desk.venue.lookups.append(client_id)
        raise VenueUnavailable("down")

    desk.venue.answers = [lost]
    desk.venue.query_action = away  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].status is S.UNKNOWN
    assert len(desk.venue.lookups) == 3
    assert desk.waited_s() == pytest.approx(1.7)


@pytest.mark.parametrize(
    ("after_s", "status"), [(0, S.UNKNOWN), (59.999, S.UNKNOWN), (60, S.CANCELLED), (61, S.CANCELLED)]
)
def test_absence_is_proof_a_time_after_the_sender_is_known_to_have_ended(
    after_s: float, status: ActionStatus
) -> None:
    desk = Desk(hidden(60))
    intent = desk.sent(desk.order(), ago_s=3600, owner="dead")
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(after_s)
    assert desk.resolve(intent).status is status


def test_a_venue_that_names_no_time_has_a_minute(desk: Desk) -> None:
    class Silent(ScriptedVenue):
        absence_proves_after_s = property(lambda self: self._none())  # type: ignore[assignment]

        def _none(self) -> float:
            raise AttributeError

    late = Desk(Silent())
    intent = late.sent(late.order(), owner="dead")
    for wait_s, status in ((0, S.UNKNOWN), (59.999, S.UNKNOWN), (0.001, S.CANCELLED)):
        late.clock.advance(wait_s)
        assert late.resolve(intent).status is status


def test_what_was_never_sent_is_not_given_up_by_a_silent_venue(desk: Desk) -> None:
    odd = desk.decided(desk.order(), status=S.UNKNOWN, submitted_at=None)
    assert desk.resolve(odd) == odd


# --- resolve --------------------------------------------------------------------------------------------


def test_what_is_final_is_not_asked_for(desk: Desk) -> None:
    done = desk.sent(desk.order(), status=S.FILLED, owner=None)
    assert desk.resolve(done) == done
    assert desk.venue.lookups == []


@pytest.mark.parametrize(
    ("changes", "left_alone"),
    [
        ({}, True),
        ({"ago_s": 59.999}, True),
        ({"ago_s": 60}, False),
        ({"ago_s": 61}, False),
        ({"owner": "dead"}, False),
        ({"owner": None}, False),
        ({"submitted_at": None}, False),
        ({"status": S.OPEN}, False),
        ({"status": S.UNKNOWN}, False),
    ],
)
def test_a_call_in_flight_is_left_alone(desk: Desk, changes: dict[str, Any], left_alone: bool) -> None:
    desk.living.add("other")
    intent = desk.sent(desk.order(), **changes)
    desk.resolve(intent)
    assert (desk.venue.lookups == []) is left_alone


@pytest.mark.parametrize(
    ("ago", "actor", "dropped"),
    [
        (timedelta(0), "reconciler", False),
        (timedelta(seconds=60) - MOMENT, "reconciler", False),
        (timedelta(seconds=60), "reconciler", True),
        (timedelta(seconds=60) + MOMENT, "reconciler", True),
        (timedelta(0), "operator", True),
        (timedelta(seconds=61), "operator", True),
    ],
)
def test_what_was_decided_and_never_sent_is_dropped_after_a_minute(
    desk: Desk, ago: timedelta, actor: str, dropped: bool
) -> None:
    intent = desk.decided(desk.order(), decided_at=START - ago)
    after = desk.resolve(intent, actor)
    assert (after.status, after.code) == ((S.CANCELLED, "never_sent") if dropped else (S.PLANNED, None))
    assert desk.venue.lookups == []


@pytest.mark.parametrize("said", [S.FILLED, S.OPEN])
def test_the_venues_word_is_taken(desk: Desk, said: ActionStatus) -> None:
    order = desk.order()
    desk.venue.do(order, D(10) if said is S.FILLED else D(0), status=said)
    assert desk.resolve(desk.sent(order)).status is said


def test_a_venue_that_cannot_be_asked_leaves_it_unknown(desk: Desk) -> None:
    def away(_: str) -> ActionResult | None:
        raise VenueUnavailable("down")

    desk.venue.query_action = away  # type: ignore[method-assign]
    assert desk.resolve(desk.sent(desk.order())).status is S.UNKNOWN


@pytest.mark.parametrize("status", [S.OPEN, S.PARTIALLY_FILLED])
def test_what_the_venue_had_taken_is_not_given_up(desk: Desk, status: ActionStatus) -> None:
    order = desk.order(time_in_force="GTC")
    intent = desk.sent(order, ago_s=3600, owner="dead", status=status)
    assert desk.resolve(intent) == intent


@pytest.mark.parametrize(("said", "reserved"), [(S.OPEN, 20), (S.FILLED, 0), (S.REJECTED, 0)])
def test_a_word_of_the_venue_overrules_that_it_never_arrived(
    desk: Desk, said: ActionStatus, reserved: int
) -> None:
    """The call is slower than the venue's silence is long: another process gives it up, then it is answered."""
    order = desk.order(time_in_force="GTC")

    def slow(venue: ScriptedVenue, action: Action) -> ActionResult:
        desk.living.clear()
        found = desk.journal.get(action.client_id)
        assert found is not None
        assert desk.process("other").resolve(found, desk.venues).code == "never_arrived"
        return venue.do(action, D(10) if said is S.FILLED else D(0), status=said)

    desk.venue.answers = [slow]
    assert desk.submit(order)[0].status is said
    found = desk.journal.get(order.client_id)
    assert found is not None and (found.status, found.reserved, found.code) == (said, reserved, None)
    assert [each.client_id for each in desk.journal.unsettled()] == ([order.client_id] if reserved else [])


def test_a_fault_in_an_adapter_that_is_asked_leaves_it_unknown(desk: Desk) -> None:
    def broken(_: str) -> ActionResult | None:
        raise KeyError("status")

    desk.venue.query_action = broken  # type: ignore[method-assign]
    after = desk.resolve(desk.sent(desk.order()))
    assert after.status is S.UNKNOWN
    assert after.reason is not None and "KeyError" in after.reason


def test_an_order_that_was_found_working_is_not_asked_for_again(desk: Desk) -> None:
    def taken_and_dropped(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, D(0), status=S.OPEN)
        raise UnknownOutcome("connection dropped")

    desk.venue.answers = [taken_and_dropped]
    assert desk.submit(desk.order(time_in_force="GTC"))[0].status is S.OPEN
    assert len(desk.venue.lookups) == 1
