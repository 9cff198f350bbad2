"""Average-cost accounting against a model in fractions, and its rules at their edges."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal, Inexact, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger import NOON, booking, entry, fill

from argosy.core.actions.action import ActionKind, FeePart
from argosy.core.money import exact
from argosy.core.money.ledger import (
    CashState,
    Entry,
    EntryKind,
    PositionState,
    apply_to_cash,
    apply_to_position,
    entries_of,
    split_over,
)
from argosy.core.money.rates import MISSING
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM
from argosy.errors import InvalidInput

D = Decimal


def positions_after(*entries: Entry) -> PositionState:
    state = PositionState()
    for each in entries:
        state = apply_to_position(state, each)
    return state


def traded(*fills: str) -> PositionState:
    """Fills as "+10 0.4 0.1": signed quantity, price, fee."""
    entries = []
    for number, words in enumerate(fills):
        quantity, price, fee = words.split()
        side = "buy" if quantity.startswith("+") else "sell"
        entries += entries_of(fill(str(number), side, quantity[1:], price, fee), booking())
    return positions_after(*entries)


# --- the rules, one by one ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fills", "quantity", "cost", "realised", "fees"),
    [
        # A purchase costs its price and its fee; another one adds.
        (["+10 0.4 0.1"], "10", "4.1", "0", "0.1"),
        (["+10 0.4 0.1", "+10 0.6 0.3"], "20", "10.4", "0", "0.4"),
        # A sale realises against average cost; its fee reduces what it brought.
        (["+10 0.4 0.1", "-4 0.5 0.02"], "6", "2.46", "0.34", "0.12"),
        (["+10 0.4 0.1", "-10 0.5 0.02"], "0", "0", "0.88", "0.12"),
        # Short: what was brought is held against the purchase that covers it.
        (["-10 0.5 0.1"], "-10", "-4.9", "0", "0.1"),
        (["-10 0.5 0.1", "-10 0.3 0"], "-20", "-7.9", "0", "0.1"),
        (["-10 0.5 0.1", "+4 0.4 0.04"], "-6", "-2.94", "0.32", "0.14"),
        (["-10 0.5 0.1", "+10 0.4 0.04"], "0", "0", "0.86", "0.14"),
        # A change of sign closes the one and opens the other, the fee in the same parts.
        (["+4 0.5 0", "-10 0.6 0.1"], "-6", "-3.54", "0.36", "0.1"),
        (["-4 0.5 0", "+10 0.6 0.1"], "6", "3.66", "-0.44", "0.1"),
        # A rebate is a fee below zero.
        (["+10 0.4 -0.1"], "10", "3.9", "0", "-0.1"),
        # Worthless, and for nothing.
        (["+3 0.4 0", "-3 0 0"], "0", "0", "-1.2", "0"),
        (["+3 0 0", "-3 0.4 0"], "0", "0", "1.2", "0"),
        # One unit less than all, all, one more.
        (["+3 1 0", "-2 2 0"], "1", "1", "2", "0"),
        (["+3 1 0", "-3 2 0"], "0", "0", "3", "0"),
        (["+3 1 0", "-4 2 0"], "-1", "-2", "3", "0"),
    ],
)
def test_fills(fills: list[str], quantity: str, cost: str, realised: str, fees: str) -> None:
    assert traded(*fills) == PositionState(D(quantity), D(cost), D(realised), D(fees))


def test_a_part_of_the_cost_is_rounded_and_the_rest_stays_with_what_is_left() -> None:
    state = traded("+3 1 0", "-1 1 0")
    assert state == PositionState(D(2), D("2.0"), D(0), D(0))
    state = traded("+7 0.142857 0", "-1 1 0", "-1 1 0")
    assert state.cost == D("0.999999") - 2 * D("0.142857")
    uneven = traded("+3 0.1 0.1", "-1 1 0")
    assert uneven.cost == D("0.4") - D("0.133333333333")
    assert uneven.realised == 1 - D("0.133333333333")
    assert traded("+3 0.1 0.1", "-1 1 0", "-1 1 0", "-1 1 0").realised == D("2.6")


def test_halves_are_rounded_to_even() -> None:
    assert exact.share(D("1e-12"), D(1), D(2)) == 0
    assert exact.share(D("3e-12"), D(1), D(2)) == D("2e-12")


def test_a_fee_without_a_fill_and_other_flows_of_an_asset_are_realised() -> None:
    bought = entries_of(fill("1", "buy", "10", "0.4"), booking())
    for kind, amount, realised, fees in (
        (EntryKind.FEE, "-0.5", "-0.5", "0.5"),
        (EntryKind.INCOME, "0.7", "0.7", "0"),
        (EntryKind.EXPENSE, "-0.2", "-0.2", "0"),
    ):
        state = positions_after(*bought, entry(kind, amount, symbol="s"))
        assert state == PositionState(D(10), D(4), D(realised), D(fees))


def test_a_fee_that_comes_after_its_position_was_sold_is_realised() -> None:
    deal, fee = entries_of(fill("1", "buy", "10", "0.4", "0.1"), booking())
    (sale,) = entries_of(fill("2", "sell", "10", "0.4"), booking())
    assert positions_after(deal, sale, fee) == PositionState(D(0), D(0), D("-0.1"), D("0.1"))
    (half,) = entries_of(fill("2", "sell", "5", "0.4"), booking())
    assert positions_after(deal, half, fee) == PositionState(D(5), D("2.05"), D("-0.05"), D("0.1"))
    (more,) = entries_of(fill("2", "sell", "12", "0.4"), booking())
    assert positions_after(deal, more, fee) == PositionState(D(-2), D("-0.8"), D("-0.1"), D("0.1"))


def test_units_that_came_or_went_without_money() -> None:
    found = entry(EntryKind.ADJUSTMENT, "0", symbol="s", quantity=D(5))
    lost = entry(EntryKind.ADJUSTMENT, "0", symbol="s", quantity=D(-5))
    assert positions_after(found) == PositionState(D(5))
    bought = entries_of(fill("1", "buy", "10", "0.4"), booking())
    assert positions_after(*bought, lost) == PositionState(D(5), D(2), D(-2))


@pytest.mark.parametrize(
    ("kind", "changes", "capital", "fees"),
    [
        (EntryKind.CAPITAL, {}, "5", "0"),
        (EntryKind.TRANSFER, {}, "5", "0"),
        (EntryKind.TRANSFER, {"symbol": "s", "quantity": D(-1)}, "0", "0"),
        (EntryKind.FEE, {}, "0", "-5"),
        (EntryKind.TRADE, {"symbol": "s", "quantity": D(-1)}, "0", "0"),
        (EntryKind.INCOME, {}, "0", "0"),
        (EntryKind.ADJUSTMENT, {}, "0", "0"),
    ],
)
def test_cash(kind: EntryKind, changes: dict, capital: str, fees: str) -> None:
    flow = entry(kind, "4", base_amount=D(5), rate=D("1.25"), **changes)
    assert apply_to_cash(CashState(D(1), D(2), D(3), D(4)), flow) == CashState(
        D(5), D(7), D(3) + D(capital), D(4) + D(fees)
    )


# --- against models -------------------------------------------------------------------------------------------

units = st.decimals(min_value="0.001", max_value=1000, places=3)
prices = st.decimals(min_value=0, max_value=1, places=4)
fees = st.decimals(min_value="-0.01", max_value=1, places=5)
deals = st.lists(st.tuples(st.sampled_from(["buy", "sell"]), units, prices, fees), max_size=25)


def modelled(made: list) -> tuple[Fraction, Fraction, Fraction]:
    """Quantity, cost and realised in fractions: a fee is a part of its fill's price."""
    quantity = cost = realised = Fraction(0)
    for side, size, price, fee in made:
        change = Fraction(size) if side == "buy" else -Fraction(size)
        brought = (-change * Fraction(price) - Fraction(fee)) / abs(change)  # cash for each unit of the fill
        closed = min(abs(quantity), abs(change)) if quantity * change < 0 else Fraction(0)
        if closed:
            given = cost * closed / abs(quantity)
            realised += closed * brought - given
            cost -= given
        cost -= (abs(change) - closed) * brought
        quantity += change
    return quantity, cost, realised


