"""The paper venue: what it fills, what it refuses, and that its books always balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.core.action import Action, ActionKind, ActionResult, ActionStatus, client_id
from argosy.core.clock import DrivenClock, to_ms
from argosy.core.venue import Level, OrderBook
from argosy.domains.trading.market import BinaryVenue
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from tests.support.binary import SLUG, START, RecordedVenue, ScriptedVenue, a_market, d

CALM = [(float(i), "0.49", "0.50", "0.50", "0.51") for i in range(900)]


class Desk:
    """A paper account over a scripted venue, with orders in one line."""

    def __init__(self, source: ScriptedVenue, clock: DrivenClock, capital: str = "1000") -> None:
        self.source, self.clock = source, clock
        self.documents: MemoryDocuments = MemoryDocuments()
        self.venue = self.reopened(capital)
        self.count = 0

    def reopened(self, capital: str = "1000") -> PaperVenue:
        return PaperVenue(self.source, self.documents, self.clock, account="bot", capital=d(capital))

    def order(self, symbol: str, shares: str, limit: str | None, **changes: object) -> Action:
        self.count += 1
        values: dict[str, object] = {
            "client_id": client_id("run", "node", self.count),
            "venue": "polymarket",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": symbol,
            "side": "buy",
            "quantity": d(shares),
            "limit_price": None if limit is None else d(limit),
            "time_in_force": "FOK",
            "parameters": {"slug": SLUG},
        }
        return Action.model_validate(values | changes)

    def buy(self, symbol: str, shares: str, limit: str, **changes: object) -> ActionResult:
        return self.venue.execute(self.order(symbol, shares, limit, **changes))

    def other(self, kind: ActionKind, symbol: str, shares: str = "0", **parameters: str) -> ActionResult:
        return self.venue.execute(
            self.order(symbol, shares, None, kind=kind, side=None, parameters={"slug": SLUG, **parameters})
        )

    @property
    def cash(self) -> Decimal:
        return self.venue.balances()[0].free


def desk(
    rows: list[tuple[float, str | None, str | None, str | None, str | None]] | None = None,
    *,
    at: float = 60,
    recorded: bool = False,
    size: str = "100",
    capital: str = "1000",
) -> Desk:
    clock = DrivenClock(START + timedelta(seconds=at))
    kind = RecordedVenue if recorded else ScriptedVenue
    return Desk(kind(clock, rows or CALM, size=size), clock, capital)


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
    assert there.reopened().lookup(action.client_id) == first
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
    found = there.reopened().lookup(action.client_id)
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, 40)
    assert there.reopened().execute(action) == found
    ended = there.reopened().lookup(resting.client_id)
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
    first = there.venue.lookup(action.client_id)
    assert first is not None
    assert [fill.id for fill in first.fills] == [f"{action.client_id[:16]}-0"]
    assert there.reopened().lookup(action.client_id) == first
    assert there.venue.open_orders() == []
    up, down = (there.buy(token, "10", "0.60") for token in ("up-token", "down-token"))
    merged = there.other(ActionKind.MERGE_PAIR, "up-token", "10", pairWith="down-token")
    ids = [(fill.client_id, fill.id) for result in (up, down, merged) for fill in result.fills]
    assert len(ids) == len(set(ids)) >= 4


def test_results_are_kept_however_many_follow() -> None:
    there = desk()
    actions = [there.order("up-token", "5", "0.10") for _ in range(60)]
    results = [there.venue.execute(action) for action in actions]
    assert [there.venue.lookup(action.client_id) for action in actions] == results
    account = there.documents.get(there.venue.namespace, "account")
    assert account is not None
    assert len(account.value["recent"]) < 30


def test_an_order_meets_the_book_of_later_not_of_its_decision() -> None:
    rows = [(0.0, "0.49", "0.50", "0.50", "0.51"), (60.1, "0.53", "0.54", "0.46", "0.47")]
    there = desk(rows)
    result = there.buy("up-token", "40", "0.50")
    assert (result.status, result.filled) == (ActionStatus.CANCELLED, 0)
    assert there.cash == 1000


def test_fok_takes_all_or_nothing_and_fak_what_there_is() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "40", "0.50").filled == 0
    some = there.buy("up-token", "40", "0.50", time_in_force="FAK")
    assert (some.status, some.filled) == (ActionStatus.CANCELLED, 30)


def test_what_was_taken_is_gone_until_the_level_changes() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "30", "0.50").filled == 30
    assert there.venue.books(["up-token"])[0].asks == [Level(price=d("0.50"), size=d(0))]
    assert there.buy("up-token", "30", "0.50").filled == 0
    there.source.size = "31"  # somebody has put in another order
    assert there.buy("up-token", "30", "0.50").filled == 30


def test_what_was_taken_stays_gone_when_the_other_side_is_taken_from() -> None:
    there = desk(size="30")
    assert there.buy("up-token", "30", "0.50").filled == 30
    assert there.buy("up-token", "1", "0.49", side="sell").filled == 1
    assert there.buy("up-token", "30", "0.50", time_in_force="FAK").filled == 0


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([(0.0, "0.50", "0.50", "0.50", "0.51")], "locked or crossed"),
        ([(0.0, "0.52", "0.50", "0.50", "0.51")], "locked or crossed"),
        ([(0.0, "0.49", None, "0.50", "0.51")], "no such side"),
    ],
)
def test_books_that_are_no_quotes_fill_nothing(
    rows: list[tuple[float, str | None, str | None, str | None, str | None]], why: str
) -> None:
    there = desk(rows, at=0.5)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert why in (result.reason or "")


def test_an_old_book_fills_nothing() -> None:
    there = desk([(0.0, "0.49", "0.50", "0.50", "0.51")], at=30)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "old" in (result.reason or "")


def test_a_price_without_time_and_without_the_other_book_cannot_be_verified() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [(float(i), "0.49", "0.50", None, None) for i in range(100)]
    result = desk(rows, recorded=True).buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "cannot be verified" in (result.reason or "")


def test_a_price_the_other_book_contradicts_is_worsened_to_what_it_implies() -> None:
    # DOWN's bid of 0.50 says that UP cannot be bought under 0.50: an ask of 0.42 is an old read.
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [*CALM[:61], *((float(i), "0.41", "0.42", "0.50", "0.51") for i in range(61, 63))]
    cheap = desk(rows, recorded=True)
    assert cheap.buy("up-token", "40", "0.45").filled == 0
    fair = desk(rows, recorded=True)
    result = fair.buy("up-token", "40", "0.55")
    assert (result.filled, result.average_price) == (40, d("0.50"))


def test_a_proven_dislocation_fills_at_its_own_prices() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]] = list(CALM[:40])
    for i in range(40, 100):
        step = d(i % 3) / 100
        rows.append(
            (
                float(i),
                str(d("0.42") + step),
                str(d("0.43") + step),
                str(d("0.50") - step),
                str(d("0.51") - step),
            )
        )
    there = desk(rows, at=60, recorded=True)
    up = there.buy("up-token", "40", "0.46")
    assert up.status is ActionStatus.FILLED
    assert up.average_price is not None and up.average_price <= d("0.45")


def test_a_recording_that_ends_fills_nothing() -> None:
    there = desk(CALM[:61], at=60, recorded=True)
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "no later observation" in (result.reason or "")


@pytest.mark.parametrize(
    ("shares", "limit", "changes", "why"),
    [
        ("40", "0.505", {}, "grid"),
        ("40", "1.00", {}, "grid"),
        ("40.001", "0.50", {}, "multiple"),
        ("1.5", "0.50", {}, "minimum of 1 USD"),
        ("4", "0.40", {"time_in_force": "GTC"}, "lower than the minimum"),
        ("4000", "0.50", {"time_in_force": "GTC"}, "not enough balance"),
        ("40", "0.40", {"side": "sell"}, "not enough balance"),
        ("40.5", "0.49", {}, "multiple of 1"),
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
    merged = there.other(ActionKind.MERGE_PAIR, "up-token", "40", pairWith="down-token")
    assert merged.status is ActionStatus.FILLED
    assert there.venue.holdings() == []
    portfolio = there.venue.portfolio()
    assert portfolio.cash == 1000 + portfolio.realised
    assert portfolio.realised == 40 - d("20") - d("20.4") - portfolio.fees


def test_merging_more_than_there_is_is_refused() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.buy("down-token", "10", "0.51")
    assert there.other(ActionKind.MERGE_PAIR, "up-token", "20", pairWith="down-token").status is (
        ActionStatus.REJECTED
    )
    assert there.other(ActionKind.MERGE_PAIR, "up-token", "10", pairWith="up-token").status is (
        ActionStatus.REJECTED
    )


def test_nothing_is_paid_out_before_the_resolution() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.clock.advance(900)
    early = there.other(ActionKind.REDEEM, "up-token")
    assert early.status is ActionStatus.REJECTED
    assert "not resolved" in (early.reason or "")
    there.source.winner = "UP"
    paid = there.other(ActionKind.REDEEM, "up-token")
    assert (paid.filled, paid.average_price) == (40, 1)
    assert there.cash == 1000 - d("20.7") + 40


def test_the_losing_outcome_is_paid_nothing() -> None:
    there = desk()
    there.buy("up-token", "40", "0.50")
    there.clock.advance(900)
    there.source.winner = "DOWN"
    there.other(ActionKind.REDEEM, "up-token")
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


def test_a_resting_order_fills_only_when_the_market_trades_through_it() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [
        (0.0, "0.49", "0.50", "0.50", "0.51"),
        (60.0, "0.49", "0.50", "0.50", "0.51"),
        (70.0, "0.44", "0.45", "0.55", "0.56"),
        (80.0, "0.43", "0.44", "0.56", "0.57"),
    ]
    there = desk(rows)
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    assert there.venue.execute(action).status is ActionStatus.OPEN
    assert there.cash == 1000 - 18
    there.clock.set(START + timedelta(seconds=71))
    assert there.venue.lookup(action.client_id).status is ActionStatus.OPEN  # type: ignore[union-attr]
    there.clock.set(START + timedelta(seconds=81))
    done = there.venue.lookup(action.client_id)
    assert done is not None
    assert (done.status, done.average_price, done.fee) == (ActionStatus.FILLED, d("0.45"), 0)
    assert [fill.price for fill in done.fills] == [d("0.45")]
    assert there.cash == 1000 - 18


def test_a_resting_order_fills_by_what_is_offered_beyond_its_price_and_by_that_once() -> None:
    rows: list[tuple[float, str | None, str | None, str | None, str | None]]
    rows = [
        (0.0, "0.49", "0.50", "0.50", "0.51"),
        *((float(i), "0.43", "0.44", "0.56", "0.57") for i in range(70, 90)),
    ]
    there = desk(rows, size="30", at=0)
    action = there.order("up-token", "100", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    for second in (71, 72, 73):
        there.clock.set(START + timedelta(seconds=second))
        part = there.reopened().lookup(action.client_id)
        assert part is not None
        assert (part.status, part.filled) == (ActionStatus.PARTIALLY_FILLED, 30)
    (waiting,) = there.venue.open_orders()
    assert (waiting.quantity, waiting.filled) == (100, 30)
    assert there.cash == 1000 - 45
    there.source.size = "50"
    assert there.venue.lookup(action.client_id).filled == 80  # type: ignore[union-attr]
    there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    ended = there.venue.lookup(action.client_id)
    assert ended is not None
    assert (ended.status, [fill.quantity for fill in ended.fills]) == (ActionStatus.CANCELLED, [30, 50])
    assert there.cash == 1000 - 36


def test_an_order_with_an_expiration_ends_a_minute_before_it() -> None:
    there = desk()
    expires = str(to_ms(there.clock.now()) // 1000 + 200)
    action = there.order(
        "up-token", "40", "0.45", time_in_force="GTD", parameters={"slug": SLUG, "expiresAt": expires}
    )
    assert there.venue.execute(action).status is ActionStatus.OPEN
    there.clock.advance(139)
    assert there.venue.lookup(action.client_id).status is ActionStatus.OPEN  # type: ignore[union-attr]
    there.clock.advance(1)
    ended = there.venue.lookup(action.client_id)
    assert ended is not None
    assert (ended.status, ended.reason) == (ActionStatus.CANCELLED, "the order expired")
    assert there.cash == 1000


def test_a_book_of_the_future_fills_nothing() -> None:
    there = desk()
    there.source.ahead_s = 10
    result = there.buy("up-token", "40", "0.50")
    assert result.filled == 0
    assert "clocks disagree" in (result.reason or "")


def test_a_resting_order_can_be_cancelled_once() -> None:
    there = desk()
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    cancelled = there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    assert cancelled.status is ActionStatus.FILLED
    assert there.cash == 1000
    assert there.venue.lookup(action.client_id).status is ActionStatus.CANCELLED  # type: ignore[union-attr]
    again = there.other(ActionKind.CANCEL_ORDER, "up-token", clientId=action.client_id)
    assert again.status is ActionStatus.REJECTED


def test_a_resting_order_ends_with_its_window() -> None:
    there = desk()
    action = there.order("up-token", "40", "0.45", time_in_force="GTC")
    there.venue.execute(action)
    there.clock.advance(900)
    assert there.venue.lookup(action.client_id).status is ActionStatus.CANCELLED  # type: ignore[union-attr]
    assert there.cash == 1000


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
            results.append(there.other(ActionKind.MERGE_PAIR, symbol, shares, pairWith=other))
        else:
            there.clock.advance(hundredths / 1000)
        assert there.cash >= 0
        assert all(holding.quantity > 0 for holding in there.venue.holdings())
    there.clock.set(START + timedelta(seconds=901))
    there.source.winner = winner
    results += [there.other(ActionKind.REDEEM, holding.symbol) for holding in there.venue.holdings()]
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
