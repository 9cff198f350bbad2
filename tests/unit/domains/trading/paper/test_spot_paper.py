"""Simulated fills on the books of a spot venue."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from support.old_exchange import OldExchange

from argosy.core.actions.action import Action, ActionKind, ActionStatus, Side, TimeInForce
from argosy.core.clock import DrivenClock
from argosy.core.venues.venue import Venue
from argosy.domains.trading.action_kinds import REDEEM
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue

CLOCK = DrivenClock(datetime.fromtimestamp(1_700_000_000, UTC))


@pytest.fixture
def exchange() -> OldExchange:
    return OldExchange()


@pytest.fixture
def documents() -> MemoryDocuments:
    return MemoryDocuments()


@pytest.fixture
def venue(exchange: OldExchange, documents: MemoryDocuments) -> SpotPaperVenue:
    return SpotPaperVenue(
        ProviderVenue(exchange, documents, CLOCK, name="old"),
        documents,
        CLOCK,
        account="bot",
        capital=Decimal(1000),
        currencies=("USDT",),
        fee=Decimal("0.001"),
    )


def order(
    number: int, quantity: str, price: str | None, *, side: Side = "buy", force: TimeInForce = "FAK"
) -> Action:
    return Action(
        client_id=f"{number:032x}",
        venue="old",
        kind=ActionKind.PLACE_ORDER,
        symbol="BTC/USDT",
        side=side,
        quantity=Decimal(quantity),
        limit_price=None if price is None else Decimal(price),
        time_in_force=force,
    )


def free(venue: SpotPaperVenue, currency: str = "USDT") -> Decimal:
    return next((b.free for b in venue.balances() if b.currency == currency), Decimal(0))


def test_money_follows_the_fills(venue: SpotPaperVenue) -> None:
    assert isinstance(venue, Venue)
    result = venue.execute(order(1, "2", "101"))
    assert (result.status, result.average_price, result.fee) == (
        ActionStatus.FILLED,
        Decimal(101),
        Decimal("0.202"),
    )
    assert result.fills[0].id == f"{1:032x}"[:16] + "-1"
    assert (free(venue), free(venue, "BTC")) == (Decimal("797.798"), Decimal(2))
    (position,) = venue.positions()
    assert (position.quantity, position.average_cost) == (Decimal(2), Decimal("101.101"))
    venue.execute(order(2, "2", "99", side="sell"))
    assert free(venue) == Decimal("797.798") + 198 - Decimal("0.198")
    assert venue.positions() == []


def test_once_by_client_id(venue: SpotPaperVenue) -> None:
    first = venue.execute(order(1, "2", "101"))
    assert venue.execute(order(1, "2", "101")) == first == venue.query_action(f"{1:032x}")
    assert free(venue, "BTC") == 2
    assert venue.query_action("unheard") is None


def test_old_results_outlive_the_account(venue: SpotPaperVenue) -> None:
    first = venue.execute(order(1, "0.01", "101"))
    for number in range(2, 60):
        venue.execute(order(number, "0.01", "100"))
    assert venue.query_action(f"{1:032x}") == first
    assert venue.execute(order(1, "0.01", "101")) == first
    assert len(venue._account().orders) < 40


def test_a_size_is_not_taken_twice_while_it_is_shown(venue: SpotPaperVenue, exchange: OldExchange) -> None:
    assert venue.execute(order(1, "3", "101")).filled == 3
    second = venue.execute(order(2, "3", "101"))
    assert (second.status, second.filled) == (ActionStatus.CANCELLED, Decimal(2))
    assert venue.execute(order(3, "3", "101")).filled == 0
    exchange.depth = 4.0
    assert venue.execute(order(4, "1", "101")).filled == 1


@pytest.mark.parametrize(("force", "status"), [("FOK", "cancelled"), ("FAK", "cancelled"), ("GTC", "open")])
def test_what_the_limit_does_not_reach(venue: SpotPaperVenue, force: TimeInForce, status: str) -> None:
    result = venue.execute(order(1, "1", "100.99", force=force))
    assert (result.status.value, result.filled) == (status, Decimal(0))


def test_fill_or_kill_takes_all_or_nothing(venue: SpotPaperVenue) -> None:
    assert venue.execute(order(1, "5.01", "101", force="FOK")).status is ActionStatus.CANCELLED
    assert venue.execute(order(2, "5", "101", force="FOK")).status is ActionStatus.FILLED


def test_resting(venue: SpotPaperVenue, exchange: OldExchange) -> None:
    part = venue.execute(order(1, "6", "101", force="GTC"))
    assert (part.status, part.filled) == (ActionStatus.PARTIALLY_FILLED, Decimal(5))
    exchange.ask = 100.5
    whole = venue.query_action(f"{1:032x}")
    assert whole is not None
    assert (whole.status, whole.fills[1].price, whole.fills[1].quantity) == (
        ActionStatus.FILLED,
        Decimal(101),
        1,
    )


def test_what_rests_is_filled_by_what_is_shown_and_by_that_once(
    venue: SpotPaperVenue, exchange: OldExchange
) -> None:
    exchange.ask, exchange.depth = 110.0, 0.5
    venue.execute(order(1, "3", "105", force="GTC"))
    exchange.ask = 104.0
    for _ in range(3):
        part = venue.query_action(f"{1:032x}")
        assert part is not None
        assert (part.status, part.filled) == (ActionStatus.PARTIALLY_FILLED, Decimal("0.5"))
    assert venue.execute(order(2, "0.5", "105")).filled == 0
    exchange.depth = 0.7
    assert venue.query_action(f"{1:032x}").filled == Decimal("1.2")  # type: ignore[union-attr]


def test_a_side_that_was_taken_from_stays_so_while_the_other_is_dealt_at(
    venue: SpotPaperVenue, exchange: OldExchange
) -> None:
    assert venue.execute(order(1, "5", "101")).filled == 5
    assert venue.execute(order(2, "1", "99", side="sell")).filled == 1
    assert venue.execute(order(3, "1", "101")).filled == 0


@pytest.mark.parametrize("moved", [-16, 16])
def test_nothing_is_dealt_at_a_book_that_is_not_of_now(
    venue: SpotPaperVenue, exchange: OldExchange, moved: int
) -> None:
    venue.execute(order(1, "1", "100", force="GTC"))
    exchange.ask, exchange.now = 99.5, exchange.now + moved
    assert venue.query_action(f"{1:032x}").status is ActionStatus.OPEN  # type: ignore[union-attr]
    late = venue.execute(order(2, "1", "101"))
    assert (late.status, "s old" in (late.reason or "")) == (ActionStatus.REJECTED, True)


@pytest.mark.parametrize(
    ("quantity", "price", "why"),
    [("1.005", "101", "grid"), ("1", "101.25", "grid"), ("0.01", "101", "minimum")],
)
def test_what_the_market_would_refuse(
    venue: SpotPaperVenue, exchange: OldExchange, quantity: str, price: str, why: str
) -> None:
    exchange.get_markets = lambda: [  # type: ignore[method-assign, assignment, return-value]
        {"symbol": "BTC/USDT", "step_size": 0.01, "tick_size": 0.5, "min_size": 0.05}
    ]
    refused = venue.execute(order(1, quantity, price))
    assert (refused.status, why in (refused.reason or "")) == (ActionStatus.REJECTED, True)
    assert venue.execute(order(2, "1", "101.5")).status is ActionStatus.FILLED


def test_only_what_is_there_is_spent_or_sold(venue: SpotPaperVenue, exchange: OldExchange) -> None:
    exchange.depth = 100.0
    assert venue.execute(order(1, "9.9", "101")).status is ActionStatus.REJECTED  # the fee is too much
    assert venue.execute(order(2, "9", "101")).status is ActionStatus.FILLED
    assert venue.execute(order(3, "9.01", "99", side="sell")).status is ActionStatus.REJECTED
    assert venue.execute(order(4, "5", "110", side="sell", force="GTC")).status is ActionStatus.OPEN
    assert venue.execute(order(5, "5", "110", side="sell", force="GTC")).status is ActionStatus.REJECTED
    assert venue.execute(order(6, "4", "99", side="sell")).status is ActionStatus.FILLED


def test_a_crossed_book_and_an_absent_one(venue: SpotPaperVenue, exchange: OldExchange) -> None:
    exchange.bid = 101.0
    assert "crossed" in (venue.execute(order(1, "1", "101")).reason or "")
    exchange.get_orderbook = lambda pair: {}  # type: ignore[method-assign]
    refused = venue.execute(order(2, "1", "101"))
    assert refused.status is ActionStatus.REJECTED
    merged = order(3, "1", "101").model_copy(update={"kind": REDEEM})
    assert venue.execute(merged).status is ActionStatus.REJECTED