def booked(made: list) -> list[Entry]:
    return [
        each
        for number, (side, size, price, fee) in enumerate(made)
        for each in entries_of(fill(str(number), side, str(size), str(price), str(fee)), booking())
    ]


@given(deals)
def test_any_fills_agree_with_the_model(made: list) -> None:
    state = positions_after(*booked(made))
    quantity, cost, realised = modelled(made)
    allowed = Fraction(len(made) * 3, 10**12)
    assert state.quantity == quantity
    assert abs(Fraction(state.cost) - cost) <= allowed
    assert abs(Fraction(state.realised) - realised) <= allowed
    assert state.fees == sum(fee for *_, fee in made)


@given(deals)
def test_nothing_is_lost_by_rounding(made: list) -> None:
    entries = booked(made)
    state = positions_after(*entries)
    assert state.realised - state.cost == sum((e.base_amount for e in entries), D(0))
    if not state.quantity:
        assert state.cost == 0
    held = state.quantity
    if held:
        side = "sell" if held > 0 else "buy"
        entries += entries_of(fill("end", side, str(abs(held)), "0.377", "0.013"), booking())
        state = positions_after(*entries)
    assert (state.quantity, state.cost) == (0, 0)
    assert state.realised == sum((e.base_amount for e in entries), D(0))


