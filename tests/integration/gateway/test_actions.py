"""One action after another through the gateway: what is decided, sent, settled and booked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from integration.gateway.conftest import a_caller
from support.engine import wait_for
from support.scripted_venue import ScriptedVenue, rejected

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.domains.trading.action_kinds import REDEEM
from argosy.errors import NotFound, UnknownOutcome
from argosy.infrastructure.storage.safety import limits

D = Decimal


def limited(desk, kind: ConstraintKind, limit: str, scope: str = "bot:bot", **more) -> None:
    constraint = Constraint(id=f"{scope}.{kind}", scope=scope, kind=kind, limit=D(limit), **more)
    desk.database.run(limits.save(constraint, Actor(id="test"), at=desk.clock.now()))


def test_a_filled_order_is_booked_and_every_change_is_a_row_and_an_event(desk) -> None:
    order = desk.order(quantity="10", price="2")
    (result,) = desk.submit(order)
    assert (result.status, result.filled, result.fee) == (ActionStatus.FILLED, D(10), D("0.01"))
    assert desk.all(
        "SELECT kind, symbol, quantity, amount FROM ledger_entries WHERE client_id <> '' ORDER BY id"
    ) == [("trade", "X", D(10), D(-20)), ("fee", "X", D(0), D("-0.01"))]
    changes = [(None, "planned"), ("planned", "submitted"), ("submitted", "filled")]
    assert desk.all("SELECT before, after FROM intent_changes WHERE announced ORDER BY id") == changes
    seen = [event for event in desk.events.read() if event.type == "action"]
    assert [(e.data["before"], e.data["status"]) for e in seen] == changes
    assert {(e.bot_id, e.strategy_id, e.run_id) for e in seen} == {("bot", "s1", "r1")}
    assert seen[-1].data["filled"] == "10"
    assert desk.intent(order).reserved == 0


def test_the_same_action_again_gets_the_first_answer_and_is_not_sent(desk) -> None:
    order = desk.order()
    first, again = desk.submit(order), desk.submit(order)
    assert first == again
    assert len(desk.venue.calls) == 1
    assert len(desk.all("SELECT * FROM ledger_entries WHERE kind = 'trade'")) == 1


def test_two_deliveries_at_once_send_it_once(desk_on: Callable) -> None:
    venue = ScriptedVenue()
    first = desk_on(venue)
    second = desk_on(venue, owner="other", living={"me", "other"})
    first.living.add("other")
    for _ in range(10):
        order = first.order(quantity="1")
        with ThreadPoolExecutor(2) as pool:
            results = [future.result() for future in [pool.submit(d.submit, order) for d in (first, second)]]
        assert {result[0].status for result in results} == {ActionStatus.FILLED}
    assert len(venue.calls) == 10
    assert first.all("SELECT sum(quantity) FROM ledger_entries WHERE kind = 'trade'") == [(D(10),)]


def test_a_rejected_order_frees_what_was_reserved(desk) -> None:
    desk.venue.answers = [rejected]
    order = desk.order()
    (result,) = desk.submit(order)
    assert (result.status, result.reason) == (ActionStatus.REJECTED, "no funds")
    assert desk.intent(order).reserved == 0
    assert desk.all("SELECT count(*) FROM ledger_entries WHERE kind = 'trade'") == [(0,)]


def test_an_open_order_keeps_what_may_still_come_reserved(desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=ActionStatus.PARTIALLY_FILLED)]
    order = desk.order(quantity="10", price="2", max_fee=D(1), time_in_force="GTC")
    desk.submit(order)
    intent = desk.intent(order)
    assert (intent.status, intent.filled) == (ActionStatus.PARTIALLY_FILLED, D(4))
    assert intent.reserved == D("12.6")  # 6 of 10 left of 20 + 1
    desk.venue.do(order, D(6))
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    assert desk.intent(order).status is ActionStatus.FILLED
    assert desk.intent(order).reserved == 0
    assert desk.all("SELECT fill_id FROM ledger_entries WHERE kind = 'trade' ORDER BY id") == [
        ("t1",),
        ("t2",),
    ]


def test_more_than_the_free_cash_is_denied_to_the_cent(desk) -> None:
    fits = desk.order(quantity="100", price="9.999", max_fee=D("0.1"))
    (result,) = desk.submit(fits.model_copy(update={"limit_price": D("9.9991")}))
    assert (result.status, result.code) == (ActionStatus.DENIED, "capital.cash")
    assert desk.venue.calls == []
    (result,) = desk.submit(desk.order(quantity="100", price="9.999", max_fee=D("0.1")))
    assert result.status is ActionStatus.FILLED


def test_a_limit_denies_and_says_which_and_how_much_would_pass(desk) -> None:
    limited(desk, ConstraintKind.CAPITAL_PER_ACTION, "50")
    (result,) = desk.submit(desk.order(quantity="30", price="2", max_fee=D(0)))
    assert (result.status, result.code) == (ActionStatus.DENIED, "risk.capital_per_action")
    ((assessment,),) = desk.all("SELECT assessment FROM intents WHERE status = 'denied'")
    assert D(assessment["quantity"]) == 25
    (result,) = desk.submit(desk.order(quantity="25", price="2", max_fee=D(0)))
    assert result.status is ActionStatus.FILLED


@pytest.mark.parametrize("scope", ["bot:bot", "platform", "venue:scripted", "asset:scripted/X"])
def test_of_two_that_race_for_the_last_unit_one_gets_it(desk_on: Callable, scope: str) -> None:
    venue = ScriptedVenue()
    desks = [desk_on(venue) for _ in range(2)]
    desks[1].run(
        "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, base_currency) "
        "VALUES ('bot2', 'Bot', 'trading', 'paper', 'running', 'w', 'd', 1000, 'USD')"
    )
    if scope != "bot:bot":
        desks[1].caller = type(desks[1].caller)(
            mode="paper", domain="trading", bot_id="bot2", strategy_id="s2", run_id="r2"
        )
    for round_ in range(1, 9):
        limited(desks[0], ConstraintKind.POSITION_SIZE, str(round_), scope)
        barrier = threading.Barrier(2)

        def attempt(desk, barrier=barrier):
            order = desk.order(quantity="1")
            barrier.wait()
            return desk.submit(order)[0].status

        with ThreadPoolExecutor(2) as pool:
            ends = sorted(status.value for status in pool.map(attempt, desks))
        assert ends == ["denied", "filled"]


def test_a_cancellation_settles_the_order_it_takes_back(desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(3), status=ActionStatus.OPEN)]
    order = desk.order(quantity="10", time_in_force="GTC")
    desk.submit(order)
    result = desk.gateway.cancel(desk.intent(order), desk.venues, desk.caller, why="test")
    assert result.status is ActionStatus.FILLED
    intent = desk.intent(order)
    assert (intent.status, intent.filled, intent.reserved) == (ActionStatus.CANCELLED, D(3), D(0))


def test_a_shared_position_is_closed_for_whoever_held_it(desk) -> None:
    """A redemption of everything by one strategy books each strategy's own shares."""
    desk.submit(desk.order(quantity="3", price="0.4", symbol="UP"))
    mine = desk.caller
    desk.caller = type(mine)(mode="paper", domain="trading", bot_id="bot", strategy_id="s2", run_id="r2")
    desk.submit(desk.order(quantity="5", price="0.5", symbol="UP"))
    redeem = Action(client_id="f" * 32, venue="scripted", kind=REDEEM, symbol="UP", quantity=D(8))
    desk.venue.answers = [
        lambda venue, action: venue.do(
            action.model_copy(update={"side": "sell", "limit_price": D(1)}), D(8), fee="0"
        )
    ]
    (result,) = desk.submit(redeem)
    assert result.status is ActionStatus.FILLED
    assert desk.all(
        "SELECT strategy_id, quantity, amount FROM ledger_entries WHERE kind = 'settlement' ORDER BY strategy_id"
    ) == [("s1", D(-3), D(3)), ("s2", D(-5), D(5))]
    assert desk.all("SELECT sum(abs(quantity)) FROM positions WHERE symbol = 'UP'") == [(D(0),)]


