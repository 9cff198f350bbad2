"""The life of an action against a journal in memory and a clock that is driven: every wait to its last moment."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue, rejected

from argosy.core.action import Action, ActionKind, ActionResult, ActionStatus, Leg
from argosy.core.clock import DrivenClock
from argosy.core.emergency import EmergencyFlag, EmergencyState
from argosy.core.intent import Caller, Change, Intent
from argosy.errors import Unavailable, UnknownOutcome, VenueUnavailable
from argosy.infrastructure.emergency.flags import MemoryEmergencyFlags
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.gateway import Gateway
from argosy.infrastructure.gateway.memory import MemoryJournal

D = Decimal
S = ActionStatus
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALLER = Caller("paper", "trading", "bot", "s1")
MOMENT = timedelta(microseconds=1)
_serial = itertools.count(1)


def lost(venue: ScriptedVenue, action: Action) -> ActionResult:
    raise UnknownOutcome("connection dropped")


def hidden(seconds: float, *answers: Any) -> ScriptedVenue:
    """A venue whose silence proves nothing for so long."""
    venue = ScriptedVenue(*answers)
    venue.absence_proves_after_s = seconds
    return venue


class Journal(MemoryJournal):
    """Notes what was announced, and loses contact for as long as it is told."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.noted: list[int] = []
        self.away_until = START
        self.tries = 0

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False
    ) -> tuple[Intent, Change | None]:
        self.tries += 1
        if self._clock.now() < self.away_until:
            raise Unavailable("Postgres is away")
        return super().settle(result, actor=actor, looked_up=looked_up)

    def announced(self, ids: Sequence[int]) -> None:
        assert ids
        self.noted += ids

    def put(self, action: Action, **values: Any) -> Intent:
        """The intent of a decided action as if it had gone so far."""
        intent = replace(self._intents[action.client_id], **values)
        self._keep_intent(intent, None)
        return intent


@dataclass
class Desk:
    venue: ScriptedVenue = field(default_factory=ScriptedVenue)
    living: set[str] = field(default_factory=lambda: {"me"})
    reconciled: list[Caller] | None = None

    def __post_init__(self) -> None:
        self.clock = DrivenClock(START)
        self.flags = MemoryEmergencyFlags()
        self.events = MemoryEventBus(clock=self.clock)
        self.journal = Journal(self.clock, self.flags, bot_id="bot", capital=D(1000))
        self.venues = TheseVenues({"scripted": self.venue})
        reconciled = self.reconciled
        self.gateway = Gateway(
            self.journal,
            self.flags,
            self.events,
            self.clock,
            owner="me",
            alive=self.living.__contains__,
            reconcile=None if reconciled is None else lambda caller, _: reconciled.append(caller),
        )

    def order(self, side: str = "buy", quantity: str = "10", price: str = "2", **more: Any) -> Action:
        values: dict[str, Any] = {
            "client_id": f"{next(_serial):032x}",
            "venue": "scripted",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": "X",
            "side": side,
            "quantity": D(quantity),
            "limit_price": D(price),
        }
        return Action(**{**values, **more})

    def legs(self, count: int = 2) -> list[Action]:
        return [
            self.order(symbol=f"L{index}", leg=Leg(group="g", index=index, count=count, on_failure="hold"))
            for index in range(count)
        ]

    def submit(self, *actions: Action, caller: Caller = CALLER) -> list[ActionResult]:
        return self.gateway.submit(caller, self.venues, actions)

    def decided(self, action: Action, **values: Any) -> Intent:
        self.journal.decide(CALLER, [action])
        return self.journal.put(action, **values)

    def sent(self, action: Action, ago_s: float = 0, **values: Any) -> Intent:
        """As a process left it that began the call so long ago."""
        at = self.clock.now() - timedelta(seconds=ago_s)
        return self.decided(action, **{"status": S.SUBMITTED, "owner": "other", "submitted_at": at, **values})

    def resolve(self, intent: Intent, actor: str = "reconciler") -> Intent:
        return self.gateway.resolve(intent, self.venues, actor=actor)

    def waited_s(self) -> float:
        return (self.clock.now() - START).total_seconds()


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- submit ---------------------------------------------------------------------------------------------


def test_nothing_asks_for_nothing() -> None:
    desk = Desk(reconciled=[])
    assert desk.submit() == []
    assert desk.reconciled == []
    desk.submit(desk.order())
    assert desk.reconciled == [CALLER]


def test_a_filled_order_is_told_step_by_step_and_noted(desk: Desk) -> None:
    (result,) = desk.submit(desk.order())
    assert (result.status, result.filled) == (S.FILLED, 10)
    assert [event.data["status"] for event in desk.events.read()] == ["planned", "submitted", "filled"]
    assert desk.journal.noted == [1, 2, 3]
    assert desk.waited_s() == 0


def test_the_same_order_again_is_not_sent(desk: Desk) -> None:
    order = desk.order()
    assert desk.submit(order) == desk.submit(order)
    assert len(desk.venue.calls) == 1
    assert desk.venue.lookups == []