@given(deals)
def test_the_context_of_the_caller_does_not_matter(made: list) -> None:
    want = positions_after(*booked(made))
    with localcontext(prec=3) as context:
        context.traps[Inexact] = False
        entries = booked(made)
        assert positions_after(*entries) == want
        cash = CashState()
        for each in entries:
            cash = apply_to_cash(cash, each)
    assert cash.amount == sum((e.amount for e in entries), D(0))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["one", "two"]), st.sampled_from(["s", "t"]), st.sampled_from(["buy", "sell"]), units, prices
        ),
        max_size=30,
    )
)  # fmt: skip
def test_strategies_and_assets_do_not_touch_each_other(made: list) -> None:
    states: dict = defaultdict(PositionState)
    alone: dict = defaultdict(list)
    for number, (strategy, symbol, side, size, price) in enumerate(made):
        (each,) = entries_of(fill(str(number), side, str(size), str(price), symbol=symbol), booking(strategy))
        at = (each.strategy_id, each.symbol)
        states[at] = apply_to_position(states[at], each)
        alone[strategy, symbol].append((side, size, price, D(0)))
    assert {at: state.quantity for at, state in states.items()} == {
        at: modelled(fills)[0] for at, fills in alone.items()
    }


# --- entries of fills -----------------------------------------------------------------------------------------


def test_a_fill_is_a_deal_and_a_fee() -> None:
    deal, fee = entries_of(fill("7", "buy", "10", "0.41", "0.05"), booking())
    assert deal == Entry(
        at=NOON,
        mode="paper",
        domain="trading",
        bot_id="b",
        strategy_id="one",
        venue="v",
        kind=EntryKind.TRADE,
        currency="USD",
        amount=D("-4.1"),
        rate=D(1),
        rate_source="same",
        base_currency="USD",
        base_amount=D("-4.1"),
        symbol="s",
        quantity=D(10),
        price=D("0.41"),
        client_id="c-7",
        fill_id="7",
    )
    assert fee == replace(
        deal,
        kind=EntryKind.FEE,
        amount=D("-0.05"),
        base_amount=D("-0.05"),
        quantity=D(0),
        price=None,
        memo="of a fill of 10",
    )


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        (ActionKind.PLACE_ORDER, EntryKind.TRADE),
        (ActionKind.PURCHASE, EntryKind.TRADE),
        (REDEEM, EntryKind.SETTLEMENT),
        (MERGE_PAIR, EntryKind.MERGE),
        (ActionKind.ALLOCATE, EntryKind.TRADE),
        (ActionKind.CUSTOM, EntryKind.TRADE),
    ],
)
def test_what_kind_a_deal_is(action: ActionKind, kind: EntryKind) -> None:
    (deal,) = entries_of(fill("1", "sell", "10", "1"), booking(kind=action))
    assert (deal.kind, deal.amount, deal.quantity) == (kind, 10, -10)


