"""What is booked of an order over several looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.intent import Caller
from argosy.core.clock import DrivenClock
from argosy.core.money.money import ZERO
from argosy.domains.trading.venues.replies.fees import Fees
from argosy.errors import InconsistentReply
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.booked import result_of
from argosy.legacy.orders import report_of
from argosy.legacy.report import OrderNote, OrderState, ProviderReport, ReportedTrade
from argosy.legacy.venue import ProviderVenue

D = Decimal
NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOTE = OrderNote(
    client_id="a" * 32, symbol="BTC/USDT", side="buy", quantity=D(3), price=D(101), time_in_force="GTC", sent_at=NOW
)  # fmt: skip


def trade(name: str, quantity: int, price: int, fees: Fees | None = None) -> ReportedTrade:
    return ReportedTrade(name, D(quantity), D(price), fees, NOW)


def look(
    filled: int, trades: Sequence[ReportedTrade] | None, before: ActionResult | None = None, **more: Any
) -> ActionResult:
    state = OrderState.FILLED if filled == 3 else OrderState.OPEN
    report = replace(ProviderReport("o1", state, filled=D(filled), trades=trades), **more)
    return result_of(NOTE, report, before, "mine", NOW)


def money(result: ActionResult) -> Decimal:
    return sum((fill.quantity * fill.price for fill in result.fills), ZERO)


def fees(result: ActionResult) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for fill in result.fills:
        for part in fill.fees:
            found[part.currency] = found.get(part.currency, ZERO) + part.amount
    return {currency: amount for currency, amount in found.items() if amount}


def test_newest_first_at_the_second_look() -> None:
    first = look(1, [trade("", 1, 100)])
    second = look(3, [trade("", 2, 99), trade("", 1, 100)], first)
    assert (second.status, second.filled, money(second)) == (ActionStatus.FILLED, 3, 298)
    assert second.fills[0] == first.fills[0]


def test_what_an_earlier_release_booked_keeps_its_ids() -> None:
    before = look(1, [trade("", 1, 100)])
    old = before.model_copy(update={"fills": [before.fills[0].model_copy(update={"id": "o1-1"})]})
    after = look(3, [trade("", 2, 99), trade("", 1, 100)], old)
    assert [fill.id for fill in after.fills] == ["o1-1", "~2@99#1"]


def test_fees_of_several_currencies_are_all_booked() -> None:
    result = look(3, None, cost=D(300), fees={"": D("0.3"), "BNB": D("0.01"), "BTC": D("0.001")})
    assert fees(result) == {"USDT": D("0.3"), "BNB": D("0.01"), "BTC": D("0.001")}
    assert result.fee == D("0.3")


def test_the_fees_of_the_order_belong_to_executions_that_tell_none() -> None:
    whole = {"": D("0.3"), "BNB": D("0.01")}
    first = look(1, [trade("t1", 1, 100, {"": D("0.1")})])
    trades = [trade("t1", 1, 100, {"": D("0.1")}), trade("t2", 1, 100), trade("t3", 1, 100)]
    result = look(3, trades, first, fees=whole)
    assert fees(result) == {"USDT": D("0.3"), "BNB": D("0.01")}
    assert [fill.fee for fill in result.fills] == [D("0.1"), D("0.1"), D("0.1")]
    # As long as one execution is not listed its share is not known.
    waiting = look(3, trades[:2], first, fees=whole)
    assert (waiting.status, waiting.filled) == (ActionStatus.PARTIALLY_FILLED, 1)


def test_a_fee_in_units_of_a_pair_without_a_slash() -> None:
    note = NOTE.model_copy(update={"symbol": "BTCUSDT"})
    report = ProviderReport("o1", OrderState.FILLED, filled=D(3), cost=D(300), fees={"BTC": D("0.003")})
    (fill,) = result_of(note, report, None, "mine", NOW).fills
    assert (fill.fee, fill.fee_currency) == (D("0.003"), "BTCUSDT")


def test_totals_that_go_on_and_totals_that_contradict() -> None:
    first = look(1, None, cost=D(100), fees={"": D("0.1")})
    second = look(3, None, first, cost=D(298), fees={"": D("0.4"), "BNB": D("0.01")})
    assert [(f.id, f.quantity, f.price) for f in second.fills] == [("o1-1", 1, 100), ("o1-2", 2, 99)]
    assert fees(second) == {"USDT": D("0.4"), "BNB": D("0.01")}
    for filled, cost in ((1, D(90)), (0, None)):
        with pytest.raises(InconsistentReply):
            look(filled, None, first, cost=cost)


def test_a_price_that_nobody_tells() -> None:
    with pytest.raises(InconsistentReply, match="does not report the price"):
        look(3, None)


@pytest.mark.parametrize("price", ["0.00000912345678", "99.333333333333", "0.0000000001234567"])
def test_small_prices_keep_their_digits(price: str) -> None:
    result = look(3, None, cost=D(price) * 3)
    assert money(result) == D(price) * 3


RAW = {"id": "o1", "symbol": "BTC/USDT", "side": "buy", "amount": 3.0, "price": 101.0}


@pytest.mark.parametrize(
    "raw",
    [
        {"status": "closed"},
        {"status": "closed", "filled": float("nan")},
        {"status": "closed", "fills": [{"id": "t", "amount": 1.0, "price": 100.0}]},
        {"status": "open", "filled": "some"},
        {"status": "closed", "filled": 3.0, "average": float("inf")},
        {"status": "closed", "filled": 3.0, "fills": [{"id": "t", "amount": 3.0}]},
        {"status": "closed", "filled": 3.0, "average": 100.0, "fee": {"rate": 0.001, "currency": "BNB"}},
    ],
)
def test_an_order_that_tells_too_little_is_inconsistent(raw: dict[str, Any]) -> None:
    with pytest.raises(InconsistentReply):
        report_of(RAW | raw, D(3), NOW, limit=D(101))


def test_executions_may_tell_their_cost_alone() -> None:
    report = report_of(RAW | {"status": "closed", "fills": [{"amount": 3.0, "cost": 297.0}]}, D(3), NOW)
    assert report.trades is not None
    assert (report.trades[0].price, report.filled, report.counted) == (99, 3, True)


def test_a_market_order_may_tell_its_price_as_price() -> None:
    raw = RAW | {"status": "filled", "price": 99.0}
    assert report_of(raw, D(3), NOW, limit=None).cost == 297
    assert report_of(raw, D(3), NOW, limit=D(101)).cost is None


class Told:
    """A provider whose order is whatever is put into it."""

    def __init__(self, **order: Any) -> None:
        self.order = RAW | order

    def get_orderbook(self, pair: str) -> Any:
        return {"bids": [[99.0, 5.0]], "asks": [[101.0, 5.0]]}

    def place_order(self, pair: str, side: str, amount: float, price: float) -> Any:
        return self.order

    def get_order(self, order_id: str) -> Any:
        return self.order


class Bot:
    """One order of 3 BTC through the gateway, looked at again and again."""

    def __init__(self, provider: Any) -> None:
        self.clock = DrivenClock(NOW)
        self.venue = ProviderVenue(provider, MemoryDocuments(), self.clock, name="mine")
        flags = MemoryEmergencyFlags()
        self.journal = MemoryJournal(self.clock, flags, bot_id="b", capital=D(10_000), base_currency="USDT")
        self.gateway = Gateway(
            self.journal, flags, MemoryEventBus(clock=self.clock), self.clock, owner="test"
        )
        self.caller = Caller(mode="sandbox", domain="trading", bot_id="b", run_id="r", node_id="n")

    def get(self, name: str) -> Any:
        return self.venue

    def names(self) -> list[str]:
        return ["mine"]

    def look(self) -> tuple[str, Decimal, Decimal]:
        action = Action(
            client_id="a" * 32, venue="mine", kind=ActionKind.PLACE_ORDER, symbol="BTC/USDT", side="buy",
            quantity=D(3), limit_price=D(101), time_in_force="GTC", currency="USDT",
        )  # fmt: skip
        (result,) = self.gateway.submit(self.caller, self, [action])
        self.clock.advance(10)
        cash = sum((each.base_amount for each in self.journal.cash.values()), ZERO)
        units = sum((each.quantity for each in self.journal.positions.values()), ZERO)
        return result.status.value, units, cash


def test_an_order_that_contradicts_itself_is_unknown_until_it_does_not() -> None:
    provider = Told(status="open", filled=1.0, average=100.0)
    bot = Bot(provider)
    assert bot.look() == ("partially_filled", D(1), D(-100))
    provider.order |= {"filled": 0.0}
    assert bot.look() == ("unknown", D(1), D(-100))
    provider.order |= {"filled": 3.0, "average": None, "status": "closed"}
    assert bot.look() == ("unknown", D(1), D(-100))
    provider.order |= {"cost": 297.0}
    assert bot.look() == ("filled", D(3), D(-297))


def test_executions_that_are_never_listed_are_told_to_a_person() -> None:
    provider = Told(status="open", filled=3.0, fills=[{"id": "t1", "amount": 1.0, "price": 100.0}])
    bot = Bot(provider)
    assert bot.look() == ("partially_filled", D(1), D(-100))
    bot.clock.advance(timedelta(seconds=61).total_seconds())
    assert bot.look() == ("unknown", D(1), D(-100))
    provider.order["fills"].append({"id": "t2", "amount": 2.0, "price": 99.0})
    assert bot.look() == ("filled", D(3), D(-298))


happened = st.lists(
    st.tuples(st.sampled_from(["", "t1", "t2"]), st.integers(1, 3), st.integers(98, 101)), min_size=1, max_size=6
)  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(happened, st.data())
def test_the_ledger_has_the_venues_sum_or_the_order_is_not_settled(
    happened: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    quantity = sum(each[1] for each in happened)
    note = NOTE.model_copy(update={"quantity": D(quantity)})
    known: ActionResult | None = None
    looks = [*data.draw(st.lists(st.integers(1, len(happened)), max_size=3).map(sorted)), len(happened)]
    for count in looks:
        so_far = [trade(*each) for each in happened[:count]]
        listed = data.draw(st.permutations(so_far))
        if data.draw(st.booleans()):
            listed = listed[: data.draw(st.integers(0, count))]
        filled = sum((each.quantity for each in so_far), ZERO)
        counted = data.draw(st.booleans()) if len(listed) == count else True
        if not counted and len({each.id for each in so_far if each.id}) < sum(bool(e.id) for e in so_far):
            counted = True
        state = OrderState.OPEN if filled < quantity else OrderState.FILLED
        report = ProviderReport("o1", state, filled=filled, counted=counted, trades=listed)
        try:
            known = result_of(note, report, known, "mine", NOW)
        except InconsistentReply:
            continue
        cost = sum((each.quantity * each.price for each in so_far), ZERO)
        assert known.filled <= filled
        if known.filled == filled:
            assert money(known) == cost
        if known.status is ActionStatus.FILLED:
            assert (known.filled, money(known)) == (quantity, cost)