# --- legs -----------------------------------------------------------------------------------------------


def test_legs_are_decided_together(desk) -> None:
    up, down = desk.pair(quantity="10")
    limited(desk, ConstraintKind.POSITION_SIZE, "5", "asset:scripted/DOWN")
    results = desk.submit(up, down)
    assert [(r.status, r.code) for r in results] == [
        (ActionStatus.DENIED, "leg.denied"),
        (ActionStatus.DENIED, "risk.position_size"),
    ]
    assert desk.venue.calls == []
    assert desk.all("SELECT sum(reserved) FROM intents") == [(D(0),)]


def test_the_second_leg_is_not_sent_when_the_first_is_not_filled(desk) -> None:
    desk.venue.answers = [rejected]
    results = desk.submit(*desk.pair())
    assert [(r.status, r.code) for r in results] == [
        (ActionStatus.REJECTED, None),
        (ActionStatus.CANCELLED, "leg.stopped"),
    ]
    assert len(desk.venue.calls) == 1
    assert desk.all("SELECT sum(reserved) FROM intents") == [(D(0),)]


def test_the_second_leg_follows_the_part_of_the_first_that_was_filled(desk) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=ActionStatus.CANCELLED)]
    results = desk.submit(*desk.pair(quantity="10"))
    assert [r.filled for r in results] == [D(4), D(4)]


