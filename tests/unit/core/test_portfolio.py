"""Sums by scope, and the levels that loss is measured from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.core.money import exact
from argosy.core.money.equity import EquityLevels, drawdown, local_day, midnight, observe_equity
from argosy.core.money.portfolio import (
    CashTotals,
    Portfolio,
    Position,
    PositionRecord,
    Summary,
    by_asset,
    summaries,
)
from argosy.core.risk.snapshot import Mark

D = Decimal
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


def held(
    quantity: str, cost: str, *, strategy: str = "one", symbol: str = "s", bot: str = "b"
) -> PositionRecord:
    return PositionRecord("trading", bot, strategy, "v", symbol, D(quantity), D(cost))


def flows(
    amount: str, capital: str = "0", fees: str = "0", *, strategy: str = "one", venue: str = "v"
) -> CashTotals:
    return CashTotals("trading", "b", strategy, venue, "USD", D(amount), D(amount), D(capital), D(fees))


def test_what_strategies_hold_of_one_asset_is_one() -> None:
    two = [
        PositionRecord("trading", "b", "one", "v", "t", D(1), D(2), D(3), D(4)),
        held("5", "6", symbol="s"),
        PositionRecord("trading", "b", "two", "v", "t", D("-0.5"), D(10), D(20), D(30)),
        replace(held("7", "8", symbol="t"), venue="w"),
    ]
    assert by_asset(two) == [
        two[1],
        PositionRecord("trading", "b", "one", "v", "t", D("0.5"), D(12), D(23), D(34)),
        two[3],
    ]
    assert by_asset([]) == []


def test_sums_by_scope() -> None:
    found = summaries(
        [held("10", "4"), held("-5", "-3", strategy="two", symbol="t")],
        [flows("100", "100", strategy="", venue=""), flows("-4", fees="0.2"), flows("3.5", strategy="two")],
        {("v", "s"): Mark(D("0.5"), NOON), ("v", "t"): Mark(D("0.7"), NOON)},
        {"strategy:b/one": D(60), "strategy:b/idle": D(10)},
        fresh_since=NOON,
    )
    shown = {
        scope: (s.capital, s.cash, s.cost, s.value, s.fees, s.equity, s.realised, s.unrealised, s.pnl)
        for scope, s in found.items()
    }
    assert shown == {
        "platform": (100, D("99.5"), 1, D("1.5"), D("0.2"), 101, D("0.5"), D("0.5"), 1),
        "domain:trading": (100, D("99.5"), 1, D("1.5"), D("0.2"), 101, D("0.5"), D("0.5"), 1),
        "bot:b": (100, D("99.5"), 1, D("1.5"), D("0.2"), 101, D("0.5"), D("0.5"), 1),
        "strategy:b/one": (60, 56, 4, 5, D("0.2"), 61, 0, 1, 1),
        "strategy:b/two": (0, D("3.5"), -3, D("-3.5"), 0, 0, D("0.5"), D("-0.5"), 0),
        "strategy:b/idle": (10, 10, 0, 0, 0, 10, 0, 0, 0),
        "venue:v": (0, D("-0.5"), 1, D("1.5"), D("0.2"), 1, D("0.5"), D("0.5"), 1),
    }
    assert all(scope == s.scope and s.cautious_equity == s.equity for scope, s in found.items())


@pytest.mark.parametrize(
    ("mark", "value", "cautious"),
    [
        (None, 4, 4),
        (Mark(D("0.5"), NOON), 5, 5),
        (Mark(D("0.5"), NOON + timedelta(seconds=5)), 5, 5),
        (Mark(D("0.5"), NOON + timedelta(seconds=5, microseconds=1)), 5, 4),
        (Mark(D("0.5"), NOON - timedelta(microseconds=1)), 5, 4),
        (Mark(D("0.3"), NOON - timedelta(microseconds=1)), 3, 3),
    ],
)
def test_cautious_equity_has_no_gain_from_old_prices(mark: Mark | None, value: int, cautious: int) -> None:
    marks = {} if mark is None else {("v", "s"): mark}
    until = NOON + timedelta(seconds=5)
    found = summaries([held("10", "4")], [], marks, {}, fresh_since=NOON, fresh_until=until)["bot:b"]
    assert (found.value, found.cautious_equity) == (value, cautious)


def test_a_portfolio_is_exact() -> None:
    third = held("3", "1").position(Mark(D("0.4"), NOON))
    assert third.average_cost == D("0.333333333333")
    assert (third.paid, third.value, third.unrealised) == (1, D("1.2"), D("0.2"))
    unpriced = Position(venue="v", symbol="t", quantity=D(2), average_cost=D("0.25"))
    assert (unpriced.paid, unpriced.value, unpriced.unrealised) == (D("0.5"), D("0.5"), 0)
    mine = Portfolio(cash=D(10), initial_capital=D(11), positions=[third, unpriced])
    assert (mine.equity, mine.unrealised, mine.pnl) == (D("11.7"), D("0.2"), D("0.7"))
    assert held("0", "0").position(None).average_cost == 0


def summary(equity: str, capital: str = "100", cautious: str | None = None) -> Summary:
    sure = equity if cautious is None else cautious
    return Summary(scope="x", capital=D(capital), cash=D(equity), cautious_equity=D(sure))


def levels(high_water: str, day_start: str, capital: str = "100", day: str = "2026-02-02") -> EquityLevels:
    return EquityLevels(D(high_water), day, D(day_start), D(capital))


@pytest.mark.parametrize(
    ("before", "seen", "day", "after"),
    [
        (None, summary("90"), "2026-02-02", levels("100", "100")),
        (None, summary("110"), "2026-02-02", levels("110", "100")),
        (None, summary("110", cautious="105"), "2026-02-02", levels("105", "100")),
        (levels("120", "90"), summary("121"), "2026-02-02", levels("121", "90")),
        (levels("120", "90"), summary("119"), "2026-02-02", levels("120", "90")),
        (levels("120", "90"), summary("130", cautious="119"), "2026-02-02", levels("120", "90")),
        (levels("120", "90"), summary("95"), "2026-02-03", levels("120", "95", day="2026-02-03")),
        (levels("120", "90"), summary("95"), "2026-02-01", levels("120", "90")),
        (levels("120", "90"), summary("95", "160"), "2026-02-02", levels("180", "150", "160")),
        (levels("120", "90"), summary("95", "40"), "2026-02-02", levels("95", "30", "40")),
        (levels("120", "90"), summary("95", "160"), "2026-02-03", levels("180", "95", "160", "2026-02-03")),
    ],
)
def test_levels_move(before: EquityLevels | None, seen: Summary, day: str, after: EquityLevels) -> None:
    assert observe_equity(before, seen, day) == after


def test_a_day_may_begin_with_what_was_known_before_it() -> None:
    begun = levels("120", "90").begun("2026-02-04", D("130"), D("150"))
    assert begun == levels("170", "130", "150", "2026-02-04")
    later = observe_equity(begun, summary("95", "160"), "2026-02-04")
    assert later == levels("180", "140", "160", "2026-02-04")


@pytest.mark.parametrize(
    ("high_water", "equity", "lost"),
    [
        ("100", "100", "0"),
        ("100", "101", "0"),
        ("100", "99.99", "0.0001"),
        ("100", "0", "1"),
        ("100", "-10", "1.1"),
        ("3", "2", "0.333333333333"),
        ("0", "-1", "0"),
        ("-1", "-2", "0"),
        ("0.01", "0", "1"),
    ],
)
def test_drawdown(high_water: str, equity: str, lost: str) -> None:
    assert drawdown(D(high_water), D(equity)) == D(lost)


def test_a_day_ends_in_its_zone() -> None:
    zone = ZoneInfo("America/New_York")
    assert local_day(datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), zone) == "2026-03-08"
    assert (
        local_day(datetime(2026, 3, 9, 4, tzinfo=UTC), zone) == "2026-03-09"
    )  # after the change to summer time
    assert local_day(datetime(2026, 3, 8, 5, tzinfo=UTC), zone) == "2026-03-08"
    assert midnight(datetime(2026, 3, 9, 3, 59, tzinfo=UTC), zone) == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert midnight(datetime(2026, 3, 9, 4, tzinfo=UTC), zone) == datetime(2026, 3, 9, 4, tzinfo=UTC)


@given(st.lists(st.decimals(min_value=-1000, max_value=1000, places=2), min_size=1, max_size=30))
def test_the_high_water_mark_is_the_highest_there_was(equities: list[Decimal]) -> None:
    level = None
    for equity in equities:
        level = observe_equity(level, summary(str(equity), "0"), "2026-02-02")
    assert level is not None
    assert level.high_water == max(D(0), *equities)
    assert level.day_start_equity == 0  # what was paid in


@pytest.mark.parametrize(
    ("amount", "shown"),
    [("1.500", "1.5"), ("0E-12", "0"), ("100", "100"), ("1E+3", "1000"), ("-0.0", "0"), ("-2.50", "-2.5")],
)
def test_amounts_as_text(amount: str, shown: str) -> None:
    assert exact.text(D(amount)) == shown


def test_signs() -> None:
    assert [exact.sign(D(n)) for n in ("-0.1", "0", "-0", "0.1")] == [-1, 0, 0, 1]
    assert exact.absolute(D("-3")) == 3
    assert exact.negate(D("3")) == -3
