"""Money that a venue books by itself reaches the ledger once, on real Postgres."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from support.scripted_venue import ScriptedVenue

import workers.reconcile
from argosy.core.actions.intent import Caller
from argosy.core.clock import DrivenClock
from argosy.core.money.flow import DailyTotal, Flow, FlowKind
from argosy.core.money.ledger import EntryKind
from argosy.core.safety.emergency import EmergencyState
from argosy.infrastructure.money.books import DatabaseBooks
from argosy.infrastructure.money.statements import statement_of
from argosy.infrastructure.storage.money import entries, flows, ledger, positions, proof, reconciliations
from argosy.infrastructure.storage.money.flows import FlowReading

from .conftest import Desk, a_caller

pytestmark = pytest.mark.integration
D = Decimal
NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)


class Meter(ScriptedVenue):
    """Account that is charged and paid by its venue; every flow moves its cash."""

    flow_zone = "America/Los_Angeles"

    def __init__(self) -> None:
        super().__init__()
        self.booked: dict[str, Flow] = {}
        self.report: list[DailyTotal] | None = None
        self.yen = D(0)

    def put(self, id: str, amount: str, kind: FlowKind = FlowKind.COST, **more: Any) -> Flow:
        """Book a flow, or revise it."""
        values = {"at": NOW - timedelta(hours=1), "currency": "USD", "symbol": "gpu"} | more
        flow = Flow(id=id, kind=kind, amount=D(amount), **values)
        before = self.booked.get(id)
        change = flow.amount - (before.amount if before else 0)
        if kind is not FlowKind.ATTRIBUTED_VALUE:
            if flow.currency == "JPY":
                self.yen += change
            else:
                self.cash += change
        self.booked[id] = flow
        return flow

    def balances(self) -> Sequence[Any]:
        (dollars,) = super().balances()
        yen = dollars.model_copy(update={"currency": "JPY", "free": self.yen})
        return [dollars, yen] if self.yen else [dollars]

    def flows(self, since: datetime) -> Sequence[Flow]:
        return [flow for flow in self.booked.values() if flow.at >= since]

    def flow_totals(self, since: str) -> Sequence[DailyTotal]:
        if self.report is not None:
            return self.report
        zone, sums = ZoneInfo(self.flow_zone), {}
        for flow in self.booked.values():
            key = flow.at.astimezone(zone).date().isoformat(), flow.kind, flow.currency
            sums[key] = sums.get(key, D(0)) + flow.amount
        return [DailyTotal(day=d, kind=k, currency=c, amount=a) for (d, k, c), a in sums.items()]


class Bench:
    def __init__(self, desk_on: Callable[..., Desk]) -> None:
        self.venue = Meter()
        self.desk = desk_on(self.venue, clock=DrivenClock(NOW))
        self.caller = a_caller("", role="operator")

    def reconcile(self) -> str:
        return self.desk.reconciler.bot(self.caller, self.desk.venues, trigger="test").status

    def amounts(self) -> list[tuple[str, str, Decimal]]:
        """Return kind, strategy and amount of every entry but the capital's and those of orders."""
        found = self.desk.database.run(entries.page(entries.Wanted()))
        return [
            (each.entry.kind.value, each.entry.strategy_id, each.entry.amount)
            for each in found
            if each.entry.client_id.startswith("flow:")
        ]

    def reading(self) -> FlowReading:
        return self.desk.database.run(flows.begin(self.caller, "scripted"))

    def book(self, *found: Flow, reading: FlowReading | None = None) -> int:
        return self.desk.database.run(flows.book(self.caller, reading or self.reading(), found)).booked


@pytest.fixture
def bench(desk_on: Callable[..., Desk]) -> Bench:
    bench = Bench(desk_on)
    assert bench.reconcile() == "clean"  # the baseline
    return bench


def test_a_charge_by_the_venue_is_no_drift_and_the_bot_goes_on(bench: Bench) -> None:
    bench.venue.put("c1", "-3.25")
    bench.venue.put("e1", "10", FlowKind.EARNING)
    assert bench.reconcile() == "clean"
    assert bench.amounts() == [("cost", "", D("-3.25")), ("earning", "", D(10))]
    (result,) = bench.desk.submit(bench.desk.order())
    assert result.status == "filled"
    books = DatabaseBooks(bench.desk.database, "bot", "paper").portfolio()
    assert books.cash == D(1000) - D("3.25") + 10 - 20 - D("0.01")
    assert not bench.desk.database.run(proof.verify()).differences


def test_flows_before_the_first_comparison_belong_to_the_baseline_but_their_revisions_do_not(
    desk_on: Callable[..., Desk],
) -> None:
    bench = Bench(desk_on)
    bench.venue.put("old", "-50")
    assert bench.reconcile() == "clean"
    assert bench.amounts() == []
    bench.venue.put("old", "-48")
    assert bench.reconcile() == "clean"
    assert bench.amounts() == [("cost", "", D(2))]


