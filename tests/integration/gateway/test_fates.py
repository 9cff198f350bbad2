"""Actions whose fate is not known, processes that die between two steps, and records that differ."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from integration.gateway.conftest import a_caller
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import ActionResult, ActionStatus
from argosy.core.safety.audit import Actor
from argosy.core.venues.venue import Payout
from argosy.errors import InsufficientFunds, OrderDenied, RateLimited, UnknownOutcome, VenueUnavailable
from argosy.infrastructure.actions.comparison import accept_baseline
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.money import reconciliations

D = Decimal


def done_and_dropped(venue, action):
    """The venue executes, the answer is lost."""
    venue.do(action, action.quantity)
    raise UnknownOutcome("connection dropped")


def dropped(venue, action):
    """The request never arrives, and nobody can know."""
    raise UnknownOutcome("connection dropped")


def hidden(seconds: float) -> ScriptedVenue:
    """A venue whose silence proves nothing for so long."""
    venue = ScriptedVenue(dropped)
    venue.absence_proves_after_s = seconds
    return venue


def traded(desk) -> Decimal:
    return desk.all("SELECT coalesce(sum(quantity), 0) FROM ledger_entries WHERE kind = 'trade'")[0][0]


def test_an_order_whose_answer_was_lost_is_found_at_the_venue(desk) -> None:
    desk.venue.answers = [done_and_dropped]
    (result,) = desk.submit(desk.order(quantity="10"))
    assert (result.status, result.filled) == (ActionStatus.FILLED, D(10))
    assert len(desk.venue.calls) == 1
    assert traded(desk) == 10


def test_an_order_the_venue_never_saw_is_given_up_once_that_is_proven(desk) -> None:
    desk.venue.answers = [dropped]
    order = desk.order()
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (ActionStatus.CANCELLED, "never_arrived")
    assert desk.intent(order).reserved == 0
    assert len(desk.venue.calls) == 1


def test_until_then_it_is_unknown_reserved_and_blocks_more_risk_but_not_less(desk_on: Callable) -> None:
    desk = desk_on(hidden(3600))
    desk.venue.answers = []
    desk.submit(desk.order(quantity="10", symbol="Y"))
    desk.venue.answers = [dropped]
    lost = desk.order(quantity="10", price="2", max_fee=D(1))
    (result,) = desk.submit(lost)
    assert result.status is ActionStatus.UNKNOWN
    assert desk.intent(lost).reserved == 21
    (buy,) = desk.submit(desk.order())
    assert (buy.status, buy.code) == (ActionStatus.DENIED, "reconcile.blocked")
    (sell,) = desk.submit(desk.order(side="sell", quantity="10", symbol="Y"))
    assert sell.status is ActionStatus.FILLED
    record = desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert (record.status, record.unsettled) == ("unsettled", 1)
    assert len([call for call in desk.venue.calls if call.client_id == lost.client_id]) == 1
    desk.venue.absence_proves_after_s = 0.0
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert desk.intent(lost).status is ActionStatus.CANCELLED
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (OrderDenied("not that"), ActionStatus.DENIED, "order_denied"),
        (InsufficientFunds("no cash"), ActionStatus.REJECTED, "insufficient_funds"),
    ],
)
def test_a_definitive_refusal_settles(desk, error: Exception, status: ActionStatus, code: str) -> None:
    def refuse(venue, action):
        raise error

    desk.venue.answers = [refuse]
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (status, code)
    assert desk.venue.lookups == []


def test_any_other_word_of_an_adapter_leaves_the_fate_open(desk) -> None:
    """Only a denial and a rejection are definite: whatever else a venue says may have come after it acted."""

    def unclear(venue, action):
        venue.do(action, action.quantity)
        raise RateLimited("later")

    desk.venue.answers = [unclear]
    (result,) = desk.submit(desk.order(quantity="10"))
    assert (result.status, traded(desk)) == (ActionStatus.FILLED, 10)


def test_a_fault_in_an_adapter_leaves_the_fate_open(desk) -> None:
    def broken(venue, action):
        venue.do(action, action.quantity)
        raise KeyError("price")

    desk.venue.answers = [broken]
    order = desk.order(quantity="10")
    with pytest.raises(KeyError):
        desk.submit(order)
    assert desk.intent(order).status is ActionStatus.UNKNOWN
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert desk.intent(order).status is ActionStatus.FILLED
    assert traded(desk) == 10


class Killed(BaseException):
    """The process ends here."""


def test_killed_before_the_call_it_is_sent_once_by_the_next_delivery(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    dead = desk_on(venue, owner="dead")
    dead.reconciler.bot(dead.caller, dead.venues, trigger="test")
    order = dead.order(quantity="10")
    dead.journal.decide(dead.caller, [order])
    next_one = desk_on(venue, owner="next", living={"next"})
    (result,) = next_one.submit(order)
    assert result.status is ActionStatus.FILLED
    assert len(venue.calls) == 1


@pytest.mark.parametrize("arrived", [True, False])
def test_killed_in_the_call_it_is_looked_up_and_never_sent_again(desk_on: Callable, arrived: bool) -> None:
    def die(venue, action):
        if arrived:
            venue.do(action, action.quantity)
        raise Killed

    venue = ScriptedVenue(die)
    dead = desk_on(venue, owner="dead")
    order = dead.order(quantity="10")
    dead.gateway._settle = None  # type: ignore[assignment]
    with pytest.raises((Killed, TypeError)):
        dead.submit(order)
    assert dead.intent(order).status is ActionStatus.SUBMITTED
    next_one = desk_on(venue, owner="next", living={"next"})
    (result,) = next_one.submit(order)
    assert result.status is (ActionStatus.FILLED if arrived else ActionStatus.CANCELLED)
    assert traded(next_one) == (10 if arrived else 0)
    assert len(venue.calls) == 1


def test_killed_before_the_outcome_was_written_the_reconciler_books_it(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    dead = desk_on(venue, owner="dead")
    order = dead.order(quantity="10")

    def die(result, **_):
        raise Killed

    dead.gateway._journal.settle = die  # type: ignore[method-assign]
    with pytest.raises(Killed):
        dead.submit(order)
    other = desk_on(venue, owner="other", living={"other"})
    record = other.reconciler.bot(other.caller, other.venues, trigger="beat")
    assert (record.status, record.settled) == ("clean", 1)
    assert other.intent(order).status is ActionStatus.FILLED
    assert traded(other) == 10


def test_a_call_in_flight_is_left_alone(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    busy = desk_on(venue, owner="busy")
    order = busy.order(quantity="10")

    def look(venue, action):
        other = desk_on(venue, owner="other", living={"busy", "other"})
        record = other.reconciler.bot(other.caller, other.venues, trigger="beat")
        assert (record.settled, venue.lookups) == (0, [])
        return venue.do(action, action.quantity)

    venue.answers = [look]
    assert busy.submit(order)[0].status is ActionStatus.FILLED


def test_an_event_that_nobody_could_publish_is_published_later(desk) -> None:
    publish, desk.events.publish = desk.events.publish, None  # type: ignore[method-assign]
    order = desk.order()
    desk.submit(order)
    desk.events.publish = publish  # type: ignore[method-assign]
    assert [e for e in desk.events.read() if e.type == "action"] == []
    desk.run("UPDATE intent_changes SET at = at - interval '10 seconds'")
    assert desk.reconciler.announce() == 3
    assert [e.data["status"] for e in desk.events.read() if e.type == "action"] == [
        "planned",
        "submitted",
        "filled",
    ]
    assert desk.reconciler.announce() == 0


def test_what_redis_lost_before_it_was_recorded_is_told_again(desk) -> None:
    order = desk.order()
    desk.submit(order)
    before = len(desk.events.read())
    assert desk.reconciler.announce() == 0
    desk.run("UPDATE intents SET decided_at = decided_at - interval '1 day'")  # it rested for long
    desk.run("UPDATE intent_changes SET at = at - interval '21 seconds'")
    assert desk.reconciler.announce() == 1
    assert desk.reconciler.announce() == 0  # the recorder may only be late
    told = desk.events.read()[before:]
    assert [(e.data["clientId"], e.data["status"]) for e in told] == [(order.client_id, "filled")]
    desk.reconciler._reminded.clear()
    desk.run(
        "INSERT INTO actions (client_id, position, bot_id, strategy_id, at, updated_at, venue, kind, symbol, status, "
        "paper) VALUES (%s, 1, 'bot', 's1', now(), now(), 'scripted', 'place_order', 'X', 'submitted', true)",
        order.client_id,
    )
    assert desk.reconciler.announce() == 1
    desk.reconciler._reminded.clear()
    desk.run("UPDATE actions SET status = 'filled'")
    assert desk.reconciler.announce() == 0


def test_what_history_has_heard_of_is_not_looked_at_again(desk) -> None:
    def look(heard: int | None, within_s: float = 60) -> tuple[list[str], int]:
        now = desk.clock.now()
        found = desk.database.run(intents.unrecorded_changes(heard, now - timedelta(seconds=within_s), now))
        return [change.intent.client_id for change in found.changes], found.heard

    assert look(None) == ([], 0)
    orders = [desk.order() for _ in range(3)]
    for order in orders:
        desk.submit(order)
    numbers = [
        number for (number,) in desk.all("SELECT max(id) FROM intent_changes GROUP BY client_id ORDER BY 1")
    ]
    desk.run("UPDATE intent_changes SET at = %s", desk.clock.now() - timedelta(seconds=30))
    assert look(None) == ([order.client_id for order in orders], numbers[0] - 1)
    desk.run(
        "INSERT INTO actions (client_id, position, bot_id, strategy_id, at, updated_at, venue, kind, symbol, status, "
        "paper) SELECT client_id, 1, 'bot', 's1', now(), now(), 'scripted', 'place_order', 'X', 'filled', true "
        "FROM intents WHERE client_id <> %s",
        orders[1].client_id,
    )
    assert look(numbers[0] - 1) == ([orders[1].client_id], numbers[1] - 1)
    assert look(numbers[1]) == ([], numbers[2])
    assert look(numbers[2]) == ([], numbers[2])
    assert look(None, within_s=30) == ([], numbers[2])  # too long ago: it is given up
    soon = desk.clock.now() + timedelta(minutes=1)
    desk.run("UPDATE intent_changes SET at = %s WHERE id = %s", soon, numbers[0])
    assert look(None) == ([], numbers[0] - 1)  # what is too young, and all after it, is for later


@pytest.mark.parametrize(
    ("behind", "told"), [(0, 0), (1, 1), (None, 0)], ids=["all", "an earlier end", "unnumbered"]
)
def test_a_second_end_that_redis_lost_is_told_again(desk, behind: int | None, told: int) -> None:
    desk.submit(desk.order())
    desk.run("UPDATE intent_changes SET at = at - interval '21 seconds'")
    desk.run(
        "INSERT INTO actions (client_id, position, bot_id, strategy_id, at, updated_at, venue, kind, symbol, status, "
        "paper, change_id) SELECT client_id, 1, 'bot', 's1', now(), now(), 'scripted', 'place_order', 'X', 'cancelled', "
        "true, coalesce(max(id) - %s, 0) FROM intent_changes GROUP BY client_id",
        behind,
    )
    assert desk.reconciler.announce() == told


# --- records that differ --------------------------------------------------------------------------------


def test_what_the_venue_held_before_is_no_drift_and_what_changes_without_us_is(desk) -> None:
    desk.venue.cash = D(777)
    desk.venue.held = {"OLD": D(3)}
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="start").clean
    desk.submit(desk.order(quantity="10", price="2"))
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    desk.venue.cash -= D("0.0000001")
    record = desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert record.status == "drift"
    assert record.differences == [
        {"venue": "scripted", "asset": "USD", "ours": "756.99", "theirs": "756.9899999"}
    ]
    (denied,) = desk.submit(desk.order())
    assert (denied.status, denied.code) == (ActionStatus.DENIED, "reconcile.blocked")
    alarms = [event for event in desk.events.read() if event.type == "alarm"]
    assert [event.data["code"] for event in alarms] == ["reconciliation.drift"]
    desk.venue.cash += D("0.0000001")
    desk.venue.held["OLD"] = D(2)
    record = desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert [d["asset"] for d in record.differences] == ["OLD"]
    desk.venue.held["OLD"] = D(3)
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED


def test_a_venue_that_cannot_be_asked_leaves_a_bot_waiting_at_start_up(desk) -> None:
    def away():
        raise VenueUnavailable("down")

    balances, desk.venue.balances = desk.venue.balances, away  # type: ignore[method-assign]
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (ActionStatus.DENIED, "reconcile.needed")
    desk.venue.balances = balances  # type: ignore[method-assign]
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED
    desk.database.run(reconciliations.forget())
    assert not desk.database.run(reconciliations.is_reconciled("bot", "paper"))


def test_legs_that_end_unequal_without_anybody_waiting_are_told(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    dead = desk_on(venue, owner="dead")
    up, down = dead.pair(quantity="10")

    def die(venue, action):
        raise Killed

    venue.answers = [lambda venue, action: venue.do(action, action.quantity), die]
    settle = dead.gateway._settle

    def settle_first(result: ActionResult, actor: str, **more):
        if result.client_id == down.client_id:
            raise Killed
        return settle(result, actor, **more)

    dead.gateway._settle = settle_first  # type: ignore[method-assign]
    with pytest.raises(Killed):
        dead.submit(up, down)
    other = desk_on(venue, owner="other", living={"other"})
    other.reconciler.bot(other.caller, other.venues, trigger="beat")
    texts = [e.data["text"] for e in other.events.read() if e.type == "alarm"]
    assert len(texts) == 1
    assert "10 of 10 UP, 0 of 10 DOWN" in texts[0]
    assert "hold" in texts[0]


class Paying(ScriptedVenue):
    """Ends assets by itself and pays for them."""

    def __init__(self) -> None:
        super().__init__()
        self.paid: dict[str, Decimal] = {}

    def end(self, symbol: str, price: str) -> None:
        self.paid[symbol] = D(price)
        self.cash += self.held.pop(symbol) * D(price)

    def payouts(self, symbols):
        at = datetime.now(UTC)
        return [Payout(symbol=s, price=self.paid[s], at=at) for s in symbols if s in self.paid]


def test_what_a_venue_pays_out_by_itself_is_booked_once_to_whoever_held_it(desk_on: Callable) -> None:
    venue = Paying()
    desk = desk_on(venue)
    desk.submit(desk.order(quantity="10", symbol="UP", price="0.4"))
    desk.caller = a_caller("s2")
    desk.submit(desk.order(quantity="5", symbol="UP", price="0.4"))
    desk.submit(desk.order(quantity="5", symbol="DOWN", price="0.5"))
    venue.end("UP", "1")
    for _ in range(2):
        assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert desk.all(
        "SELECT strategy_id, symbol, quantity, amount FROM ledger_entries WHERE kind = 'settlement' ORDER BY id"
    ) == [("s1", "UP", D(-10), D(10)), ("s2", "UP", D(-5), D(5))]
    assert desk.all("SELECT symbol FROM positions WHERE quantity <> 0") == [("DOWN",)]
    venue.end("DOWN", "0")
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert desk.all("SELECT count(*) FROM positions WHERE quantity <> 0") == [(0,)]


def test_an_accepted_baseline_leaves_payouts_to_the_ledger(desk_on: Callable) -> None:
    """A position that the venue has paid for would else be money that is not the bot's."""
    venue = Paying()
    desk = desk_on(venue)
    desk.submit(desk.order(quantity="10", symbol="UP", price="0.4"))
    desk.run("DELETE FROM venue_baselines")
    venue.end("UP", "1")
    accept_baseline(
        desk.database, desk.caller, venue, actor=Actor(id="ann"), at=datetime.now(UTC), reason="deposit"
    )
    assert desk.all("SELECT quantity, amount FROM ledger_entries WHERE kind = 'settlement'") == [
        (D(-10), D(10))
    ]
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean


def test_what_becomes_known_after_a_payout_is_paid_for_too(desk_on: Callable) -> None:
    venue = Paying()
    desk = desk_on(venue)
    desk.submit(desk.order(quantity="10", symbol="UP", price="0.4"))
    venue.answers = [lambda venue, action: venue.do(action, D(0), status=ActionStatus.OPEN)]
    late = desk.order(quantity="5", symbol="UP", price="0.4", time_in_force="GTC")
    desk.submit(late)
    listed = venue.known[late.client_id]
    venue.do(late, D(5))
    told, venue.known[late.client_id] = venue.known[late.client_id], listed
    venue.end("UP", "1")
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    venue.known[late.client_id] = told
    assert desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").clean
    assert desk.all("SELECT quantity FROM ledger_entries WHERE kind = 'settlement' ORDER BY id") == [
        (D(-10),),
        (D(-5),),
    ]
