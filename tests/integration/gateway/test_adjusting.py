"""A difference with a venue that somebody has explained is booked, and the bot may act again."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from support.ledger import NOON

from argosy.core.actions.action import ActionStatus
from argosy.core.money.adjustment import Adjustment
from argosy.core.safety.audit import Actor
from argosy.errors import InvalidInput, NotFound
from argosy.infrastructure.money.books import DatabaseBooks
from argosy.infrastructure.storage.money import adjustments, capital, proof
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration
D = Decimal
ANN = Actor(id="ann", origin="cli")


def book(desk: Any, asset: str = "USD", *, reason: str = "explained", **more: Any) -> None:
    wanted = Adjustment(**{"bot_id": "bot", "mode": "paper", "venue": "scripted", "asset": asset} | more)
    desk.database.run(adjustments.adjust(wanted, actor=ANN, at=NOON, reason=reason))


def look(desk: Any) -> str:
    status: str = desk.reconciler.bot(desk.caller, desk.venues, trigger="beat").status
    return status


def pnl(desk: Any) -> Decimal:
    return DatabaseBooks(desk.database, "bot", "paper").portfolio().pnl


def test_a_bot_that_was_stopped_by_a_difference_acts_again_once_it_is_booked(desk) -> None:
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED
    before = pnl(desk)
    assert look(desk) == "clean"
    desk.venue.cash += D("0.25")
    assert look(desk) == "drift"
    assert desk.submit(desk.order())[0].code == "reconcile.blocked"
    book(desk, amount=D("0.25"), kind="income", reason="interest of November")
    assert look(desk) == "clean"
    assert desk.submit(desk.order())[0].status is ActionStatus.FILLED
    assert pnl(desk) == before + D("0.25")
    newest = desk.database.run(audit.newest(action="ledger.adjust"))[0]
    assert (newest.subject, newest.reason, newest.actor) == ("bot:bot", "interest of November", "ann")
    assert newest.after is not None
    assert (newest.after["amount"], newest.after["kind"]) == ("0.25", "income")
    assert desk.database.run(proof.verify()).differences == []


def test_money_taken_out_at_the_venue_is_no_loss_and_leaves_the_capital(desk) -> None:
    desk.submit(desk.order())
    before = pnl(desk)
    assert look(desk) == "clean"
    desk.venue.cash -= 100
    assert look(desk) == "drift"
    book(desk, amount=D(-100), kind="transfer")
    assert look(desk) == "clean"
    assert pnl(desk) == before
    desk.submit(desk.order(max_fee=D(0)))  # the next decision settles with the capital that was set
    portfolio = DatabaseBooks(desk.database, "bot", "paper").portfolio()
    assert portfolio.initial_capital == desk.database.run(capital.account("bot")).capital == 1000


def test_units_that_are_gone_are_a_loss_of_what_they_cost(desk) -> None:
    desk.submit(desk.order(quantity="10", price="2"))
    before = pnl(desk)
    book(desk, "X", quantity=D(-4), strategy_id="s1")
    assert pnl(desk) == before - D("8.004")  # a part of the fee belongs to them
    [held] = DatabaseBooks(desk.database, "bot", "paper").portfolio("s1").positions
    assert (held.quantity, held.paid) == (6, D("12.006"))


def test_units_that_the_strategy_does_not_hold_are_not_taken_from_it(desk) -> None:
    """They would be sold short, and whoever holds them would go on holding."""
    desk.submit(desk.order(quantity="10", price="2"))
    for strategy, units in (("", "-4"), ("s2", "-1"), ("s1", "-10.5")):
        who = strategy or "the bot itself"
        with pytest.raises(InvalidInput, match=f"^{who} does not hold as many units: s1 10;"):
            book(desk, "X", quantity=D(units), strategy_id=strategy)
    book(desk, "X", quantity=D(-10), strategy_id="s1")
    book(desk, "X", quantity=D(3), strategy_id="s2")
    [held] = DatabaseBooks(desk.database, "bot", "paper").portfolio("s2").positions
    assert (held.quantity, held.paid) == (3, 0)


def test_what_is_found_needs_nothing_held(desk) -> None:
    """Neither units, which here make a short position smaller, nor money of the same name."""
    assert desk.submit(desk.order("sell", "10"))[0].status is ActionStatus.FILLED
    book(desk, "X", quantity=D(4), strategy_id="s1")
    book(desk, "X", amount=D(4), strategy_id="s1", rate=D(2))
    [held] = DatabaseBooks(desk.database, "bot", "paper").portfolio("s1").positions
    assert held.quantity == -6


def test_a_currency_needs_a_rate(desk) -> None:
    with pytest.raises(InvalidInput, match="the price of BNB"):
        book(desk, "BNB", amount=D("0.1"))
    book(desk, "BNB", amount=D("0.1"), rate=D(600))
    assert desk.all("SELECT base_amount, rate_source, memo FROM ledger_entries") == [
        (D("60.0"), "operator", "explained")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": D(0)},
        {"amount": D(1), "quantity": D(1)},
        {"amount": D(-1), "kind": "income"},
        {"amount": D(1), "kind": "expense"},
        {"quantity": D(1), "kind": "transfer"},
        {"amount": D(1), "asset": ""},
        {"amount": D(1), "venue": ""},
        {"amount": D(1), "reason": " "},
        {"amount": D(1), "asset": "EUR", "rate": D(0)},
    ],
)
def test_what_is_no_adjustment_is_refused(desk, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        book(desk, **wrong)
    assert desk.all("SELECT count(*) FROM ledger_entries") == [(0,)]


def test_of_an_unknown_bot_nothing_is_booked(desk) -> None:
    with pytest.raises(NotFound):
        book(desk, bot_id="nobody", amount=D(1))


def test_two_operators_cannot_take_the_same_units(desk) -> None:
    desk.submit(desk.order())
    barrier, refused = threading.Barrier(4), []

    def operator() -> None:
        barrier.wait()
        try:
            book(desk, "X", quantity=D(-10), strategy_id="s1")
        except InvalidInput as error:
            refused.append(error.message)

    threads = [threading.Thread(target=operator) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert desk.all("SELECT quantity FROM positions WHERE symbol = 'X'") == [(D(0),)]
