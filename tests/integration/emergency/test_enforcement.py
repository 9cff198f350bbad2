"""What a HALT and a SHUTDOWN do to orders, runs and positions, through the real gateway."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from integration.emergency.conftest import ANN, Market, Office, Trader, stays_open
from support.scripted_venue import ScriptedVenue, filled, rejected

from argosy.core.action import Action, ActionResult, ActionStatus
from argosy.core.emergency import EmergencyState
from argosy.core.venue import Capability, Level
from argosy.errors import Conflict, UnknownOutcome
from argosy.infrastructure.emergency.liquidator import limit_price
from argosy.infrastructure.emergency.status import ArmedStatus
from argosy.infrastructure.storage import emergency, intents

MakeTrader = Callable[..., Trader]


@pytest.fixture
def trader(busy_office: Office, redis_url: str) -> Trader:
    busy_office.add_bot("b1", strategies=("s1", "s2"))
    busy_office.add_bot("b2", strategies=("s1",))
    return Trader(busy_office, redis_url, Market(), busy_office.clock)


def shut_down(office: Office, scope: str = "platform", *, flatten: bool = False) -> int:
    armed = office.desk.arm(scope, EmergencyState.SHUTDOWN, actor=ANN, reason="fire", flatten=flatten)
    assert isinstance(armed, ArmedStatus)
    return office.desk.confirm(scope, armed.code, actor=ANN).epoch


def report(office: Office, epoch: int) -> tuple[bool, str]:
    [change] = [each for each in office.desk.history() if each.epoch == epoch]
    return change.enforced_at is not None, change.report or ""


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
        trader.office.change("bot:b1", "NORMAL")
    assert "b1: not reconciled since" in str(refused.value)
    assert trader.office.asked == ["b1"], "a fresh comparison was asked for"
    trader.venue.held["X"] += 1  # somebody else's hand
    assert not trader.compare()
    with pytest.raises(Conflict, match="differs from the venue's"):
        trader.office.change("bot:b1", "NORMAL")
    with pytest.raises(Conflict):
        trader.office.change("bot:b1", "ALERT")
    trader.venue.held["X"] -= 1
    assert trader.compare()
    assert trader.office.change("bot:b1", "NORMAL").before == "HALT"


def test_a_bot_that_stays_halted_does_not_hold_up_the_others(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.submit("buy", "10", bot="b2")
    trader.office.change("platform", "HALT")
    trader.compare("b2")
    with pytest.raises(Conflict, match="b1"):
        trader.office.change("platform", "NORMAL")
    trader.office.change("bot:b1", "HALT")
    assert trader.office.change("platform", "NORMAL").state == "NORMAL"
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


def test_flattening_sells_in_slices_inside_the_cap(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.submit("buy", "3", strategy="s2")
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    sales = [call for call in trader.venue.calls if call.side == "sell"]
    assert [(str(call.quantity), call.time_in_force) for call in sales[:4]] == [
        ("2.50", "FAK"), ("2.50", "FAK"), ("2.50", "FAK"), ("2.50", "FAK"),
    ]  # fmt: skip
    assert all(call.limit_price == Decimal("1.90") for call in sales)
    assert (trader.held(), sum(call.quantity for call in sales)) == (0, 13)
    done, text = report(trader.office, epoch)
    assert done and text.count(": flat") == 2


def test_what_nobody_buys_is_left_and_said(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.bids = []
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    done, text = report(trader.office, epoch)
    assert not done and "10 LEFT (there is nobody to deal with)" in text
    trader.venue.bids = [Level(price=Decimal("1.5"), size=Decimal(9))]
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0


def test_an_interrupted_liquidation_goes_on_where_it_was(trader: Trader) -> None:
    trader.submit("buy", "10")

    def dies(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, action.quantity)
        raise SystemExit

    trader.venue.answers = [filled, dies]
    epoch = shut_down(trader.office, flatten=True)
    with pytest.raises(SystemExit):
        trader.enforcer.enforce(epoch)
    assert not trader.enforcer.enforce(epoch), "the fate of a slice is not known yet"
    trader.compare()
    assert trader.enforcer.enforce(epoch)
    sold = [call for call in trader.venue.calls if call.side == "sell"]
    assert len({call.client_id for call in sold}) == len(sold)
    assert (trader.held(), trader.venue.held["X"], sum(call.quantity for call in sold)) == (0, 0, 10)


def test_what_was_sold_before_a_kill_is_in_the_report(trader: Trader) -> None:
    trader.submit("buy", "2")

    def dies(venue: ScriptedVenue, action: Action) -> ActionResult:
        venue.do(action, action.quantity)
        raise SystemExit

    trader.venue.answers = [dies]
    epoch = shut_down(trader.office, flatten=True)
    with pytest.raises(SystemExit):
        trader.enforcer.enforce(epoch)
    trader.compare()
    assert trader.held() == 0
    assert trader.enforcer.enforce(epoch)
    assert report(trader.office, epoch)[1].endswith("b1/s1 scripted X (paper): flat, 2 gone")


def test_an_order_nobody_settles_holds_up_its_own_bot_and_venue_only(trader: Trader) -> None:
    trader.submit("buy", "3")
    trader.submit("buy", "3", bot="b2")
    trader.venue.answers = [stays_open]
    trader.submit("buy", "5")
    trader.venue.deaf = True
    epoch = shut_down(trader.office, flatten=True)
    assert not trader.enforcer.enforce(epoch)
    done, text = report(trader.office, epoch)
    assert not done
    assert "b1/s1 scripted X (paper): 3 LEFT (its orders there are not settled)" in text
    assert "b2/s1 scripted X (paper): flat, 3 gone" in text


@pytest.mark.parametrize("minimum", ["1", None])
def test_less_than_a_minimum_is_tried_all_the_same(trader: Trader, minimum: str | None) -> None:
    trader.submit("buy", "0.005")
    trader.venue.minimum = None if minimum is None else Decimal(minimum)
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    assert trader.held() == 0


def test_the_venues_step_is_kept_and_what_is_below_it_is_left(trader: Trader) -> None:
    trader.submit("buy", "4.005")

    def on_the_grid(venue: ScriptedVenue, action: Action) -> ActionResult:
        return rejected(venue, action) if action.quantity % Decimal("0.01") else filled(venue, action)

    trader.venue.answers = [on_the_grid] * 100
    epoch = shut_down(trader.office, flatten=True)
    rounds = 0
    while not trader.enforcer.enforce(epoch):
        rounds += 1
        assert rounds < 50
    assert trader.held() == Decimal("0.005")
    assert "4 gone, 0.005 LEFT (no funds, given up)" in report(trader.office, epoch)[1]


def test_no_slice_is_cheaper_than_the_first_might_have_been(trader: Trader) -> None:
    trader.submit("buy", "10")

    def then_a_penny(venue: ScriptedVenue, action: Action) -> ActionResult:
        trader.venue.bids = [Level(price=Decimal("0.02"), size=Decimal(9))]
        return filled(venue, action)

    def at_the_bid(venue: ScriptedVenue, action: Action) -> ActionResult:
        taken = action.limit_price is not None and action.limit_price <= trader.venue.bids[0].price
        return venue.do(action, action.quantity if taken else Decimal(0), status=ActionStatus.CANCELLED)

    trader.venue.answers = [then_a_penny] + [at_the_bid] * 100
    epoch = shut_down(trader.office, flatten=True)
    trader.enforcer.enforce(epoch)
    sales = [call for call in trader.venue.calls if call.side == "sell"]
    assert {call.limit_price for call in sales} == {Decimal("1.90")}
    assert len(sales) > 1
    trader.enforcer.enforce(epoch)
    assert (trader.held(), trader.venue.calls[-1].limit_price) == (Decimal("7.50"), Decimal("1.90"))


def test_a_venue_without_a_market_is_no_reason_to_go_on_for_ever(trader: Trader) -> None:
    trader.submit("buy", "10")
    trader.venue.capabilities = trader.venue.capabilities - {Capability.ORDER_BOOK}
    epoch = shut_down(trader.office, flatten=True)
    assert trader.enforcer.enforce(epoch)
    assert "10 LEFT (scripted has no market to leave through)" in report(trader.office, epoch)[1]
    assert trader.held() == 10


def test_after_many_tries_the_rest_is_for_people(trader: Trader) -> None:
    trader.submit("buy", "10")
    epoch = shut_down(trader.office, flatten=True)

    def nothing(venue: ScriptedVenue, action: Action) -> ActionResult:
        return venue.do(action, Decimal(0), status=ActionStatus.CANCELLED)

    trader.venue.answers = [nothing] * 100
    rounds = 0
    while not trader.enforcer.enforce(epoch):
        rounds += 1
        assert rounds < 20
    done, text = report(trader.office, epoch)
    assert done and "10 LEFT" in text and "given up" in text and "flat" not in text
    assert trader.held() == 10


@pytest.mark.parametrize(
    ("best", "tick", "selling", "worst"),
    [
        ("2", "0.01", True, "1.90"), ("0.33", "0.01", True, "0.32"), ("0.01", "0.01", True, "0.01"),
        ("2", "0.01", False, "2.10"), ("0.33", "0.01", False, "0.34"), ("2", None, True, "1.900"),
    ],
)  # fmt: skip
def test_the_cap_is_never_passed(best: str, tick: str | None, selling: bool, worst: str) -> None:
    found = limit_price(
        Decimal(best), Decimal("0.05"), None if tick is None else Decimal(tick), selling=selling
    )
    assert found == Decimal(worst)


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
            trader.office.change(scope, "HALT")
            answered, count = time.monotonic(), len(started)
            time.sleep(0.1)
            assert [at for at in started[count:] if at > answered] == []
            assert trader.compare()
            trader.office.change(scope, "NORMAL")
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
