"""Senders that stand still between the begin of an action and its call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.gateway_desk import START, Desk, hidden, lost
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import DrivenClock
from argosy.errors import NeverSent, VenueUnavailable
from argosy.infrastructure.actions.calls import OwnCalls
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.adapter.order_records import claim, unsent_result, withdraw

S = ActionStatus


class Recorded(ScriptedVenue):
    """Writes each action down before it is sent; `before` and `after` run around that."""

    absence_proves_after_s = 60.0

    def __init__(self) -> None:
        super().__init__()
        self.documents = MemoryDocuments()
        self.before: Any = lambda: None
        self.after: Any = lambda: None
        self.closed = False

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        self.before()
        if not claim(self.documents, "sent", action.client_id, {"side": action.side}):
            raise AssertionError("sent before")
        self.after()
        assert deadline is not None
        try:
            deadline.check()
        except NeverSent as error:
            return unsent_result(action.client_id, error)
        return super().execute(action)

    def withdraw(self, action: Action) -> bool:
        return withdraw(self.documents, "sent", action.client_id)

    def is_window_closed(self, action: Action) -> bool:
        return self.closed


class Stepped(DrivenClock):
    """A driven clock whose wall time can be set apart from its monotonic one."""

    step = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.step


@pytest.fixture
def venue() -> Recorded:
    return Recorded()


@pytest.fixture
def desk(venue: Recorded) -> Desk:
    return Desk(venue)


def test_a_sender_that_stands_still_before_its_record_is_given_up_at_once_and_loses(
    desk: Desk, venue: Recorded
) -> None:
    order = desk.order()

    def freeze() -> None:
        desk.living.clear()
        desk.stopped.add("me")
        intent = desk.journal.get(order.client_id)
        assert intent is not None
        given_up = desk.resolve(intent)
        assert (given_up.status, given_up.code, given_up.reserved) == (S.DENIED, "never_sent", 0)

    venue.before = freeze
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "never_sent")
    assert venue.calls == []


@pytest.mark.parametrize("away_s", [4, 3600, 86_400, 8 * 86_400])
def test_one_that_stands_still_after_it_stays_unknown_and_reserved_until_it_goes_on(
    desk: Desk, venue: Recorded, away_s: float
) -> None:
    order = desk.order()

    def freeze() -> None:
        desk.living.clear()
        desk.stopped.add("me")
        intent = desk.journal.get(order.client_id)
        assert intent is not None
        for _ in range(4):
            desk.clock.advance(away_s / 4)
            waiting = desk.resolve(intent)
            assert (waiting.status, waiting.reserved) == (S.UNKNOWN, 20)
            assert waiting.reason is not None and "may still send it" in waiting.reason

    venue.after = freeze
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "never_sent")
    assert venue.calls == []


def test_a_process_knows_that_its_own_call_has_ended(desk: Desk, venue: Recorded) -> None:
    """A restored database may have lost the end of a call whose sender lives on."""
    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    intent = desk.sent(order, ago_s=3600, owner="me")
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(60)
    after = desk.resolve(intent)
    assert (after.status, after.code, after.reserved) == (S.CANCELLED, "never_arrived", 0)


def test_a_second_delivery_leaves_the_first_ones_call_open() -> None:
    calls = OwnCalls()
    with calls.making("a"):
        with calls.making("a"):
            pass
        assert "a" in calls
    assert "a" not in calls


def test_one_that_was_killed_is_given_up_after_the_venues_time_of_silence(
    desk: Desk, venue: Recorded
) -> None:
    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    desk.stopped.add("other")
    intent = desk.sent(order, ago_s=3600)
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.stopped.clear()  # killed
    for wait_s, status in ((3600, S.UNKNOWN), (59.999, S.UNKNOWN), (0.001, S.CANCELLED)):
        desk.clock.advance(wait_s)
        after = desk.resolve(intent)
        assert after.status is status
    assert after.code == "never_arrived"


@pytest.mark.parametrize("step_s", [5, -5, 3600, -3600, 86_400, -86_400])
def test_a_step_of_the_clock_proves_nothing_and_holds_nothing_up(
    venue: Recorded, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    monkeypatch.setattr("support.gateway_desk.DrivenClock", Stepped)
    desk = Desk(venue)
    desk.journal.away_until = datetime.min.replace(tzinfo=UTC)
    assert isinstance(desk.clock, Stepped)
    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    intent = desk.sent(order, owner="dead")
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.step = timedelta(seconds=step_s)
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(60)
    assert desk.resolve(intent).code == "never_arrived"


@pytest.mark.parametrize("step_s", [5, -5, 3600, -3600, 86_400, -86_400])
def test_a_clock_that_steps_before_the_call_lets_nothing_leave(
    venue: Recorded, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    monkeypatch.setattr("support.gateway_desk.DrivenClock", Stepped)
    desk = Desk(venue)
    desk.journal.away_until = datetime.min.replace(tzinfo=UTC)
    clock = desk.clock
    assert isinstance(clock, Stepped)

    def step() -> None:
        clock.step = timedelta(seconds=step_s)

    venue.after = step
    assert desk.submit(desk.order())[0].code == "never_sent"
    assert venue.calls == []


def test_a_venue_whose_window_has_closed_needs_no_end_of_the_sender(desk: Desk, venue: Recorded) -> None:
    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    desk.stopped.add("other")
    intent = desk.sent(order)
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(3600)
    assert desk.resolve(intent).status is S.UNKNOWN
    venue.closed = True
    assert desk.resolve(intent).status is S.UNKNOWN
    desk.clock.advance(60)
    assert desk.resolve(intent).code == "never_arrived"


def test_what_was_carried_out_just_before_its_sender_ended_is_found(desk: Desk, venue: Recorded) -> None:
    venue.absence_proves_after_s = 0.0
    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    lookup, looks = venue.query_action, []

    def late(client_id: str) -> ActionResult | None:
        looks.append(client_id)
        found = lookup(client_id)
        venue.do(order, order.quantity)
        return found

    venue.query_action = late  # type: ignore[method-assign]
    assert desk.resolve(desk.sent(order)).status is S.FILLED
    assert len(looks) == 2


@pytest.mark.parametrize("call", ["withdraw", "is_window_closed"])
def test_a_venue_that_cannot_tell_leaves_it_unknown(desk: Desk, venue: Recorded, call: str) -> None:
    def away(_: Action) -> bool:
        raise VenueUnavailable("down")

    order = desk.order()
    claim(venue.documents, "sent", order.client_id, {})
    setattr(venue, call, away)
    desk.stopped.add("other")
    assert desk.resolve(desk.sent(order)).status is S.UNKNOWN


def test_a_living_sender_whose_call_has_ended_holds_nothing_up(desk: Desk, venue: Recorded) -> None:
    venue.answers = [lost]
    order = desk.order()
    (result,) = desk.submit(order)
    intent = desk.journal.get(order.client_id)
    assert intent is not None
    assert (result.status, intent.owner) == (S.UNKNOWN, None)
    desk.clock.advance(60)
    assert desk.resolve(intent).code == "never_arrived"


def test_a_venue_that_takes_no_deadline_is_called_only_before_it() -> None:
    desk = Desk(hidden(60))
    assert desk.submit(desk.order())[0].status is S.FILLED
    begin = desk.journal.begin

    def slow(client_id: str, **more: Any) -> Any:
        begun = begin(client_id, **more)
        desk.clock.advance(3.001)
        return begun

    desk.journal.begin = slow  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].code == "never_sent"
    assert len(desk.venue.calls) == 1


@pytest.mark.parametrize(
    ("ahead", "sent"), [(timedelta(seconds=5), 1), (timedelta(seconds=5.001), 0), (timedelta(days=1), 0)]
)
def test_what_a_wrong_clock_decided_is_not_sent(desk: Desk, ahead: timedelta, sent: int) -> None:
    """Nobody knows how long ago that was."""
    order = desk.order()
    desk.decided(order, decided_at=START + ahead)
    assert (desk.submit(order)[0].code is None) == bool(sent)
    assert len(desk.venue.calls) == sent


def test_an_outcome_that_postgres_did_not_take_is_written_later(desk: Desk, venue: Recorded) -> None:
    """Until then nobody else may give the action up: the process that may send it lives on."""
    order = desk.order()
    venue.answers = [lost]
    desk.journal.away_until = START + timedelta(seconds=60)
    assert desk.submit(order)[0].code == "unavailable.unavailable"
    intent = desk.journal.get(order.client_id)
    assert intent is not None
    assert (intent.status, intent.owner) == (S.SUBMITTED, "me")
    desk.clock.advance(60)
    desk.gateway.write_late()
    intent = desk.journal.get(order.client_id)
    assert intent is not None
    assert (intent.status, intent.owner) == (S.UNKNOWN, None)
    tries = desk.journal.tries
    desk.gateway.write_late()
    assert desk.journal.tries == tries


def test_a_late_word_of_the_sender_itself_changes_nothing(desk: Desk) -> None:
    order = desk.order()
    given_up = desk.sent(order, status=S.CANCELLED, code="never_arrived", settled_at=START)
    refused = unsent_result(order.client_id, NeverSent("too late"))
    after, change = desk.journal.settle(refused, actor="gateway", call_ended=True)
    assert change is None
    assert (after.status, after.code) == (given_up.status, "never_arrived")