def test_a_denied_order_is_not_sent(desk: Desk) -> None:
    (result,) = desk.submit(desk.order(quantity="1000"))
    assert (result.status, result.code) == (S.DENIED, "capital.cash")
    assert desk.venue.calls == []


def test_a_journal_that_is_away_refuses_in_words(desk: Desk) -> None:
    def away(*_: Any) -> Any:
        raise Unavailable("Postgres is away")

    desk.journal.decide = away  # type: ignore[method-assign]
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (S.DENIED, "unavailable.unavailable")


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
    assert results[1].reason == "the fate of leg 0 is not known yet"


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


# --- begin and call -------------------------------------------------------------------------------------


def test_flags_that_cannot_be_read_let_nothing_start(desk: Desk) -> None:
    def away(_: Sequence[str]) -> Any:
        raise Unavailable("Redis is away")

    desk.flags.read = away  # type: ignore[method-assign]
    order = desk.order()
    desk.flags.effective = lambda _: EmergencyFlag("platform", EmergencyState.NORMAL, 1)  # type: ignore[method-assign]
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "emergency.unknown")
    assert desk.venue.calls == []


def test_a_halt_after_the_decision_stops_the_call(desk: Desk) -> None:
    order = desk.order()
    desk.decided(order)
    desk.flags.write(EmergencyFlag("bot:bot", EmergencyState.HALT, 2))
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (S.DENIED, "emergency.halt")
    assert desk.venue.calls == []
    assert desk.venue.lookups == []


@pytest.mark.parametrize(
    ("role", "status"), [("liquidator", S.FILLED), ("strategy", S.DENIED), ("operator", S.DENIED)]
)
def test_in_shutdown_the_liquidator_alone_begins(desk: Desk, role: Any, status: ActionStatus) -> None:
    desk.submit(desk.order())
    desk.flags.write(EmergencyFlag("platform", EmergencyState.SHUTDOWN, 2))
    (result,) = desk.submit(desk.order("sell"), caller=replace(CALLER, role=role))
    assert result.status is status


def test_a_venue_that_is_not_there_drops_the_order(desk: Desk) -> None:
    (result,) = desk.submit(desk.order(venue="nowhere"))
    assert (result.status, result.code) == (S.CANCELLED, "not_found")


def test_an_answer_waits_for_postgres_for_half_a_minute(desk: Desk) -> None:
    desk.journal.away_until = START + timedelta(seconds=29)
    (result,) = desk.submit(desk.order())
    assert result.status is S.FILLED
    assert 29 <= desk.waited_s() <= 31


def test_and_not_for_longer(desk: Desk) -> None:
    desk.journal.away_until = START + timedelta(hours=1)
    order = desk.order()
    with pytest.raises(Unavailable):
        desk.submit(order)
    assert 30 <= desk.waited_s() < 32
    assert desk.journal.tries > 10
    found = desk.journal.get(order.client_id)
    assert found is not None and found.status is S.SUBMITTED


def test_the_last_try_is_at_the_deadline(desk: Desk) -> None:
    """0.1, 0.2, 0.4, 0.8, 1.6 and then every 2 s: 0.1 · 31 + 2 · 13 = 29.1, so the next one is over 30."""
    desk.journal.away_until = START + timedelta(seconds=31.2)
    with pytest.raises(Unavailable):
        desk.submit(desk.order())
    assert desk.waited_s() == pytest.approx(31.1)
    exact = Desk()
    exact.clock.monotonic = lambda: 30.0 if exact.journal.tries else 0.0  # type: ignore[method-assign]
    exact.journal.away_until = START + timedelta(seconds=1)
    with pytest.raises(Unavailable):
        exact.submit(exact.order())
    assert exact.journal.tries == 1


def test_an_event_that_cannot_be_published_is_not_noted(desk: Desk) -> None:
    def away(_: Any) -> str:
        raise Unavailable("Redis is away")

    desk.events.publish = away  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].status is S.FILLED
    assert desk.journal.noted == []


# --- what is not known ----------------------------------------------------------------------------------


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
    desk.venue.lookup = away  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].status is S.UNKNOWN
    assert len(desk.venue.lookups) == 3
    assert desk.waited_s() == pytest.approx(1.7)


@pytest.mark.parametrize(
    ("after_s", "status"), [(0, S.UNKNOWN), (59.999, S.UNKNOWN), (60, S.CANCELLED), (61, S.CANCELLED)]
)
def test_absence_is_proof_after_a_time(after_s: float, status: ActionStatus) -> None:
    desk = Desk(hidden(60))
    intent = desk.sent(desk.order(), ago_s=after_s, owner="dead")
    assert desk.resolve(intent).status is status


def test_a_venue_that_names_no_time_has_a_minute(desk: Desk) -> None:
    class Silent(ScriptedVenue):
        absence_proves_after_s = property(lambda self: self._none())  # type: ignore[assignment]

        def _none(self) -> float:
            raise AttributeError

    late = Desk(Silent())
    assert late.resolve(late.sent(late.order(), ago_s=59.999, owner="dead")).status is S.UNKNOWN
    assert late.resolve(late.sent(late.order(), ago_s=60, owner="dead")).status is S.CANCELLED


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

    desk.venue.lookup = away  # type: ignore[method-assign]
    assert desk.resolve(desk.sent(desk.order())).status is S.UNKNOWN