def test_the_same_flow_delivered_twice_is_booked_once(bench: Bench) -> None:
    bench.venue.put("c1", "-3")
    assert [bench.reconcile() for _ in range(3)] == ["clean"] * 3
    assert bench.amounts() == [("cost", "", D(-3))]


def test_a_flow_revised_twice_books_the_differences_and_keeps_the_chain(bench: Bench) -> None:
    for amount in ("-3", "-5", "-4.5"):
        bench.venue.put("c1", amount)
        assert bench.reconcile() == "clean"
    assert [amount for _, _, amount in bench.amounts()] == [D(-3), D(-2), D("0.5")]
    stored = bench.desk.database.run(flows.revisions("bot"))
    assert [(each.revision.number, each.revision.flow.amount) for each in stored] == [
        (2, D("-4.5")),
        (1, D(-5)),
        (0, D(-3)),
    ]
    with pytest.raises(Exception, match="append-only"):
        bench.desk.run("UPDATE flows SET amount = 0")


def test_two_workers_that_book_at_once_book_once(bench: Bench) -> None:
    found = [bench.venue.put(f"c{number}", "-1") for number in range(20)]
    reading = bench.reading()
    start, counts = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        counts.append(bench.book(*found, reading=reading))

    workers_ = [threading.Thread(target=work) for _ in range(4)]
    for each in workers_:
        each.start()
    for each in workers_:
        each.join()
    assert sorted(counts) == [0, 0, 0, 20]
    assert len(bench.amounts()) == 20
    assert bench.reconcile() == "clean"


def test_a_reading_from_before_a_revision_does_not_take_it_back(bench: Bench) -> None:
    stale = bench.venue.put("c1", "-3")
    assert bench.book(stale) == 1
    slow = bench.reading()
    assert bench.book(bench.venue.put("c1", "-5")) == 1
    assert bench.book(stale, reading=slow) == 0  # a slower worker had read the venue before the revision
    assert [amount for _, _, amount in bench.amounts()] == [D(-3), D(-2)]


def test_a_flow_belongs_to_the_strategy_that_owns_the_asset_else_to_the_bot(bench: Bench) -> None:
    bench.desk.submit(bench.desk.order(symbol="mine"))
    bench.desk.caller = a_caller("s2")
    bench.desk.submit(bench.desk.order(symbol="shared"))
    bench.desk.caller = a_caller("s1")
    bench.desk.submit(bench.desk.order(symbol="shared"))
    bench.venue.put("1", "1", FlowKind.INTEREST, symbol="mine")
    bench.venue.put("2", "2", FlowKind.INTEREST, symbol="shared")
    bench.venue.put("3", "3", FlowKind.INTEREST, symbol="")
    bench.venue.put("4", "4", FlowKind.INTEREST, symbol="nobody's")
    assert bench.reconcile() == "clean"
    assert bench.amounts() == [
        ("interest", "s1", D(1)),
        ("interest", "", D(2)),
        ("interest", "", D(3)),
        ("interest", "", D(4)),
    ]
    bench.desk.submit(bench.desk.order("sell", symbol="mine"))
    bench.venue.put("1", "1.5", FlowKind.INTEREST, symbol="mine")
    bench.venue.put("5", "-1", FlowKind.REFUND, symbol="mine")
    assert bench.reconcile() == "clean"
    assert bench.amounts()[4:] == [("interest", "s1", D("0.5")), ("refund", "s1", D(-1))]


