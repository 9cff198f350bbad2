"""What a HALT and a SHUTDOWN do to orders, runs and positions, through the real gateway."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest
from integration.emergency.conftest import Market, Office, Trader, report, shut_down, stays_open
from support.background import wait_until
from support.scripted_venue import ScriptedVenue, rejected

from argosy.core.actions.action import Action, ActionResult, ActionStatus
from argosy.errors import Conflict, UnknownOutcome
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.safety import emergency


def test_a_halt_cancels_what_adds_risk_and_leaves_the_rest(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.answers = [stays_open, stays_open, stays_open]
    buy, sell = trader.submit("buy", "5"), trader.submit("sell", "4")
    elsewhere = trader.submit("buy", "5", bot="b2")
    epoch = trader.office.change("bot:b1", "HALT").epoch
    assert trader.enforcer.enforce(epoch)
    assert [trader.status(each) for each in (buy, sell, elsewhere)] == ["cancelled", "open", "open"]
    assert report(trader.office, epoch) == (True, "cancelled 1 order(s)")
    calls = len(trader.venue.calls)
    assert trader.enforcer.enforce(epoch)
    assert len(trader.venue.calls) == calls


def test_the_report_tells_what_earlier_rounds_did_and_what_was_filled_meanwhile(
    office: Office, redis_url: str
) -> None:
    office.add_bot("b1", strategies=("s1",))
    trader = Trader(office, redis_url, Market(), office.clock)
    trader.venue.answers = [stays_open, stays_open, stays_open]
    placed = [trader.submit("buy", quantity) for quantity in ("5", "4", "3")]
    epoch = office.change("platform", "HALT").epoch

    def too_late(venue: ScriptedVenue, action: Action) -> ActionResult:
        order = next(call for call in venue.calls if call.client_id == action.parameters["clientId"])
        venue.do(order, order.quantity)
        return rejected(venue, action)

    trader.venue.cancels = [too_late, rejected]
    assert not trader.enforcer.enforce(epoch)
    said = "cancelled 1 order(s); 1 filled before that; 1 order(s) not settled yet"
    assert report(office, epoch) == (False, said)
    office.clock.advance(30)
    assert trader.enforcer.enforce(epoch)
    assert sorted(trader.status(each) for each in placed) == ["cancelled", "cancelled", "filled"]
    assert report(office, epoch) == (True, "cancelled 2 order(s); 1 filled before that")


def test_a_strategys_halt_is_its_own(trader: Trader) -> None:
    trader.venue.answers = [stays_open, stays_open]
    mine, other = trader.submit("buy", "5"), trader.submit("buy", "5", strategy="s2")
    assert trader.enforcer.enforce(trader.office.change("strategy:b1/s1", "HALT").epoch)
    assert [trader.status(each) for each in (mine, other)] == ["cancelled", "open"]


def test_a_halt_is_not_enforced_while_an_order_may_still_fill(trader: Trader) -> None:
    trader.venue.answers = [stays_open]
    order = trader.submit("buy", "5")
    epoch = trader.office.change("platform", "HALT").epoch
    trader.venue.deaf = True
    assert not trader.enforcer.enforce(epoch)
    assert report(trader.office, epoch) == (False, "cancelled 0 order(s); 1 order(s) not settled yet")
    trader.venue.deaf = False
    trader.venue.known[order.client_id] = order.model_copy(update={"status": ActionStatus.CANCELLED})
    trader.compare()
    assert trader.enforcer.enforce(epoch)
    assert report(trader.office, epoch)[0]


def due(trader: Trader) -> list[int]:
    """What the guard would have enforced now."""
    changes = trader.office.database.run(emergency.due())
    return [change.epoch for change in changes if change.enforced_at is None]


def given_up(trader: Trader, quantity: str) -> ActionResult:
    """An order whose venue did not show it when it was asked, and so was given up."""

    def lost(venue: ScriptedVenue, action: Action) -> ActionResult:
        raise UnknownOutcome("dropped")

    trader.venue.answers = [lost]
    order = trader.submit("buy", quantity)
    assert trader.status(order) == "cancelled"
    return order


def shows_up(trader: Trader, order: ActionResult, quantity: str, status: ActionStatus) -> None:
    """The venue has it all the same, and reconciliation hears of it."""
    [action] = [call for call in trader.venue.calls if call.client_id == order.client_id]
    trader.venue.do(action, Decimal(quantity), status=status)
    said = trader.venue.known[order.client_id]
    trader.office.database.run(intents.settle(said, actor="test", now=trader.clock.now()))


@pytest.mark.parametrize("scope", ["platform", "domain:trading", "bot:b1", "strategy:b1/s1"])
def test_an_order_that_lives_again_after_its_halt_was_enforced_is_cancelled_too(
    trader: Trader, scope: str
) -> None:
    order = given_up(trader, "5")
    epoch = trader.office.change(scope, "HALT").epoch
    assert trader.enforcer.enforce(epoch)
    assert due(trader) == []
    shows_up(trader, order, "0", ActionStatus.OPEN)
    assert trader.status(order) == "open"
    assert due(trader) == [epoch]
    assert trader.enforcer.enforce(epoch)
    assert trader.status(order) == "cancelled"
    assert due(trader) == []
    assert report(trader.office, epoch) == (True, "cancelled 1 order(s)")


def test_what_a_halt_leaves_alone_is_not_looked_at_again(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.answers = [stays_open, stays_open]
    trader.submit("sell", "4")
    elsewhere = trader.submit("buy", "5", bot="b2")
    assert trader.enforcer.enforce(trader.office.change("bot:b1", "HALT").epoch)
    assert trader.status(elsewhere) == "open"
    assert due(trader) == []


def test_a_late_fill_in_a_shutdown_is_sold_as_well(trader: Trader) -> None:
    order = given_up(trader, "5")
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    shows_up(trader, order, "5", ActionStatus.FILLED)
    assert trader.held() == 5
    assert epoch in due(trader)
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0
    assert epoch not in due(trader)


def test_an_older_halt_leaves_the_work_to_the_newer_change(trader: Trader) -> None:
    first = trader.office.change("platform", "HALT").epoch
    second = trader.office.change("platform", "HALT", reason="again").epoch
    assert trader.enforcer.enforce(first)
    assert report(trader.office, first) == (True, f"overtaken by epoch {second} (HALT)")


def test_after_a_halt_only_reductions_begin(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.office.change("bot:b1", "HALT", reason="drill")
    denied = trader.submit("buy", "1")
    assert (denied.status, denied.code) == (ActionStatus.DENIED, "emergency.halt")
    assert trader.submit("sell", "4").status is ActionStatus.FILLED
    shut_down(trader.office, "bot:b1")
    assert trader.submit("sell", "1").code == "emergency.shutdown"
    assert trader.submit("buy", "1", bot="b2").status is ActionStatus.FILLED


def test_a_stop_that_only_redis_heard_stops(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.office.flags.stop("bot:b1", "Postgres was away")
    calls = len(trader.venue.calls)
    refused = trader.submit("buy", "1")
    assert (refused.code, len(trader.venue.calls)) == ("emergency.halt", calls)
    assert "Postgres was away" in (refused.reason or "")
    assert trader.submit("sell", "4").status is ActionStatus.FILLED


def test_a_halt_is_left_only_after_a_clean_reconciliation(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.office.change("bot:b1", "HALT")
    with pytest.raises(Conflict, match="clean reconciliation") as refused:
        trader.office.resume("bot:b1")
    assert "b1: not reconciled since" in str(refused.value)
    assert trader.office.asked == ["b1"], "a fresh comparison was asked for"
    trader.venue.held["X"] += 1  # somebody else's hand
    assert not trader.compare()
    with pytest.raises(Conflict, match="differs from the venue's"):
        trader.office.resume("bot:b1")
    with pytest.raises(Conflict):
        trader.office.resume("bot:b1", "ALERT")
    trader.venue.held["X"] -= 1
    assert trader.compare()
    assert trader.office.resume("bot:b1").before == "HALT"


def test_a_bot_that_stays_halted_does_not_hold_up_the_others(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.submit("buy", "10", bot="b2")
    trader.office.change("platform", "HALT")
    trader.compare("b2")
    with pytest.raises(Conflict, match="b1"):
        trader.office.resume("platform")
    trader.office.change("bot:b1", "HALT")
    assert trader.office.resume("platform").state == "NORMAL"
    assert trader.submit("buy", "1").code == "emergency.halt"


def test_a_shutdown_cancels_everything(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.answers = [stays_open, stays_open]
    buy, sell = trader.submit("buy", "5"), trader.submit("sell", "4")
    epoch = shut_down(trader.office)
    assert trader.enforcer.enforce(epoch)
    assert [trader.status(each) for each in (buy, sell)] == ["cancelled", "cancelled"]
    assert report(trader.office, epoch) == (True, "stopped 0 run(s); cancelled 2 order(s)")
    assert trader.held() == 10, "nothing is sold unless it is asked for"


def test_the_answer_waits_for_what_is_at_its_venue(trader: Trader) -> None:
    sent, release = threading.Event(), threading.Event()

    def slow(venue: ScriptedVenue, action: Action) -> ActionResult:
        sent.set()
        release.wait(10)
        return venue.do(action, action.quantity)

    trader.submit("buy", "1")
    trader.venue.answers = [slow]
    order = threading.Thread(target=trader.submit, args=("buy", "5"))
    order.start()
    assert sent.wait(5)
    answers: list[int] = []
    halt = threading.Thread(target=lambda: answers.append(trader.office.change("platform", "HALT").in_flight))
    halt.start()
    while trader.office.flag("platform") != ("HALT", 3):
        time.sleep(0.005)
    halt.join(0.2)
    assert halt.is_alive() and not answers
    release.set()
    halt.join(5)
    order.join(5)
    assert answers == [0]


def test_the_wait_is_bounded_and_says_what_is_left(trader: Trader) -> None:
    sent, release = threading.Event(), threading.Event()

    def hangs(venue: ScriptedVenue, action: Action) -> ActionResult:
        sent.set()
        release.wait(20)
        return venue.do(action, action.quantity)

    trader.submit("buy", "1")
    trader.venue.answers = [hangs]
    order = threading.Thread(target=trader.submit, args=("buy", "5"))
    order.start()
    assert sent.wait(5)
    trader.office.desk._drain_s = 0.3
    assert trader.office.change("platform", "HALT").in_flight == 1
    assert trader.office.change("bot:b2", "HALT").in_flight == 0
    release.set()
    order.join(5)


def test_nothing_begins_after_the_answer(trader: Trader) -> None:
    """Four threads that trade as fast as they can; calls start before the answer or not at all."""
    started: list[float] = []
    stop = threading.Event()
    execute = trader.venue.execute

    def noted(action: Action) -> ActionResult:
        started.append(time.monotonic())
        return execute(action)

    trader.venue.execute = noted  # type: ignore[method-assign]
    trader.venue.cash = Decimal(10**9)

    def trade(strategy: str) -> None:
        while not stop.is_set():
            trader.submit("buy", "0.01", strategy=strategy)

    trader.submit("buy", "0.01")
    threads = [threading.Thread(target=trade, args=(f"s{n % 2 + 1}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        for scope in ("platform", "domain:trading", "bot:b1") * 2:
            seen = len(started)
            while len(started) < seen + 3:
                time.sleep(0.002)
            answer = trader.office.change(scope, "HALT")
            answered, count = time.monotonic(), len(started)
            time.sleep(0.1)
            late = [at for at in started[count:] if at > answered]
            assert len(late) <= answer.in_flight, (
                "the answer counts what a thread of a busy machine had begun"
            )
            wait_until(trader.compare, what="a clean comparison")
            trader.office.resume(scope)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
