"""When a bot is compared with its venues, what of it is kept, and who is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from integration.gateway.conftest import a_caller
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.clock import DrivenClock
from argosy.core.venues.venue import Balance, Capability
from argosy.errors import InconsistentReply, UnknownOutcome, VenueUnavailable
from argosy.infrastructure.actions.reconcile import Reconciler
from argosy.infrastructure.storage.money import reconciliations

D = Decimal
S = ActionStatus


def kept(desk) -> list[str]:
    return [trigger for (trigger,) in desk.all("SELECT trigger FROM reconciliations ORDER BY id")]


def alarms(desk) -> list[dict[str, Any]]:
    return [event.data for event in desk.events.read() if event.type == "alarm"]


def on_beat(desk, **more: Any) -> Any:
    return desk.reconciler.bot(desk.caller, desk.venues, trigger="beat", **more)


def away() -> Any:
    raise VenueUnavailable("down")


def lost(venue: ScriptedVenue, action: Action) -> Any:
    raise UnknownOutcome("dropped")


class Counted(ScriptedVenue):
    """Counts how often it was asked, and can change its mind each time."""

    def __init__(self, *cash: str) -> None:
        super().__init__()
        self.asked = 0
        self.series = [D(each) for each in cash]

    def balances(self) -> Any:
        self.asked += 1
        if self.series:
            self.cash = self.series.pop(0)
        return super().balances()


# --- when -----------------------------------------------------------------------------------------------


def test_a_bot_is_compared_before_its_first_action_since_start_up_and_not_again(desk_on: Callable) -> None:
    venue = Counted()
    desk = desk_on(venue)
    for _ in range(2):
        desk.submit(desk.order())
    assert (kept(desk), venue.asked) == (["start"], 1)
    other = desk_on(venue, owner="other", living={"me", "other"})
    other.submit(other.order())
    assert venue.asked == 1, "another process has done it"
    desk.database.run(reconciliations.forget())
    desk.submit(desk.order())
    assert venue.asked == 1, "a process that has seen it done looks no more"
    other.reconciler._ready.clear()
    other.submit(other.order())
    assert (kept(desk), venue.asked) == (["start", "start"], 2)


def test_a_bot_that_could_not_be_compared_is_compared_at_its_next_action(desk) -> None:
    balances, desk.venue.balances = desk.venue.balances, away
    assert desk.submit(desk.order())[0].code == "reconcile.needed"
    assert desk.submit(desk.order())[0].code == "reconcile.needed"
    desk.venue.balances = balances
    assert desk.submit(desk.order())[0].status is S.FILLED
    assert kept(desk) == ["start"] * 3


def test_actions_of_another_mode_are_left_to_it(desk) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    desk.venue.answers = [lost]
    desk.submit(desk.order())
    assert (on_beat(desk).looked_up, on_beat(desk).unsettled) == (1, 1)
    desk.run("UPDATE intents SET mode = 'sandbox'")
    record = on_beat(desk)
    assert (record.looked_up, record.unsettled, record.status) == (0, 0, "clean")


# --- what is kept ---------------------------------------------------------------------------------------


def test_the_beat_keeps_what_is_new_and_one_an_hour(desk) -> None:
    clock = DrivenClock(datetime.now(UTC))
    desk.reconciler = Reconciler(desk.database, desk.gateway, desk.events, clock)
    assert on_beat(desk).clean
    assert kept(desk) == ["beat"]
    clock.advance(3600)
    on_beat(desk)
    assert kept(desk) == ["beat"], "nothing is new, and no hour is over"
    clock.advance(0.001)
    on_beat(desk)
    assert kept(desk) == ["beat"] * 2
    desk.reconciler.bot(desk.caller, desk.venues, trigger="operator")
    assert kept(desk) == ["beat", "beat", "operator"], "whoever asks has it kept"
    desk.venue.cash -= 1
    for _ in range(2):
        assert on_beat(desk).status == "drift"
    assert kept(desk)[3:] == ["beat"], "a drift that stays is one row"
    desk.venue.cash -= 1
    on_beat(desk)
    assert kept(desk)[3:] == ["beat"] * 2, "one that grows is another"
    assert [alarm["code"] for alarm in alarms(desk)] == ["reconciliation.drift"] * 2


def test_a_beat_that_settles_something_is_kept(desk) -> None:
    on_beat(desk)
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=S.OPEN)]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    record = on_beat(desk)
    assert (record.looked_up, record.settled, len(kept(desk))) == (1, 0, 1)
    desk.venue.do(order, D(6))
    assert (on_beat(desk).settled, len(kept(desk))) == (1, 2)


def test_an_order_that_rests_is_asked_for_without_end_and_without_a_trace(desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(0), status=S.OPEN)]
    order = desk.order(time_in_force="GTC")
    desk.submit(order)
    before = desk.all("SELECT xmin::text, lookups FROM intents")
    for _ in range(2):
        assert on_beat(desk).looked_up == 1
    assert desk.all("SELECT xmin::text, lookups FROM intents") == before
    desk.run("UPDATE intents SET lookups = 32767")
    desk.venue.do(order, D(4), status=S.OPEN)
    on_beat(desk)
    assert desk.all("SELECT lookups, filled, looked_up_at IS NULL FROM intents") == [(32767, 4, False)]


def test_settling_alone_says_nothing_new_of_differences(desk) -> None:
    assert on_beat(desk, compare=False).differences == []
    on_beat(desk)
    desk.venue.cash -= 1
    assert on_beat(desk, compare=False).clean, "nobody has looked"
    drift = on_beat(desk)
    desk.venue.cash += 1
    record = on_beat(desk, compare=False)
    assert (record.status, list(record.differences)) == ("drift", list(drift.differences))
    assert on_beat(desk).clean


def test_records_are_of_one_bot_newest_first(desk) -> None:
    desk.run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "VALUES ('bot2', 'Bot', 'trading', 'paper', 'running', 'w', 'd', 1000, 'USD')"
    )
    assert desk.database.run(reconciliations.newest("bot")) is None
    for trigger, bot in (("one", "bot"), ("two", "bot2"), ("three", "bot")):
        desk.reconciler.bot(a_caller(bot_id=bot), desk.venues, trigger=trigger)

    def triggers(bot: str | None = None) -> list[str]:
        return [each.trigger for each in desk.database.run(reconciliations.recent(bot))]

    assert (triggers(), triggers("bot"), triggers("bot2")) == (
        ["three", "two", "one"],
        ["three", "one"],
        ["two"],
    )
    newest = desk.database.run(reconciliations.newest("bot2"))
    assert newest is not None and newest.trigger == "two"
    assert desk.all("SELECT count(*) FROM capital_accounts WHERE reconciled_clean") == [(2,)]


def test_an_outcome_is_noted_for_its_bot_alone(desk) -> None:
    desk.run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "VALUES ('bot2', 'Bot', 'trading', 'paper', 'running', 'w', 'd', 1000, 'USD')"
    )
    desk.run("INSERT INTO capital_accounts (bot_id) VALUES ('bot2')")
    on_beat(desk)

    def reconciled() -> tuple[bool, ...]:
        return tuple(
            desk.database.run(reconciliations.is_reconciled(bot, "paper")) for bot in ("bot", "bot2", "bot3")
        )

    assert reconciled() == (True, False, False)
    before = desk.all("SELECT reconciled_at FROM capital_accounts WHERE bot_id = 'bot'")
    desk.venue.balances = away
    assert on_beat(desk).status == "failed"
    assert desk.all("SELECT reconciled_at FROM capital_accounts WHERE bot_id = 'bot'") == before
    assert desk.all("SELECT reconciled_clean FROM capital_accounts WHERE bot_id = 'bot'") == [(False,)]


# --- what is compared -----------------------------------------------------------------------------------


def test_what_fails_drifts_and_is_not_known_is_told_in_words(desk) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    balances, desk.venue.balances = desk.venue.balances, away
    assert on_beat(desk).status == "failed"
    desk.venue.balances = balances
    desk.venue.cash -= 1
    assert on_beat(desk).status == "drift"
    desk.venue.cash += 1
    assert on_beat(desk).clean
    desk.venue.answers = [lost]
    desk.submit(desk.order())
    record = on_beat(desk)
    assert (record.status, record.unsettled) == ("unsettled", 1)
    told = alarms(desk)
    assert [alarm["code"] for alarm in told] == [
        "reconciliation.failed",
        "reconciliation.drift",
        "reconciliation.unsettled",
    ]
    assert told[0]["text"].startswith("reconciliation: it cannot be compared: scripted: ")
    assert (
        told[1]["text"]
        == "reconciliation: Argosy's record differs from the venue's: scripted USD: 1000 ≠ 999"
    )
    assert told[2]["text"] == "reconciliation: the outcome of 1 action(s) is unknown"
    assert desk.all("SELECT blocked FROM capital_accounts") == [("the outcome of 1 action(s) is unknown",)]


def test_a_difference_must_be_seen_twice(desk_on: Callable) -> None:
    steady = Counted("1000", "999", "999", "999")
    desk = desk_on(steady)
    on_beat(desk)
    assert (on_beat(desk).status, steady.asked) == ("drift", 3)


def test_a_difference_that_goes_is_none(desk_on: Callable) -> None:
    passing = Counted("1000", "999", "1000")
    desk = desk_on(passing)
    on_beat(desk)
    assert (on_beat(desk).status, passing.asked) == ("clean", 3)


@pytest.mark.parametrize(("busy", "status"), [(True, "unsettled"), (False, "drift")])
def test_a_difference_that_keeps_changing_is_a_drift_unless_actions_are_under_way(
    desk_on: Callable, busy: bool, status: str
) -> None:
    restless = Counted("1000")
    desk = desk_on(restless)
    on_beat(desk)
    if busy:
        restless.answers = [lambda venue, action: venue.do(action, D(0), status=S.OPEN)]
        desk.submit(desk.order(time_in_force="GTC"))
    restless.series = [D(999), D(998), D(997), D(996)]
    assert (on_beat(desk).status, restless.asked) == (status, 4)


def test_a_venue_is_compared_in_what_it_can_tell(desk) -> None:
    on_beat(desk)
    desk.venue.held["X"] = D(1)
    desk.venue.capabilities = frozenset({Capability.BALANCES})
    assert on_beat(desk).clean
    desk.venue.capabilities = frozenset({Capability.POSITIONS})
    desk.venue.cash -= 1
    assert on_beat(desk).clean
    desk.venue.capabilities = frozenset({Capability.BALANCES, Capability.POSITIONS})
    assert [each["asset"] for each in on_beat(desk).differences] == ["USD", "X"]


# --- legs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [("10", "10", 0), ("5", "5", 0), ("0", "0", 0), ("10", "0", 1), ("10", "4", 1), ("0", "10", 1)],
)
def test_legs_are_told_when_they_end_unequal(desk, first: str, second: str, told: int) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    legs = desk.pair()
    desk.journal.decide(desk.caller, legs)
    for leg, quantity in zip(legs, (first, second), strict=True):
        desk.journal.begin(
            leg.client_id,
            seen=desk.flags.read(desk.caller.scopes),
            quantity=None,
            liquidator=False,
            owner="dead",
        )
        desk.venue.do(leg, D(quantity), status=S.CANCELLED, fee="0")
    on_beat(desk)
    found = [alarm for alarm in alarms(desk) if alarm["code"] == "one_legged"]
    assert len(found) == told


def test_legs_are_not_told_before_all_have_ended(desk) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    legs = desk.pair()
    desk.journal.decide(desk.caller, legs)
    for leg in legs:
        desk.journal.begin(
            leg.client_id,
            seen=desk.flags.read(desk.caller.scopes),
            quantity=None,
            liquidator=False,
            owner="dead",
        )
    desk.venue.do(legs[0], D(10), fee="0")
    on_beat(desk)
    assert [alarm["code"] for alarm in alarms(desk)] == ["reconciliation.unsettled"]


def test_a_currency_written_otherwise_than_at_the_first_look_is_no_difference(desk) -> None:
    """An earlier release kept the venue's own writing of it."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    where = (desk.caller.bot_id, desk.caller.mode, desk.venue.name)
    desk.database.run(reconciliations.store_baseline(*where, {"btc": D(2), "USD": desk.venue.cash}, now))
    before = desk.venue.balances()
    desk.venue.balances = lambda: [*before, Balance(venue=desk.venue.name, currency="Btc", free=D(2))]
    assert on_beat(desk).differences == []


def test_an_answer_that_cannot_be_true_blocks_the_bot_and_raises_the_alarm(desk) -> None:
    """An order that works stays so while its venue is away; a contradiction makes it unknown until it ends."""
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=S.PARTIALLY_FILLED)]
    action = desk.order()
    desk.submit(action)
    lookup = desk.venue.query_action

    def contradicts(client_id: str) -> Any:
        raise InconsistentReply("less is filled than was before")

    desk.venue.query_action = lambda client_id: away()
    on_beat(desk)
    assert desk.intent(action).status is S.PARTIALLY_FILLED
    desk.venue.query_action = contradicts
    on_beat(desk)
    assert (desk.intent(action).status, desk.intent(action).filled) == (S.UNKNOWN, 4)
    assert [alarm["code"] for alarm in alarms(desk)][-1] == "reconciliation.unsettled"
    assert desk.submit(desk.order())[0].status is S.DENIED
    # What the venue had taken has not "never arrived", though its outcome is unknown now.
    desk.venue.query_action = lambda client_id: None
    on_beat(desk)
    assert desk.intent(action).status is S.UNKNOWN
    desk.venue.query_action = lookup
    on_beat(desk)
    assert desk.intent(action).status is S.PARTIALLY_FILLED
