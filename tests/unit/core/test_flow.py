"""Entries of flows: the first revision whole, later ones as differences, exact in every currency."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from argosy.core.money import exact
from argosy.core.money.flow import (
    ENTRY_KINDS,
    Flow,
    FlowAccount,
    FlowKind,
    FlowOwner,
    FlowRevision,
    entries_of_revision,
    revise_flow,
)
from argosy.core.money.ledger import (
    CashState,
    Entry,
    EntryKind,
    PositionState,
    apply_to_cash,
    apply_to_position,
)
from argosy.core.money.portfolio import CashTotals, summaries
from argosy.core.money.rates import Rate
from argosy.core.money.statement import StatementAccount, flow_lines

D = Decimal
NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
ACCOUNT = FlowAccount("live", "", "shop", "USD")
OWNER = FlowOwner("trading", "bot", "s1")
YEN = Rate(D("0.0067"), "mark:fx/JPY/USD")


def flow(amount: str = "-412.10", **more: Any) -> Flow:
    values: dict[str, Any] = {
        "id": "f1",
        "at": NOON,
        "kind": FlowKind.SPEND,
        "amount": amount,
        "currency": "USD",
        "symbol": "campaign",
    }
    return Flow(**values | more)


def first(found: Flow, rate: Rate | None = None) -> FlowRevision:
    return FlowRevision(0, found, OWNER, rate or Rate(D(1), "same"))


def chain(*found: Flow, rate: Rate | None = None) -> list[Entry]:
    """Return the entries of the revisions of one flow, in order."""
    newest = first(found[0], rate)
    entries = entries_of_revision(ACCOUNT, newest)
    for each in found[1:]:
        after = revise_flow(newest, each, rate or Rate(D(1), "same"))
        entries += entries_of_revision(ACCOUNT, after, newest)
        newest = after
    return entries


def test_each_of_the_nine_kinds_has_an_entry_kind_of_its_own() -> None:
    assert set(ENTRY_KINDS) == set(FlowKind)
    assert len(set(ENTRY_KINDS.values())) == len(FlowKind) == 9


def test_a_revision_books_the_difference_on_the_day_of_the_flow() -> None:
    entries = chain(flow("-10"), flow("-12.5"), flow("-12.25"))
    assert [entry.amount for entry in entries] == [D(-10), D("-2.5"), D("0.25")]
    assert {entry.at for entry in entries} == {NOON}
    assert [entry.fill_id for entry in entries] == ["0", "1", "2"]
    assert entries[2].memo == "revision 2 of -12.5 USD"


def test_a_flow_revised_to_nothing_leaves_nothing_whatever_the_rate_does() -> None:
    newest = first(flow("-1234", currency="JPY"), YEN)
    gone = revise_flow(newest, flow("0", currency="JPY"), Rate(D("0.0071"), "mark:fx/JPY/USD"))
    entries = [*entries_of_revision(ACCOUNT, newest), *entries_of_revision(ACCOUNT, gone, newest)]
    assert [entry.amount for entry in entries] == [
        D(-1234),
        D(1234),
    ]  # yen have no minor unit: nothing is divided
    assert exact.total(entry.base_amount for entry in entries) == 0
    assert entries[0].base_amount == D("-8.2678")


@pytest.mark.parametrize(
    "other",
    [
        {"kind": FlowKind.FEE},
        {"at": NOON - timedelta(days=1)},
        {"symbol": "other"},
        {"currency": "USDC"},
    ],
)
def test_a_revision_that_moves_takes_the_former_back_exactly(other: dict[str, Any]) -> None:
    before, back, new = chain(flow("-10"), flow("-11", **other))
    assert (back.amount, back.kind, back.at, back.symbol, back.currency) == (
        D(10),
        before.kind,
        before.at,
        before.symbol,
        before.currency,
    )
    assert new.amount == D(-11)
    assert len({(each.client_id, each.fill_id, each.kind, each.symbol) for each in (before, back, new)}) == 3


def test_ids_of_different_flows_and_accounts_never_meet() -> None:
    other = FlowAccount("live", "", "shop2", "USD")
    names = {
        (entry.client_id, entry.fill_id)
        for account in (ACCOUNT, other)
        for found in (flow(), flow(id="f1:1"), flow(id="1"))
        for entry in entries_of_revision(account, first(found))
    }
    assert len(names) == 6


def test_a_flow_of_an_asset_changes_its_realised_profit_and_its_units() -> None:
    bought = PositionState(D(10), D(50))
    (sold,) = chain(flow("30", kind=FlowKind.SALE, quantity="-4", symbol="sku"))
    after = apply_to_position(bought, sold)
    assert (after.quantity, after.cost, after.realised) == (D(6), D(30), D(10))
    (interest,) = chain(flow("1.5", kind=FlowKind.INTEREST))
    assert apply_to_position(after, interest).realised == D("11.5")


def test_attributed_value_is_no_cash_and_in_no_sum_but_its_own() -> None:
    spent, claimed = chain(flow("-412.10")) + chain(flow("980", id="v", kind=FlowKind.ATTRIBUTED_VALUE))
    cash = apply_to_cash(apply_to_cash(CashState(), spent), claimed)
    assert (cash.amount, cash.base_amount, cash.attributed) == (D("-412.10"), D("-412.10"), D(980))
    assert apply_to_position(PositionState(), claimed) == PositionState()
    totals = CashTotals(
        "trading", "bot", "s1", "shop", "USD", cash.amount, cash.base_amount, attributed=D(980)
    )
    summary = summaries([], [totals], {}, {}, fresh_since=NOON)["bot:bot"]
    assert (summary.cash, summary.equity, summary.pnl, summary.attributed) == (
        D("-412.10"),
        D("-412.10"),
        D("-412.10"),
        D(980),
    )
    assert summary.profit(D("0.3")) == D("-118.10")
    assert summary.profit(D(0)) == summary.pnl


def test_the_statement_shows_attributed_value_apart_from_the_flows() -> None:
    account = StatementAccount()
    entries = chain(flow("-412.10")) + chain(flow("980", id="v", kind=FlowKind.ATTRIBUTED_VALUE))
    for entry in entries:
        account.take(entry)
    balance = account.balance()
    assert (balance.cash, balance.attributed) == (D("-412.10"), D(980))
    (line,) = flow_lines(entries)
    assert (line.kind, line.base_amount) == ("spend", balance.cash)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"amount": "NaN"},
        {"amount": "Infinity"},
        {"at": datetime(2026, 11, 29)},  # noqa: DTZ001 - the fault under test
        {"quantity": "1", "symbol": ""},
        {"quantity": "1", "kind": FlowKind.ATTRIBUTED_VALUE},
        {"kind": "gift"},
    ],
)
def test_a_flow_that_cannot_be_booked_is_refused_at_once(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        flow(**wrong)


def test_a_fee_of_a_venue_counts_as_a_fee() -> None:
    (fee,) = chain(flow("-3", kind=FlowKind.FEE))
    assert fee.kind is EntryKind.FEE
    assert apply_to_cash(CashState(), fee).fees == D(3)
    assert apply_to_position(PositionState(D(1), D(5)), fee) == PositionState(D(1), D(5), D(-3), D(3))