def test_the_second_leg_waits_for_nothing_unknown(desk) -> None:
    def lost(venue, action):
        raise UnknownOutcome("dropped")

    desk.venue.answers = [lost]
    desk.venue.absence_proves_after_s = 60
    results = desk.submit(*desk.pair())
    assert [(r.status, r.code) for r in results] == [
        (ActionStatus.UNKNOWN, None),
        (ActionStatus.CANCELLED, "leg.stopped"),
    ]


# --- states ---------------------------------------------------------------------------------------------


def test_halt_refuses_what_adds_and_lets_what_reduces_pass(desk) -> None:
    desk.submit(desk.order(quantity="10"))
    desk.set(EmergencyState.HALT, 2)
    (buy,) = desk.submit(desk.order(quantity="1"))
    assert (buy.status, buy.code) == (ActionStatus.DENIED, "emergency.halt")
    (more,) = desk.submit(desk.order(side="sell", quantity="11"))
    assert (more.status, more.code) == (ActionStatus.DENIED, "emergency.halt")
    (sell,) = desk.submit(desk.order(side="sell", quantity="10"))
    assert sell.status is ActionStatus.FILLED


def test_shutdown_lets_only_the_liquidator_reduce(desk) -> None:
    desk.submit(desk.order(quantity="10"))
    desk.set(EmergencyState.SHUTDOWN, 2)
    (sell,) = desk.submit(desk.order(side="sell", quantity="1"))
    assert sell.code == "emergency.shutdown"
    desk.caller = type(desk.caller)(mode="paper", domain="trading", bot_id="bot", role="liquidator")
    (buy,) = desk.submit(desk.order(quantity="1"))
    assert buy.code == "emergency.shutdown"
    (sell,) = desk.submit(desk.order(side="sell", quantity="10"))
    assert sell.status is ActionStatus.FILLED


def test_alert_halves_what_adds_and_not_what_reduces(desk) -> None:
    desk.submit(desk.order(quantity="10"))
    desk.set(EmergencyState.ALERT, 2)
    (buy,) = desk.submit(desk.order(quantity="5.5"))
    assert buy.filled == D("2.7")
    (sell,) = desk.submit(desk.order(side="sell", quantity="12.7"))
    assert sell.filled == D("12.7")


def test_a_platform_that_was_never_set_is_stopped(desk) -> None:
    desk.run("DELETE FROM emergency_states")
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (ActionStatus.DENIED, "emergency.halt")


def test_a_redis_that_is_older_than_postgres_or_empty_lets_nothing_start(desk) -> None:
    desk.set(EmergencyState.NORMAL, 5, redis=False)
    old = desk.order()
    (result,) = desk.submit(old)
    assert (result.status, result.code) == (ActionStatus.DENIED, "emergency.unknown")
    from argosy.infrastructure import redis as connections

    connections.client(desk.flags._url).flushdb()
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (ActionStatus.DENIED, "emergency.unknown")
    assert desk.venue.calls == []
    desk.set(EmergencyState.NORMAL, 6)
    (result,) = desk.submit(desk.order())
    assert result.status is ActionStatus.FILLED


def test_a_halt_between_decision_and_call_stops_the_call(desk) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    order = desk.order()
    desk.journal.decide(desk.caller, [order])
    desk.set(EmergencyState.HALT, 2, scope="strategy:bot/s1")
    (result,) = desk.submit(order)
    assert (result.status, result.code) == (ActionStatus.DENIED, "emergency.halt")
    assert desk.intent(order).reserved == 0
    assert desk.venue.calls == []


@pytest.mark.parametrize("scope", ["platform", "domain:trading", "bot:bot", "strategy:bot/s1"])
def test_an_alert_between_decision_and_call_refuses_the_full_size(desk, scope: str) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    desk.submit(desk.order(quantity="10"))
    buy, sell = desk.order(quantity="4"), desk.order(side="sell", quantity="10")
    desk.journal.decide(desk.caller, [buy, sell])
    desk.set(EmergencyState.ALERT, 2, scope=scope)
    bought, sold = desk.submit(buy, sell)
    assert (bought.status, bought.code) == (ActionStatus.DENIED, "emergency.alert")
    assert scope in (bought.reason or "")
    assert desk.intent(buy).reserved == 0
    assert (sold.status, sold.filled) == (ActionStatus.FILLED, D(10))


