"""The paper venue: its record, what it refuses, what it pays, and that its books always balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.core.actions.action import ActionKind, ActionResult, ActionStatus
from argosy.core.clock import to_ms
from argosy.core.venues.venue import OrderBook
from argosy.domains.trading.action_kinds import MERGE_PAIR, REDEEM
from argosy.domains.trading.market import BinaryVenue
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.binary import SLUG, START, a_market, d
from tests.support.paper_desk import CALM, desk


def test_it_is_a_binary_venue() -> None:
    assert isinstance(desk().venue, BinaryVenue)


def test_a_fill_costs_price_and_the_markets_own_fee() -> None:
    there = desk()
    result = there.buy("up-token", "40", "0.50")
    assert result.status is ActionStatus.FILLED
    # 40 · 0.07 · 0.5 · 0.5 = 0.7
    assert (result.filled, result.average_price, result.fee) == (40, d("0.50"), d("0.70000"))
    assert there.cash == 1000 - d("20") - d("0.7")
    (holding,) = there.venue.holdings()
    assert (holding.outcome, holding.quantity, holding.cost) == ("UP", 40, d("20.7"))


def test_the_same_client_id_fills_once_even_after_a_restart() -> None:
    there = desk()
    action = there.order("up-token", "40", "0.50")
    first = there.venue.execute(action)
    again = there.venue.execute(action)
    after_restart = there.reopened().execute(action)
    assert first == again == after_restart
    assert there.reopened().query_action(action.client_id) == first
    assert there.venue.holdings()[0].quantity == 40


class Crash(Exception):
    """The process is gone."""


class DyingDocuments(MemoryDocuments):
    """Dies right after the account was written, when told to."""

    dying = False

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        value = super().update(namespace, key, change)
        if self.dying and key == "account":
            raise Crash
        return value


def test_a_crash_right_after_a_change_leaves_its_result_behind() -> None:
    there = desk()
    documents = there.documents = DyingDocuments()
    there.venue = there.reopened()
    action = there.order("up-token", "40", "0.50")
    resting = there.order("up-token", "40", "0.45", time_in_force="GTC")
    there.venue.execute(resting)
    documents.dying = True
    with pytest.raises(Crash):
        there.venue.execute(action)
    with pytest.raises(Crash):
        there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=resting.client_id)
    documents.dying = False
    found = there.reopened().query_action(action.client_id)
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, 40)
    assert there.reopened().execute(action) == found
    ended = there.reopened().query_action(resting.client_id)
    assert ended is not None
    assert ended.status is ActionStatus.CANCELLED


def test_every_fill_has_a_name_that_never_changes() -> None:
    there = desk(rows=[(0.0, "0.49", "0.50", "0.50", "0.51"), (70.0, "0.43", "0.44", "0.56", "0.57")])
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    assert there.venue.execute(action).fills == []
    (order,) = there.venue.open_orders()
    assert (order.client_id, order.quantity, order.filled, order.price) == (
        action.client_id,
        40,
        0,
        d("0.45"),
    )
    there.clock.set(START + timedelta(seconds=71))
    first = there.venue.query_action(action.client_id)
    assert first is not None
    assert [fill.id for fill in first.fills] == [f"{action.client_id[:16]}-0"]
    assert there.reopened().query_action(action.client_id) == first
    assert there.venue.open_orders() == []
    up, down = (there.buy(token, "10", "0.60") for token in ("up-token", "down-token"))
    merged = there.other(MERGE_PAIR, "up-token", "10", pairWith="down-token")
    ids = [(fill.client_id, fill.id) for result in (up, down, merged) for fill in result.fills]
    assert len(ids) == len(set(ids)) >= 4


def test_results_are_kept_however_many_follow() -> None:
    there = desk()
    actions = [there.order("up-token", "5", "0.10") for _ in range(60)]
    results = [there.venue.execute(action) for action in actions]
    assert [there.venue.query_action(action.client_id) for action in actions] == results
    account = there.documents.get(there.venue.namespace, "account")
    assert account is not None
    assert len(account.value["recent"]) < 30


@pytest.mark.parametrize(
    ("shares", "limit", "changes", "why"),
    [
        ("40", "0.505", {}, "grid"),
        ("40", "1.00", {}, "grid"),
        ("40.001", "0.50", {}, "cannot be expressed"),
        ("1.5", "0.50", {}, "minimum of 1 USD"),
        ("4", "0.40", {"time_in_force": "GTC"}, "lower than the minimum"),
        ("4000", "0.50", {"time_in_force": "GTC"}, "not enough balance"),
        ("40", "0.40", {"side": "sell"}, "not enough balance"),
        ("40.5", "0.49", {}, "40.4897"),
        ("40", "0.45", {"parameters": {"slug": SLUG, "postOnly": "true"}}, "able to rest"),
        (
            "40",
            "0.50",
            {"parameters": {"slug": SLUG, "postOnly": "true"}, "time_in_force": "GTC"},
            "crosses book",
        ),
        ("40", "0.45", {"time_in_force": "GTD"}, "invalid expiration"),
        ("40", "0.50", {"parameters": {}}, "slug"),
        ("40", "0.50", {"parameters": {"slug": "btc-updown-15m-1"}}, "no market"),
        ("40", None, {}, "limit price"),
        ("40", "0.50", {"kind": ActionKind.SET_BUDGET}, "no action"),
    ],
)
def test_what_the_venue_would_refuse(
    shares: str, limit: str | None, changes: dict[str, object], why: str
) -> None:
    there = desk(size="10000")
    result = there.venue.execute(there.order("up-token", shares, limit, **changes))
    assert result.status is ActionStatus.REJECTED
    assert why in (result.reason or "")
    assert there.cash == 1000


def test_no_order_after_the_window() -> None:
    there = desk(at=899.95)
    assert "window" in (there.buy("up-token", "40", "0.50").reason or "")
    there.clock.advance(1)
    assert "does not accept" in (there.buy("up-token", "40", "0.50").reason or "")


def test_merging_a_pair_gives_one_dollar_a_pair() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.buy("down-token", "40", "0.51")
    merged = there.other(MERGE_PAIR, "up-token", "40", pairWith="down-token")
    assert merged.status is ActionStatus.FILLED
    assert there.venue.holdings() == []
    portfolio = there.venue.portfolio()
    assert portfolio.cash == 1000 + portfolio.realised
    assert portfolio.realised == 40 - d("20") - d("20.4") - portfolio.fees


def test_merging_more_than_there_is_is_refused() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.buy("down-token", "10", "0.51")
    assert there.other(MERGE_PAIR, "up-token", "20", pairWith="down-token").status is (ActionStatus.REJECTED)
    assert there.other(MERGE_PAIR, "up-token", "10", pairWith="up-token").status is (ActionStatus.REJECTED)


def test_nothing_is_paid_out_before_the_resolution() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.clock.advance(900)
    early = there.other(REDEEM, "up-token")
    assert early.status is ActionStatus.REJECTED
    assert "not resolved" in (early.reason or "")
    there.source.winner = "UP"
    paid = there.other(REDEEM, "up-token")
    assert (paid.filled, paid.average_price) == (40, 1)
    assert there.cash == 1000 - d("20.7") + 40


def test_the_losing_outcome_is_paid_nothing() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.clock.advance(900)
    there.source.winner = "DOWN"
    there.other(REDEEM, "up-token")
    portfolio = there.venue.portfolio()
    assert portfolio.positions == []
    assert portfolio.realised == d("-20.7")


def test_positions_are_marked_at_the_last_sane_bid() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [*CALM[:63], (63.0, "0.60", "0.55", "0.40", "0.41")]
    there = desk(rows)
    there.buy("up-token", "40", "0.50")
    assert there.venue.positions()[0].mark == d("0.49")
    there.clock.advance(5)  # the book is crossed now
    assert there.venue.positions()[0].mark == d("0.49")


steps = st.lists(
    st.tuples(
        st.sampled_from(["buy", "sell", "merge", "rest", "wait"]),
        st.sampled_from(["up-token", "down-token"]),
        st.integers(1, 6_000),
        st.integers(40, 60),
        st.sampled_from(["FOK", "FAK"]),
    ),
    max_size=12,
)


@settings(max_examples=60)
@given(steps, st.sampled_from(["UP", "DOWN"]))
def test_cash_and_shares_are_conserved(plan: list[tuple[str, str, int, int, str]], winner: str) -> None:
    """Whatever is done, cash moved equals what every fill says, and at the end nothing is left but cash."""
    there = desk(size="500")
    results: list[ActionResult] = []
    for what, symbol, hundredths, cents, tif in plan:
        shares, limit = str(d(hundredths) / 100), str(d(cents) / 100)
        other = "down-token" if symbol == "up-token" else "up-token"
        if what == "buy":
            results.append(there.buy(symbol, shares, limit, time_in_force=tif))
        elif what == "sell":
            results.append(there.buy(symbol, shares, limit, side="sell", time_in_force=tif))
        elif what == "rest":
            results.append(there.buy(symbol, shares, "0.40", time_in_force="GTC"))
        elif what == "merge":
            results.append(there.other(MERGE_PAIR, symbol, shares, pairWith=other))
        else:
            there.clock.advance(hundredths / 1000)
        assert there.cash >= 0
        assert all(holding.quantity > 0 for holding in there.venue.holdings())
    there.clock.set(START + timedelta(seconds=901))
    there.source.winner = winner
    results += [there.other(REDEEM, holding.symbol) for holding in there.venue.holdings()]
    moved = sum(
        (
            (fill.quantity * fill.price if fill.side == "sell" else -fill.quantity * fill.price) - fill.fee
            for result in results
            for fill in result.fills
        ),
        Decimal(0),
    )
    portfolio = there.venue.portfolio()
    assert portfolio.positions == []
    assert portfolio.cash == 1000 + moved
    assert abs(portfolio.realised - moved) < d("1e-20")
    bought = {symbol: Decimal(0) for symbol in ("up-token", "down-token")}
    for result in results:
        for fill in result.fills:
            bought[fill.symbol] += fill.quantity if fill.side == "buy" else -fill.quantity
            if fill.side == "buy":
                assert fill.fee == a_market().fees.fee(fill.quantity, fill.price)  # type: ignore[union-attr]
    assert set(bought.values()) == {Decimal(0)}


def test_books_of_both_outcomes_are_asked_for_in_one_request() -> None:
    there = desk()
    books: list[OrderBook] = there.venue.books(["down-token", "up-token"])
    assert [book.symbol for book in books] == ["down-token", "up-token"]
    assert to_ms(books[0].received_at) == to_ms(books[1].received_at)
