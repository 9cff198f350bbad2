"""What permits a bot to act, and what takes it back: between decision and call, beside a comparison, after a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from integration.gateway.conftest import a_caller
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionStatus
from argosy.errors import UnknownOutcome, VenueUnavailable
from argosy.infrastructure.storage.money import reconciliations

D = Decimal
S = ActionStatus


def on_beat(desk, **more):
    return desk.reconciler.bot(desk.caller, desk.venues, trigger="beat", **more)


def account(desk) -> tuple[bool, bool, bool]:
    """Reconciled since start-up, clean, blocked."""
    query = "SELECT reconciled_at IS NOT NULL, reconciled_clean, blocked IS NOT NULL FROM capital_accounts"
    (row,) = desk.all(query)
    return row


def resting(desk, **more) -> Action:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(0), status=S.OPEN)]
    order = desk.order(time_in_force="GTC", **more)
    desk.submit(order)
    return order


def away():
    raise VenueUnavailable("down")


def lost(venue: ScriptedVenue, action: Action):
    raise UnknownOutcome("dropped")


# --- settling alone -------------------------------------------------------------------------------------


def test_settling_alone_reconciles_nothing(desk) -> None:
    resting(desk)
    desk.database.run(reconciliations.forget())
    on_beat(desk, compare=False)
    assert account(desk) == (False, False, False)
    assert desk.journal.decide(desk.caller, [desk.order()])[0][0].code == "reconcile.needed"
    assert on_beat(desk).clean
    assert account(desk) == (True, True, False)


def test_settling_alone_does_not_clean_what_failed(desk) -> None:
    resting(desk)
    desk.venue.balances = away
    assert on_beat(desk).status == "failed"
    assert on_beat(desk, compare=False).status == "failed"
    assert account(desk) == (True, False, False)


def test_settling_alone_blocks_and_frees_for_what_is_unknown(desk) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    desk.venue.answers = [lost]
    order = desk.order()
    desk.submit(order)
    on_beat(desk, compare=False)
    assert account(desk) == (True, False, True)
    desk.venue.do(order, D(10))
    on_beat(desk, compare=False)
    assert account(desk) == (True, False, False)


def test_settling_beside_a_comparison_does_not_lift_its_block(desk) -> None:
    clean = on_beat(desk)
    desk.venue.cash -= 1
    assert on_beat(desk).status == "drift"
    desk.database.run(reconciliations.save(clean, extent="none", keep=False))
    assert account(desk) == (True, False, True)


def test_a_venue_that_is_away_keeps_the_block_of_its_drift(desk) -> None:
    on_beat(desk)
    desk.venue.cash -= 1
    drift = on_beat(desk)
    balances, desk.venue.balances = desk.venue.balances, away
    assert on_beat(desk).differences == drift.differences
    on_beat(desk, compare=False)
    assert account(desk) == (True, False, True)
    desk.venue.balances = balances
    desk.venue.cash += 1
    assert on_beat(desk).clean
    assert account(desk) == (True, True, False)


# --- modes ----------------------------------------------------------------------------------------------


def test_what_is_clean_on_paper_says_nothing_of_a_live_account(desk) -> None:
    on_beat(desk)
    desk.run("UPDATE capital_accounts SET live_enabled = true")
    desk.run("UPDATE bots SET mode = 'live'")
    live = replace(desk.caller, mode="live")
    assert desk.journal.decide(live, [desk.order()])[0][0].code == "reconcile.needed"
    assert not desk.database.run(reconciliations.is_reconciled("bot", "live"))
    desk.reconciler.bot(live, desk.venues, trigger="beat")
    assert desk.database.run(reconciliations.is_reconciled("bot", "live"))
    assert desk.journal.decide(live, [desk.order()])[0][0].status is S.PLANNED
    assert not desk.database.run(reconciliations.is_reconciled("bot", "paper"))
    on_beat(desk)
    assert desk.database.run(reconciliations.is_reconciled("bot", "paper")), "a change of mode is always kept"


def test_differences_are_those_of_the_mode(desk) -> None:
    on_beat(desk)
    desk.venue.cash -= 1
    assert on_beat(desk).status == "drift"
    live = replace(desk.caller, mode="live")
    record = desk.reconciler.bot(live, desk.venues, trigger="beat", compare=False)
    assert (record.status, list(record.differences)) == ("unsettled", [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE bots SET state = 'archived'", "bot.archived"),
        ("UPDATE bots SET mode = 'sandbox'", "bot.mode"),
    ],
)
def test_a_bot_that_is_put_away_or_has_changed_its_mode_takes_no_risk(desk, change: str, code: str) -> None:
    """Of runs that began before: what was decided is not begun, what reduces and what cancels still is."""
    on_beat(desk)
    first, resting = desk.order(), desk.order(time_in_force="GTC")
    desk.submit(first, resting)
    later = desk.order()
    desk.journal.decide(desk.caller, [later])
    desk.run(change)
    assert (begin(desk, later).status, begin(desk, later).code) == (S.DENIED, code)
    (refused,) = desk.submit(desk.order())
    assert (refused.status, refused.code) == (S.DENIED, code)
    (sold,) = desk.submit(desk.order("sell", quantity="5"))
    assert sold.status is S.FILLED


# --- between decision and call --------------------------------------------------------------------------


def decided(desk, *actions: Action, **caller) -> None:
    on_beat(desk)
    desk.journal.decide(replace(desk.caller, **caller), actions)


def begin(desk, action: Action):
    seen = desk.flags.read(desk.caller.scopes)
    intent, _ = desk.journal.begin(action.client_id, seen=seen, quantity=None, liquidator=False, owner="me")
    return intent


def test_live_mode_that_was_switched_off_since_the_decision_sends_nothing(desk) -> None:
    desk.caller = a_caller(mode="live")
    desk.run("UPDATE bots SET mode = 'live'")
    on_beat(desk)
    desk.run("UPDATE capital_accounts SET live_enabled = true")
    order = desk.order()
    desk.journal.decide(desk.caller, [order])
    desk.run("UPDATE capital_accounts SET live_enabled = false")
    after = begin(desk, order)
    assert (after.status, after.code, after.reserved) == (S.DENIED, "live.switch", 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE capital_accounts SET blocked = 'drift'", "reconcile.blocked"),
        ("UPDATE capital_accounts SET reconciled_at = NULL", "reconcile.needed"),
        ("UPDATE intents SET status = 'unknown' WHERE symbol = 'Y'", "reconcile.blocked"),
    ],
)
def test_a_bot_that_was_blocked_since_the_decision_takes_no_risk(desk, change: str, code: str) -> None:
    desk.submit(desk.order(symbol="HELD"))
    resting(desk, symbol="Y")
    buy, sell = desk.order(), desk.order(side="sell", symbol="HELD")
    decided(desk, buy, sell)
    desk.run(change)
    assert (begin(desk, buy).code, begin(desk, sell).status) == (code, S.SUBMITTED)


def test_what_is_unknown_stops_those_that_were_decided_with_it(desk) -> None:
    desk.venue.absence_proves_after_s = 3600
    on_beat(desk)
    desk.venue.answers = [lost]
    results = desk.submit(desk.order(), desk.order())
    assert [(result.status, result.code) for result in results] == [
        (S.UNKNOWN, None),
        (S.DENIED, "reconcile.blocked"),
    ]
    assert len(desk.venue.calls) == 1


def test_a_second_leg_completes_the_first_whatever_was_blocked_in_between(desk) -> None:
    legs = desk.pair()
    decided(desk, *legs)
    desk.run("UPDATE capital_accounts SET blocked = 'drift'")
    assert [begin(desk, leg).status for leg in reversed(legs)] == [S.SUBMITTED, S.DENIED]


def test_the_same_new_action_twice_in_one_call_is_sent_once(desk) -> None:
    order = desk.order()
    first, second = desk.submit(order, order)
    assert first == second
    assert len(desk.venue.calls) == 1


def test_an_outcome_that_is_settled_by_the_reconciler_is_announced_once(desk) -> None:
    order = resting(desk)
    desk.venue.do(order, D(10))
    on_beat(desk)
    assert desk.all("SELECT count(*) FROM intent_changes WHERE NOT announced") == [(0,)]
    assert datetime.now(UTC) > desk.intent(order).decided_at
