"""What is booked of an order, against the venue's own record, and what makes both equal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger import NOON, booking, fill

from argosy.core.actions.action import FeePart, Fill
from argosy.core.money.ledger import (
    CashState,
    Entry,
    EntryKind,
    PositionState,
    apply_to_cash,
    apply_to_position,
)
from argosy.core.money.ledger import entries_of as booked_of
from argosy.core.money.ledger_check import Comparison, compare, corrections, sums_of
from argosy.core.money.rates import MISSING
from argosy.core.venues.venue import OrderRecord

D = Decimal
LATER = NOON + timedelta(days=3)
WHERE = booking()


def row(name: str, quantity: str, price: str, fee: str = "0", **more) -> Fill:
    return fill(name, "buy", quantity, price, fee, client_id="o", symbol="X/USD", **more)


def entries(*fills: Fill) -> list[Entry]:
    return [entry for each in fills for entry in booked_of(each, WHERE)]


def looked(rows: Sequence[Entry], *fills: Fill, **more) -> Comparison:
    return compare(rows, OrderRecord("o", fills, ended=True, **more), lambda _: WHERE)


def corrected(rows: Sequence[Entry], found: Comparison) -> list[Entry]:
    return [*rows, *corrections(found, lambda _: WHERE, LATER, "mended")[0]]


def state(rows: Sequence[Entry]) -> tuple[PositionState, CashState]:
    position, cash = PositionState(), CashState()
    for entry in rows:
        position = apply_to_position(position, entry)
        cash = apply_to_cash(cash, entry)
    return position, cash


RIGHT = (row("1", "1", "100", "0.1"), row("2", "2", "99", "0.2"))


@pytest.mark.parametrize(
    ("booked", "problems"),
    [
        ([], ("missing", "fee")),
        ([RIGHT[0]], ("missing", "fee")),
        ([RIGHT[0], row("3", "1", "100", "0.1")], ("missing", "fee")),  # one twice, the other never
        ([*RIGHT, row("3", "2", "99", "0.2")], ("surplus", "fee")),
        ([RIGHT[0], row("2", "2", "101", "0.2")], ("price",)),
        ([row("1", "1", "100"), RIGHT[1]], ("fee",)),
        ([RIGHT[0], row("2", "2", "99", "0.2", fee_currency="usd")], ("fee",)),
    ],
)
def test_what_is_booked_wrong_is_named_and_corrected_to_the_last_digit(
    booked: list[Fill], problems: tuple[str, ...]
) -> None:
    rows = entries(*booked)
    found = looked(rows, *RIGHT)
    assert found.problems == problems
    after = corrected(rows, found)
    assert looked(after, *RIGHT).problems == ()
    assert sums_of(after) == sums_of(entries(*RIGHT))
    position, _ = state(after)
    # A row taken back closes its units at the average cost: profit in all is right, its realised part may differ.
    assert (position.quantity, position.cost - position.realised) == (3, D("298.3"))
    assert {entry.kind for entry in after[len(rows) :]} <= {EntryKind.ADJUSTMENT, EntryKind.FEE}
    assert all(entry.at == LATER for entry in after[len(rows) :])
    keys = [(e.fill_id, e.kind, e.strategy_id, e.symbol) for e in after]
    assert len(set(keys)) == len(keys)


def test_what_is_right_is_kept() -> None:
    rows = entries(RIGHT[0], row("2", "2", "101", "0.2"))
    found = looked(rows, *RIGHT)
    assert found.kept == {"1"}
    assert {entry.fill_id for entry in found.wrong} == {"2"}
    assert [each.id for each in found.unbooked] == ["2"]
    assert found.booked.text == "3 for -302 USD, fee 0.3 USD"


def test_equal_sums_in_other_parts_are_right() -> None:
    assert looked(entries(row("o-1", "3", "100", "0.3")), row("a", "1", "90", "0.1"), row("b", "2", "105", "0.2")).problems == ()  # fmt: skip


def test_totals_may_be_off_by_what_rounding_took() -> None:
    rows = entries(row("1", "3", "99.333"))
    assert looked(rows, row("", "3", "99.33"), slack=D("0.02")).problems == ()
    assert looked(rows, row("", "3", "99.33")).problems == ("price",)


def test_a_fee_in_units_and_one_in_several_currencies() -> None:
    parts = [FeePart(amount=D("0.01"), currency="BNB")]
    right = row("1", "3", "100", "0.003", fee_currency="X", other_fees=parts)
    rows = entries(row("1", "3", "100"))
    found = looked(rows, right)
    after = corrected(rows, found)
    assert looked(after, right).problems == ()
    assert sums_of(after) == sums_of(entries(right))


def test_the_same_correction_has_the_same_ids_and_a_second_one_others() -> None:
    rows = entries(RIGHT[0], row("2", "2", "101", "0.2"))
    first = corrections(looked(rows, *RIGHT), lambda _: WHERE, LATER, "a")[0]
    again = corrections(looked(rows, *RIGHT), lambda _: WHERE, LATER + timedelta(hours=1), "b")[0]
    assert [each.fill_id for each in first] == [each.fill_id for each in again]
    after = [*rows, *first]
    other = looked(after, RIGHT[0], row("2", "2", "98", "0.2"))
    third = corrections(other, lambda _: WHERE, LATER, "c")[0]
    assert not {each.fill_id for each in first} & {each.fill_id for each in third}
    assert looked([*after, *third], RIGHT[0], row("2", "2", "98", "0.2")).problems == ()


def test_a_row_is_taken_back_at_the_rate_it_was_booked_at() -> None:
    foreign = replace(WHERE, rate=D("1.1"), rate_source="mark")
    eur = row("1", "1", "100", currency="EUR")
    right = row("1", "1", "90", currency="EUR")
    rows = booked_of(eur, foreign)
    now = replace(WHERE, rate=D("1.3"), rate_source="mark")
    found = compare(rows, OrderRecord("o", [right], ended=True), lambda _: now)
    made, _ = corrections(found, lambda _: now, LATER, "mended")
    assert [(each.amount, each.base_amount) for each in made] == [(100, 110), (-90, -99)]


def test_fees_in_several_currencies_belong_to_their_execution() -> None:
    parts = [FeePart(amount=D("0.01"), currency="BNB")]
    right = row("a+b", "1", "100", "0.1", other_fees=parts)
    rows = entries(right, row("2", "2", "101", "0.2"))
    found = looked(rows, right, RIGHT[1])
    assert found.kept == {"a+b"}
    assert {entry.fill_id for entry in found.wrong} == {"2"}


def test_what_was_taken_back_is_not_wrong_again() -> None:
    rows = entries(RIGHT[0], row("2", "2", "101", "0.2"))
    after = corrected(rows, looked(rows, *RIGHT))
    found = looked(after, RIGHT[0], row("2", "2", "98", "0.2"))
    assert found.kept == {"1"}
    assert [each.fill_id.startswith("anew:") for each in found.wrong] == [True, True]


def test_executions_without_ids_are_booked_anew_under_ids_of_their_own() -> None:
    right = row("", "1", "100", "0.1"), row("", "1", "100", "0.1")
    after = corrected([], looked([], *right))
    assert sums_of(after) == sums_of(entries(row("1", "1", "100", "0.1"), row("2", "1", "100", "0.1")))
    assert len({entry.fill_id for entry in after}) == 2


@pytest.mark.parametrize(
    ("source", "worth"), [(MISSING, "-6"), ("mark", "-9")], ids=["no rate now", "a rate now"]
)
def test_a_fee_has_the_rate_it_was_booked_at_where_there_is_none_now(source: str, worth: str) -> None:
    then = replace(WHERE, fee_rate=D("600"), fee_rate_source="mark")
    now = replace(WHERE, fee_rate=D("900"), fee_rate_source=source)
    rows = booked_of(row("1", "1", "100", "0.01", fee_currency="BNB"), then)
    right = row("1", "1", "90", "0.01", fee_currency="BNB")
    found = compare(rows, OrderRecord("o", [right], ended=True), lambda _: now)
    made, _ = corrections(found, lambda _: now, LATER, "mended")
    fees = [entry.base_amount for entry in made if entry.kind is EntryKind.FEE and entry.amount < 0]
    assert fees == [D(worth)]


some = st.lists(
    st.tuples(st.sampled_from("abcd"), st.integers(1, 3), st.integers(98, 100), st.integers(0, 2)), max_size=5
)


@settings(deadline=None, max_examples=60)
@given(some, some)
def test_whatever_is_booked_ends_as_the_venue_has_it(before: list, after: list) -> None:
    def fills(rows: list) -> list[Fill]:
        return [row(f"{n}{i}", str(q), str(p), str(f)) for i, (n, q, p, f) in enumerate(rows)]

    rows = entries(*fills(before))
    found = looked(rows, *fills(after))
    mended = corrected(rows, found) if found.problems else rows
    assert looked(mended, *fills(after)).problems == ()
    assert sums_of(mended) == sums_of(entries(*fills(after)))
    position, cash = state(mended)
    right, money = state(entries(*fills(after)))
    assert (position.quantity, cash.amount, cash.fees) == (right.quantity, money.amount, money.fees)
    assert position.realised - position.cost == right.realised - right.cost