def test_what_was_decided_in_the_alert_begins_and_what_follows_it_may_be_whole_again(desk) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    desk.set(EmergencyState.ALERT, 2)
    halved = desk.order(quantity="4")
    desk.journal.decide(desk.caller, [halved])
    assert desk.submit(halved)[0].filled == D(2)
    whole = desk.order(quantity="4")
    desk.set(EmergencyState.NORMAL, 3)
    desk.journal.decide(desk.caller, [whole])
    desk.set(EmergencyState.NORMAL, 4)
    assert desk.submit(whole)[0].filled == D(4)


def test_an_alert_refuses_a_pair_at_its_first_leg_or_lets_it_complete(desk) -> None:
    desk.reconciler.bot(desk.caller, desk.venues, trigger="test")
    pair = desk.pair()
    desk.journal.decide(desk.caller, pair)
    desk.set(EmergencyState.ALERT, 2)
    results = desk.submit(*pair)
    assert [(r.status, r.code) for r in results] == [
        (ActionStatus.DENIED, "emergency.alert"),
        (ActionStatus.CANCELLED, "leg.stopped"),
    ]

    def alerted(venue, action):
        desk.set(EmergencyState.ALERT, 4)
        return venue.do(action, action.quantity)

    desk.set(EmergencyState.NORMAL, 3)
    desk.venue.answers = [alerted]
    assert [r.filled for r in desk.submit(*desk.pair(quantity="10"))] == [D(10), D(10)]


def test_a_first_leg_that_reduces_is_refused_with_one_that_adds(desk) -> None:
    desk.submit(desk.order(quantity="10", symbol="UP", price="0.4"))
    up, down = desk.pair(quantity="10")
    up = up.model_copy(update={"side": "sell"})
    desk.journal.decide(desk.caller, [up, down])
    assert desk.intent(up).reducing
    desk.set(EmergencyState.ALERT, 2)
    assert [r.code for r in desk.submit(up, down)] == ["emergency.alert", "leg.stopped"]


def test_live_needs_the_switch_and_a_clean_reconciliation(desk) -> None:
    desk.caller = type(desk.caller)(mode="live", domain="trading", bot_id="bot", strategy_id="s1")
    desk.run("UPDATE bots SET mode = 'live'")
    (result,) = desk.submit(desk.order())
    assert (result.status, result.code) == (ActionStatus.DENIED, "live.switch")
    desk.run("UPDATE capital_accounts SET live_enabled = true, reconciled_clean = false")
    (result,) = desk.submit(desk.order())
    assert result.code == "live.reconciliation"
    desk.run("UPDATE capital_accounts SET reconciled_clean = true, reconciled_at = now() - interval '1 hour'")
    (result,) = desk.submit(desk.order())
    assert result.code == "live.reconciliation"
    desk.run("UPDATE capital_accounts SET reconciled_at = now()")
    (result,) = desk.submit(desk.order())
    assert result.status is ActionStatus.FILLED


def test_nonsense_is_refused_in_words(desk) -> None:
    for order in (
        desk.order(quantity="-1"),
        desk.order(quantity="0"),
        desk.order(price="-0.01"),
        desk.order(max_fee=D("-0.01")),
    ):
        (result,) = desk.submit(order)
        assert (result.status, result.code) == (ActionStatus.DENIED, "input.action")
    (result,) = desk.submit(desk.order(currency="XYZ"))
    assert result.code == "rate.unknown"
    (result,) = desk.submit(desk.order().model_copy(update={"limit_price": None}))
    assert result.code == "price.unknown"
    (result,) = desk.submit(desk.order(venue="nowhere"))
    assert (result.status, result.code) == (ActionStatus.CANCELLED, "not_found")
    assert desk.all("SELECT sum(reserved) FROM intents") == [(D(0),)]


def test_a_bot_that_is_not_there_is_said_so(desk) -> None:
    desk.caller = a_caller(bot_id="nobody")
    with pytest.raises(NotFound, match="no such bot"):
        desk.journal.decide(desk.caller, [desk.order()])


def test_capital_that_changes_while_a_decision_waits_counts_for_it(desk) -> None:
    desk.submit(desk.order(quantity="1"))
    with ThreadPoolExecutor(1) as pool:
        with desk.database.engine.begin() as connection:
            connection.exec_driver_sql("SELECT FROM capital_accounts FOR UPDATE")
            waiting = pool.submit(desk.journal.decide, desk.caller, [desk.order(quantity="700")])
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            wait_for(
                lambda: desk.all(query) == [(1,)], timeout_s=20, why="the decision waits for the account"
            )
            connection.exec_driver_sql("UPDATE bots SET capital = 2000")
        (intent,), _ = waiting.result(20)
    assert (intent.status, intent.code) == (ActionStatus.PLANNED, None)
    assert desk.all("SELECT amount FROM ledger_entries WHERE kind = 'capital' ORDER BY id") == [
        (D(1000),),
        (D(1000),),
    ]