def test_settlement_and_merge_close_at_what_was_paid() -> None:
    bought = entries_of(fill("1", "buy", "10", "0.4", "0.1"), booking())
    redeemed = entries_of(fill("2", "sell", "10", "1"), booking(kind=REDEEM))
    assert positions_after(*bought, *redeemed) == PositionState(D(0), D(0), D("5.9"), D("0.1"))
    merged = entries_of(fill("2", "sell", "4", "0.5"), booking(kind=MERGE_PAIR))
    assert positions_after(*bought, *merged) == PositionState(D(6), D("2.46"), D("0.36"), D("0.1"))


def test_another_currency_is_booked_at_its_rate() -> None:
    path = booking(rate=D("1.1"), rate_source="mark:k/EUR/USD")
    deal, fee = entries_of(fill("1", "buy", "10", "2", "0.5", currency="EUR"), path)
    assert (deal.currency, deal.amount, deal.base_amount) == ("EUR", -20, -22)
    assert (fee.currency, fee.amount, fee.base_amount, fee.rate_source) == (
        "EUR",
        D("-0.5"),
        D("-0.55"),
        "mark:k/EUR/USD",
    )
    assert positions_after(deal, fee).cost == D("22.55")


def test_a_fee_in_a_third_currency() -> None:
    paid = fill("1", "buy", "10", "2", "0.5", fee_currency="BNB")
    _, fee = entries_of(paid, booking(fee_rate=D(600), fee_rate_source="mark:k/BNB/USD"))
    assert (fee.currency, fee.amount, fee.base_amount, fee.rate_source) == (
        "BNB",
        D("-0.5"),
        -300,
        "mark:k/BNB/USD",
    )
    _, fee = entries_of(paid, booking())
    assert (fee.amount, fee.base_amount, fee.rate_source) == (D("-0.5"), D("-0.5"), MISSING)
    in_base = fill("1", "buy", "10", "2", "0.5", currency="EUR", fee_currency="USD")
    _, fee = entries_of(in_base, booking(rate=D("1.1"), fee_rate=D(7)))
    assert (fee.currency, fee.base_amount, fee.rate_source) == ("USD", D("-0.5"), "same")
    same = fill("1", "buy", "10", "2", "0.5", currency="EUR", fee_currency="EUR")
    _, fee = entries_of(same, booking(rate=D("1.1"), fee_rate=D(7)))
    assert (fee.currency, fee.base_amount) == ("EUR", D("-0.55"))


@pytest.mark.parametrize("symbol", ["BTC/USD", "BTC"])
def test_a_fee_in_units_of_the_asset(symbol: str) -> None:
    bought = entries_of(fill("1", "buy", "1", "100", "0.002", symbol=symbol, fee_currency="BTC"), booking())
    assert [(e.kind.value, e.quantity, e.amount) for e in bought] == [
        ("trade", D("0.998"), D("-99.8")),
        ("fee", 0, D("-0.2")),
    ]
    assert positions_after(*bought) == PositionState(D("0.998"), D(100), D(0), D("0.2"))
    sold = entries_of(fill("2", "sell", "0.5", "100", "0.002", symbol=symbol, fee_currency="BTC"), booking())
    assert [(e.kind.value, e.quantity, e.amount) for e in sold] == [
        ("trade", D("-0.502"), D("50.2")),
        ("fee", 0, D("-0.2")),
    ]
    assert positions_after(*bought, *sold).quantity == D("0.496")


