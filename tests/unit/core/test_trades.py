"""Closed trades: a position from its first unit to its last, credited to the strategy that held it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger import booking, fill

from argosy.core.actions.action import ActionKind
from argosy.core.money.ledger import Entry, entries_of
from argosy.core.money.trades import TradeRecord, TradeTally
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM

D = Decimal


def bought(
    name: str, strategy: str, quantity: str, price: str, symbol: str = "UP", fee: str = "0"
) -> list[Entry]:
    return entries_of(fill(name, "buy", quantity, price, symbol=symbol, fee=fee), booking(strategy))


def closed(
    name: str,
    sender: str,
    quantity: str,
    price: str,
    kind: ActionKind,
    split: tuple[tuple[str, str], ...] = (),
    symbol: str = "UP",
    fee: str = "0",
) -> list[Entry]:
    shares = [(strategy, D(units)) for strategy, units in split]
    deal = fill(name, "sell", quantity, price, symbol=symbol, fee=fee)
    return entries_of(deal, booking(sender, kind=kind), shares)


def tally(*entries: list[Entry]) -> TradeTally:
    found = TradeTally()
    for entry in (each for rows in entries for each in rows):
        found.add(entry)
    return found


def counts(record: TradeRecord) -> tuple[int, int, int]:
    return record.closed, record.wins, record.losses


def test_a_settlement_sent_by_another_strategy_is_the_holders_one_trade() -> None:
    found = tally(
        bought("1", "value", "10", "0.4", fee="0.1"),
        closed("2", "pairs", "10", "1", REDEEM, (("value", "10"),)),
    )
    assert counts(found.record("value")) == (1, 1, 0)
    assert found.record("value").win_rate == 1
    assert found.record("value").realised == D("5.9")
    assert counts(found.record("pairs")) == (0, 0, 0)
    assert found.record("pairs").win_rate is None
    assert counts(found.record()) == (1, 1, 0)


def test_two_strategies_with_opposite_bets_win_and_lose_for_themselves() -> None:
    found = tally(
        bought("1", "a", "10", "0.4"),
        bought("2", "b", "20", "0.5", symbol="DOWN"),
        closed("3", "a", "10", "1", REDEEM, (("a", "10"),)),
        closed("4", "a", "20", "0", REDEEM, (("b", "20"),), symbol="DOWN"),
    )
    assert counts(found.record("a")) == (1, 1, 0)
    assert counts(found.record("b")) == (1, 0, 1)
    assert (found.record("a").realised, found.record("b").realised) == (6, -10)
    assert counts(found.record()) == (2, 1, 1)


def test_purchases_and_partial_sales_are_one_trade_when_the_last_unit_goes() -> None:
    sale = ActionKind.PLACE_ORDER
    found = tally(
        bought("1", "a", "10", "0.4"),
        bought("2", "a", "10", "0.6"),
        closed("3", "a", "15", "0.7", sale),
    )
    assert counts(found.record("a")) == (0, 0, 0)
    for entry in closed("4", "a", "5", "0.1", sale):
        found.add(entry)
    assert counts(found.record("a")) == (1, 1, 0)  # 10.5 + 0.5 for 10
    for rows in (bought("5", "a", "5", "0.5"), closed("6", "a", "5", "0.4", sale)):
        for entry in rows:
            found.add(entry)
    assert counts(found.record("a")) == (2, 1, 1)


def test_the_fee_of_the_closing_fill_decides_too() -> None:
    found = tally(
        bought("1", "a", "10", "0.50"),
        closed("2", "a", "10", "0.51", ActionKind.PLACE_ORDER, fee="0.2"),
    )
    assert counts(found.record("a")) == (1, 0, 1)
    assert found.record("a").realised == D("-0.1")


def test_a_market_paid_back_at_cost_is_neither_won_nor_lost() -> None:
    found = tally(bought("1", "a", "10", "0.4"), closed("2", "a", "10", "0.4", REDEEM, (("a", "10"),)))
    assert counts(found.record("a")) == (1, 0, 0)
    assert found.record("a").win_rate is None


def test_the_legs_of_a_merge_are_one_trade() -> None:
    """UP was bought for 0.7 and DOWN for 0.2: one leg alone would count as a loss."""
    up, down = (
        fill(f"m-{number}", "sell", "10", "0.5", symbol=symbol).model_copy(update={"client_id": "merge"})
        for number, symbol in enumerate(("UP", "DOWN"))
    )
    merge = booking("a", kind=MERGE_PAIR)
    found = tally(
        bought("1", "a", "10", "0.7"),
        bought("2", "a", "10", "0.2", symbol="DOWN"),
        entries_of(up, merge, [("a", D(10))]),
        entries_of(down, merge, [("a", D(10))]),
    )
    assert counts(found.record("a")) == (1, 1, 0)
    assert found.record("a").realised == 1


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.integers(1, 99)), max_size=30))
def test_wins_and_losses_never_exceed_the_closed_trades(steps: list[tuple[str, int, int]]) -> None:
    found, held = TradeTally(), {"a": 0, "b": 0}
    for number, (strategy, quantity, cents) in enumerate(steps):
        side = "sell" if held[strategy] >= quantity else "buy"
        held[strategy] += quantity if side == "buy" else -quantity
        deal = fill(str(number), side, str(quantity), str(D(cents) / 100))
        for entry in entries_of(deal, booking(strategy)):
            found.add(entry)
    for name in (None, "a", "b"):
        record = found.record(name)
        assert record.wins + record.losses <= record.closed
    assert found.record().realised == found.record("a").realised + found.record("b").realised


@pytest.mark.parametrize("kind", [REDEEM, ActionKind.PLACE_ORDER])
def test_selling_nothing_is_no_trade(kind: ActionKind) -> None:
    assert counts(tally().record("a")) == (0, 0, 0)
    assert counts(tally(bought("1", "a", "1", "0.5")).record("a")) == (0, 0, 0)