# --- another delivery -----------------------------------------------------------------------------------


def test_another_delivery_waits_for_the_word_of_the_first(desk: Desk) -> None:
    desk.living.add("other")
    order = desk.order()
    desk.sent(order)
    sleep = desk.clock.sleep

    def settled_meanwhile(seconds: float) -> None:
        sleep(seconds)
        if desk.waited_s() > 0.1:
            desk.journal.put(order, status=S.FILLED, filled=D(10), result=None)

    desk.clock.sleep = settled_meanwhile  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.venue.lookups == []
    assert desk.waited_s() == pytest.approx(0.2)


def test_another_delivery_asks_at_once_when_the_first_is_dead(desk: Desk) -> None:
    order = desk.order()
    desk.sent(order)
    desk.venue.do(order, D(10))
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.waited_s() == 0
    assert desk.venue.calls == []


def test_another_delivery_gives_up_on_a_call_that_lasts(desk: Desk) -> None:
    desk.living.add("other")
    order = desk.order()
    desk.sent(order)
    assert desk.submit(order)[0].status is S.SUBMITTED
    assert desk.waited_s() == pytest.approx(1.7)
    assert desk.venue.calls == desk.venue.lookups == []


def test_an_action_begun_by_another_meanwhile_is_waited_for(desk: Desk) -> None:
    order = desk.order()
    begin = desk.journal.begin

    def too_late(client_id: str, **more: Any) -> tuple[Intent, Change | None]:
        begin(client_id, **{**more, "owner": "other"})
        desk.venue.do(order, D(10))
        return begin(client_id, **more)

    desk.journal.begin = too_late  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.FILLED
    assert desk.venue.calls == []
    assert desk.venue.lookups == [order.client_id]


def test_an_action_ended_by_another_meanwhile_has_its_end(desk: Desk) -> None:
    order = desk.order()
    begin = desk.journal.begin

    def dropped(client_id: str, **more: Any) -> tuple[Intent, Change | None]:
        desk.journal.drop(client_id, code="x", reason="x", actor="other")
        return begin(client_id, **more)

    desk.journal.begin = dropped  # type: ignore[method-assign]
    assert desk.submit(order)[0].status is S.CANCELLED
    assert desk.waited_s() == 0
    assert desk.venue.lookups == []


def test_what_ends_while_it_is_dropped_is_told_once(desk: Desk) -> None:
    order = desk.order(venue="nowhere")
    intent = desk.decided(order)
    desk.journal.drop(order.client_id, code="x", reason="x", actor="other")
    assert desk.gateway._drop(intent, "y", "y").code == "x"
    assert desk.events.read() == []


# --- cancelling -----------------------------------------------------------------------------------------


def working(desk: Desk, filled: str = "3") -> Intent:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(filled), status=S.OPEN)]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    found = desk.journal.get(order.client_id)
    assert found is not None
    return found


def test_a_cancellation_asks_for_its_order_at_once(desk: Desk) -> None:
    order = working(desk)
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.FILLED
    after = desk.journal.get(order.client_id)
    assert after is not None and (after.status, after.filled, after.reserved) == (S.CANCELLED, 3, 0)
    assert desk.venue.lookups == [order.client_id]


def test_a_cancellation_of_what_has_ended_asks_for_nothing(desk: Desk) -> None:
    order = working(desk)
    desk.journal.put(order.action, status=S.CANCELLED)
    desk.gateway.cancel(order, desk.venues, CALLER, why="x")
    assert desk.venue.lookups == []


def test_a_cancellation_of_what_nobody_knows_asks_for_nothing(desk: Desk) -> None:
    order = working(desk)
    del desk.journal._intents[order.client_id]
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.FILLED
    assert desk.venue.lookups == []


def test_a_cancellation_that_is_not_known_says_nothing_of_its_order() -> None:
    desk = Desk(hidden(60))
    order = working(desk)

    def away(_: Action) -> ActionResult:
        raise UnknownOutcome("dropped")

    desk.venue.execute = away  # type: ignore[method-assign]
    assert desk.gateway.cancel(order, desk.venues, CALLER, why="x").status is S.UNKNOWN
    assert order.client_id not in desk.venue.lookups


def test_an_order_with_the_name_of_another_cancels_nothing(desk: Desk) -> None:
    order = working(desk)
    desk.submit(desk.order(parameters={"clientId": order.client_id}))
    assert desk.venue.lookups == []


def test_quantities_in_powers_of_ten_follow_in_units(desk: Desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(33), status=S.CANCELLED)]
    first, second = (leg.model_copy(update={"quantity": D("1E+2")}) for leg in desk.legs())
    assert [result.filled for result in desk.submit(first, second)] == [33, 33]