def test_a_split_gives_each_its_part_of_the_fee() -> None:
    shared = fill("1", "sell", "9", "1", "0.1")
    entries = entries_of(shared, booking("x", REDEEM), [("one", D(3)), ("two", D(3)), ("three", D(3))])
    assert [(e.strategy_id, e.kind.value, e.quantity, e.amount) for e in entries] == [
        ("one", "settlement", -3, 3),
        ("one", "fee", 0, D("-0.033333333333")),
        ("two", "settlement", -3, 3),
        ("two", "fee", 0, D("-0.033333333333")),
        ("three", "settlement", -3, 3),
        ("three", "fee", 0, D("-0.033333333334")),
    ]
    assert [e.memo for e in entries[1::2]] == ["of a fill of -3"] * 3


def test_what_a_split_leaves_is_the_actions_own() -> None:
    shared = fill("1", "sell", "9", "1")
    parts = entries_of(shared, booking("own"), [("one", D(3)), ("none", D(0)), ("own", D(1)), ("one", D(1))])
    assert [(e.strategy_id, e.quantity) for e in parts] == [("one", -4), ("own", -5)]
    (whole,) = entries_of(shared, booking("own"), [("one", D(9))])
    assert whole.strategy_id == "one"
    (nothing,) = entries_of(fill("1", "sell", "0", "1"), booking("own"))
    assert (nothing.strategy_id, nothing.quantity) == ("own", 0)
    with pytest.raises(InvalidInput, match="more than the fill"):
        entries_of(shared, booking(), [("one", D("9.001"))])
    with pytest.raises(InvalidInput, match="below 0"):
        entries_of(shared, booking(), [("one", D("-0.001"))])


def test_a_fill_needs_its_ids_and_the_base_currency_its_rate() -> None:
    for ids in ({"id": ""}, {"client_id": ""}):
        with pytest.raises(InvalidInput, match="ids"):
            entries_of(fill("1", "buy", "1", "1").model_copy(update=ids), booking())
    with pytest.raises(InvalidInput, match="rate of the base currency"):
        entries_of(fill("1", "buy", "1", "1"), booking(rate=D(2)))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": D("NaN")},
        {"base_amount": D("Infinity")},
        {"quantity": D("NaN"), "symbol": "s"},
        {"price": D("Infinity")},
        {"rate": D(0), "base_amount": D(0)},
        {"rate": D(-1), "base_amount": D(-1)},
        {"base_amount": D("1.01")},
        {"at": datetime(2026, 2, 2)},  # noqa: DTZ001
        {"quantity": D(1)},
    ],
)
def test_what_is_no_entry_is_refused(changes: dict) -> None:
    with pytest.raises(InvalidInput):
        replace(entry(EntryKind.INCOME, "1"), **changes)


def test_any_digits_are_kept() -> None:
    tiny, huge = D("1e-40"), D("1e40")
    flows = [entry(EntryKind.INCOME, str(amount)) for amount in (huge, tiny, -huge)]
    cash = CashState()
    for each in flows:
        cash = apply_to_cash(cash, each)
    assert cash.amount == tiny
    with pytest.raises(Inexact):
        exact.add(D("1e150"), D("1e-150"))


# --- whose shares are closed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("holdings", "quantity", "split"),
    [
        ({"own": 5, "a": 3}, 4, [("own", 4)]),
        ({"own": 5, "a": 3}, 5, [("own", 5)]),
        ({"b": 2, "own": 5, "a": 3}, 6, [("own", 5), ("a", 1)]),
        ({"b": 2, "own": 5, "a": 3}, 9, [("own", 5), ("a", 3), ("b", 1)]),
        ({"b": 2, "own": 5, "a": 3}, 11, [("own", 6), ("a", 3), ("b", 2)]),
        ({"a": 3}, 4, [("a", 3), ("own", 1)]),
        ({"own": -2, "a": 0, "b": 1}, 2, [("b", 1), ("own", 1)]),
        ({}, 2, [("own", 2)]),
        ({"own": 3}, 0, []),
    ],
)
def test_own_shares_go_first(holdings: dict, quantity: int, split: list) -> None:
    assert split_over({name: D(held) for name, held in holdings.items()}, "own", D(quantity)) == split