def test_a_last_bill_after_the_archive_is_still_booked(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.venue.put("c1", "-3")
    assert bench.reconcile() == "clean"
    bench.desk.run("UPDATE bots SET state = 'archived' WHERE id = 'bot'")
    bench.venue.put("c1", "-4")
    bench.venue.put("c2", "-1")
    settled: list[str] = []

    class Ports:
        database, reconciler = bench.desk.database, bench.desk.reconciler

        class contexts:
            @staticmethod
            def venues(bot_id: str, *more: object) -> object:
                settled.append(bot_id)
                return bench.desk.venues

    monkeypatch.setattr(workers.reconcile, "runtime", lambda: Ports)
    workers.reconcile.reconcile()
    assert settled == ["bot"]
    assert [amount for _, _, amount in bench.amounts()] == [D(-3), D(-1), D(-1)]


def test_yen_without_minor_unit_wait_for_a_rate_and_are_then_booked_exactly(bench: Bench) -> None:
    bench.venue.put("y1", "-1234", FlowKind.SPEND, currency="JPY")
    bench.venue.put("c1", "-3")
    assert bench.reconcile() == "failed"  # nothing is counted one yen to a dollar
    assert bench.amounts() == [("cost", "", D(-3))]
    bench.desk.run(
        "INSERT INTO marks (mode, venue, symbol, price, currency, rate, at) "
        "VALUES ('paper', 'fx', 'JPY/USD', 0.0067, 'USD', 1, now())"
    )
    assert bench.reconcile() == "clean"
    (entry,) = (
        each.entry
        for each in bench.desk.database.run(entries.page(entries.Wanted()))
        if each.entry.currency == "JPY"
    )
    assert (entry.amount, entry.base_amount, entry.kind) == (D(-1234), D("-8.2678"), EntryKind.SPEND)


def test_attributed_value_is_shown_apart_and_never_spendable(bench: Bench) -> None:
    books = DatabaseBooks(bench.desk.database, "bot", "paper")
    bench.desk.database.run(ledger.ensure_capital("bot", "trading", "paper", D(1000), "USD", NOW))
    before = books.available()
    assert before == D(1000)
    bench.venue.put("s", "-412.10", FlowKind.SPEND)
    bench.venue.put("v", "980", FlowKind.ATTRIBUTED_VALUE)
    assert bench.reconcile() == "clean"
    assert books.available() == before - D("412.10")
    _, cash = bench.desk.database.run(positions.holdings("paper", "bot"))
    assert sum(each.attributed for each in cash) == D(980)
    assert not bench.desk.database.run(proof.verify()).differences
    day = statement_of(bench.desk.database, NOW.date(), ZoneInfo("UTC"), "paper", "bot")
    assert day.attributed == D(980)
    assert {line.kind for line in day.flows} == {"capital", "spend"}
    assert day.opening.cash + sum(line.base_amount for line in day.flows) == day.closing.cash


def test_totals_are_compared_with_the_report_by_the_accounts_own_days(bench: Bench) -> None:
    # 07:30 UTC is still the day before in Los Angeles (UTC-8): two days of the account, one day in UTC.
    bench.venue.put("late", "-2", at=datetime(2026, 11, 29, 7, 30, tzinfo=UTC))
    bench.venue.put("early", "-5", at=datetime(2026, 11, 29, 8, 30, tzinfo=UTC))
    assert bench.reconcile() == "clean"
    day = {"kind": FlowKind.COST, "currency": "USD"}
    bench.venue.report = [
        DailyTotal(day="2026-11-28", amount=D(-2), **day),
        DailyTotal(day="2026-11-29", amount=D("-5.01"), **day),
        DailyTotal(day="2026-11-30", amount=D(-99), **day),  # this day is not over there
    ]
    assert bench.reconcile() == "drift"
    newest = bench.desk.database.run(reconciliations.newest("bot"))
    assert newest is not None
    assert [dict(each) for each in newest.differences] == [
        {"venue": "scripted", "asset": "cost in USD on 2026-11-29", "ours": "-5", "theirs": "-5.01"}
    ]


def test_a_statement_has_the_flow_on_the_day_of_its_own_zone(bench: Bench) -> None:
    bench.venue.put("late", "-2", at=datetime(2026, 11, 29, 7, 30, tzinfo=UTC))
    assert bench.reconcile() == "clean"
    bench.venue.put("late", "-3", at=datetime(2026, 11, 29, 7, 30, tzinfo=UTC))
    assert bench.reconcile() == "clean"
    sums = {
        zone: sum(
            line.base_amount
            for line in statement_of(
                bench.desk.database, YESTERDAY.date(), ZoneInfo(zone), "paper", "bot"
            ).flows
        )
        for zone in ("UTC", "America/Los_Angeles")
    }
    assert sums == {"UTC": D(-3), "America/Los_Angeles": D(0)}


def test_a_flow_that_arrives_while_the_baseline_is_read_postpones_it(desk_on: Callable[..., Desk]) -> None:
    bench = Bench(desk_on)
    read, looks = bench.venue.balances, itertools.count(1)

    def balances() -> Sequence[Any]:
        if next(looks) == 1:
            bench.venue.put("race", "-7")
        return read()

    bench.venue.balances = balances  # type: ignore[method-assign]
    assert bench.reconcile() == "failed"
    assert bench.desk.database.run(reconciliations.baseline("bot", "paper", "scripted")) is None
    assert bench.reconcile() == "clean"
    assert bench.amounts() == []


def test_a_venue_that_lists_one_flow_with_two_contents_is_not_believed(bench: Bench) -> None:
    twice = [bench.venue.put("c1", "-3"), bench.venue.put("c1", "-4")]
    bench.venue.flows = lambda since: twice  # type: ignore[method-assign]
    assert bench.reconcile() == "failed"
    assert bench.amounts() == []


def test_flows_are_booked_while_the_bot_is_halted(bench: Bench) -> None:
    bench.desk.set(EmergencyState.SHUTDOWN, 2)
    bench.venue.put("c1", "-3")
    assert bench.reconcile() == "clean"
    assert bench.amounts() == [("cost", "", D(-3))]


def test_a_flow_seen_by_two_bots_of_one_live_account_is_booked_once(bench: Bench) -> None:
    flow = bench.venue.put("c1", "-3", symbol="")
    for bot in ("bot", "other"):
        caller = Caller("live", "trading", bot, role="operator")
        reading = bench.desk.database.run(flows.begin(caller, "scripted"))
        bench.desk.database.run(flows.book(caller, reading, [flow]))
    assert bench.amounts() == [("cost", "", D(-3))]