@given(st.dictionaries(st.sampled_from(["a", "b", "own", "z"]), st.integers(-5, 9)), st.integers(0, 30))
def test_a_split_gives_unit_by_unit_what_there_is(holdings: dict, quantity: int) -> None:
    want: dict = defaultdict(int)
    left = dict(holdings)
    for _ in range(quantity):
        having = sorted((name for name, held in left.items() if held > 0), key=lambda n: (n != "own", n))
        name = having[0] if having else "own"
        want[name] += 1
        if having:
            left[name] -= 1
    got = dict(split_over({name: D(held) for name, held in holdings.items()}, "own", D(quantity)))
    assert got == want
    assert sum(got.values()) == quantity


def test_a_deal_costs_what_its_units_cost() -> None:
    deal = {"symbol": "s", "quantity": Decimal(3), "price": Decimal("0.4")}
    assert entry(EntryKind.TRADE, "-1.2", **deal).amount == Decimal("-1.2")
    for amount in ("1.2", "-1.2000000001", "0"):
        with pytest.raises(InvalidInput, match="what its units cost"):
            entry(EntryKind.TRADE, amount, **deal)
    assert entry(EntryKind.TRADE, "0", **deal | {"price": Decimal(0)}).amount == 0
    assert entry(EntryKind.ADJUSTMENT, "0", **deal | {"price": None}).amount == 0


def test_a_fee_in_several_currencies_is_one_entry_each() -> None:
    parts = [FeePart(amount=D("0.01"), currency="BNB"), FeePart(amount=D("0.5"), currency="X")]
    executed = fill("7", "buy", "10", "2", "0.3").model_copy(update={"symbol": "X/USD", "other_fees": parts})
    where = replace(booking(), other_rates={"BNB": (D(600), "mark")})
    entries = entries_of(executed, where, [("a", D(4)), ("b", D(6))])
    assert [(e.strategy_id, e.fill_id, e.kind.value, e.currency, e.amount, e.quantity) for e in entries] == [
        ("a", "7", "trade", "USD", D("-7.6"), D("3.8")),
        ("a", "7", "fee", "USD", D("-0.12"), D(0)),
        ("a", "7+BNB", "fee", "BNB", D("-0.004"), D(0)),
        ("a", "7+X", "fee", "USD", D("-0.4"), D(0)),
        ("b", "7", "trade", "USD", D("-11.4"), D("5.7")),
        ("b", "7", "fee", "USD", D("-0.18"), D(0)),
        ("b", "7+BNB", "fee", "BNB", D("-0.006"), D(0)),
        ("b", "7+X", "fee", "USD", D("-0.6"), D(0)),
    ]
    assert sum(e.base_amount for e in entries if e.fill_id == "7+BNB") == D(-6)
    # Booked once each: the key of the ledger tells them apart.
    assert len({(e.fill_id, e.kind, e.strategy_id, e.symbol) for e in entries}) == len(entries)


@pytest.mark.parametrize(("symbol", "currency"), [("btc/usd", "BTC"), ("BTC/USD", "btc"), ("BTC", "BTC")])
def test_a_fee_in_units_however_the_unit_is_written(symbol: str, currency: str) -> None:
    bought = fill("7", "buy", "10", "2", "1").model_copy(update={"symbol": symbol, "fee_currency": currency})
    assert [(e.kind.value, e.quantity, e.currency) for e in entries_of(bought, booking())] == [
        ("trade", D(9), "USD"),
        ("fee", D(0), "USD"),
    ]
