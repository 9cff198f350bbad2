"""What ccxt's unified methods answer, and where one exchange or client is not like the next."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.errors import BadSymbol, OrderNotFound

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.clock import DrivenClock
from argosy.errors import OrderDenied, UnknownOutcome, VenueNotFound, VenueUnavailable
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy.venue import ProviderVenue

CLOCK = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
ACTION = Action(
    client_id="a" * 32,
    venue="binance",
    kind=ActionKind.PLACE_ORDER,
    symbol="BTC/USDT",
    side="buy",
    quantity=Decimal(2),
    limit_price=Decimal(100),
    time_in_force="GTC",
)


class Exchange:
    """Shaped like ccxt's: `answers` are what the methods give or raise."""

    id = "binance"
    precisionMode = 4

    def __init__(self) -> None:
        self.has = {"fetchMyTrades": True}
        self.order: dict[str, Any] = {
            "id": "7",
            "status": "closed",
            "filled": 2.0,
            "average": 100.0,
            "trades": [],
        }
        self.found = self.order
        self.answers: dict[str, Any] = {"fetch_my_trades": []}
        self.markets: dict[str, Any] = {"BTC/USDT": {"base": "BTC", "quote": "USDT"}}

    def load_markets(self) -> Any:
        return self._given("load_markets", self.markets)

    def fetch_order_book(self, symbol: str, limit: int) -> Any:
        return self._given("fetch_order_book", {"bids": [], "asks": []})

    def create_order(self, *arguments: Any) -> Any:
        return self._given("create_order", self.order)

    def fetch_order(self, *arguments: Any) -> Any:
        return self._given("fetch_order", self.order)

    def fetch_my_trades(self, *arguments: Any) -> Any:
        return self._given("fetch_my_trades", [])

    def amount_to_precision(self, symbol: str, value: float) -> str:
        return str(value)

    price_to_precision = amount_to_precision

    def _given(self, name: str, usual: Any) -> Any:
        found = self.answers.get(name, usual)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def venue(exchange: Exchange) -> ProviderVenue:
    return ProviderVenue(exchange, MemoryDocuments(), CLOCK)


def trade(name: str | None, amount: float) -> dict[str, Any]:
    return {
        "id": name,
        "order": "7",
        "amount": amount,
        "price": 100.0,
        "fee": {"cost": 0.1, "currency": "USDT"},
    }


def test_executions_without_names_are_booked_with_their_fees(
    venue: ProviderVenue, exchange: Exchange
) -> None:
    exchange.answers["fetch_my_trades"] = [trade(None, 1.0), trade(None, 1.0)]
    result = venue.execute(ACTION)
    assert result.status is ActionStatus.FILLED
    assert [(fill.id, fill.quantity) for fill in result.fills] == [("~1@100#1", 1), ("~1@100#2", 1)]
    assert result.fee == Decimal("0.2")


def test_an_order_booked_by_its_totals_goes_on_by_its_totals(
    venue: ProviderVenue, exchange: Exchange
) -> None:
    """The list that comes later does not show what the totals were booked as."""
    exchange.has = {}
    exchange.order |= {"status": "open", "filled": 1.0}
    assert [fill.id for fill in venue.execute(ACTION).fills] == ["7-1"]
    exchange.order |= {"status": "closed", "filled": 2.0, "average": 99.0}
    exchange.order["trades"] = [trade("t1", 0.5), trade("t2", 0.5), trade("t3", 1.0) | {"price": 98.0}]
    found = venue.query_action(ACTION.client_id)
    assert found is not None
    assert [(fill.id, fill.quantity, fill.price) for fill in found.fills] == [("7-1", 1, 100), ("7-2", 1, 98)]


def test_an_execution_between_two_questions_is_no_contradiction(
    venue: ProviderVenue, exchange: Exchange
) -> None:
    """The order is read before its executions: it is read again when they are more."""
    older = exchange.order | {"status": "open", "filled": 1.0}
    exchange.answers["create_order"] = older
    exchange.answers["fetch_my_trades"] = [trade("t1", 1.0), trade("t2", 1.0)]
    result = venue.execute(ACTION)
    assert (result.status, len(result.fills)) == (ActionStatus.FILLED, 2)


def test_what_is_left_tells_what_was_filled(venue: ProviderVenue, exchange: Exchange) -> None:
    exchange.has = {}
    exchange.order |= {"status": "open", "filled": None, "remaining": 0.5, "average": 100.0}
    result = venue.execute(ACTION)
    assert (result.status, result.filled) == (ActionStatus.PARTIALLY_FILLED, Decimal("1.5"))


def test_executions_that_are_not_listed_yet_are_awaited(venue: ProviderVenue, exchange: Exchange) -> None:
    assert venue.execute(ACTION).status is ActionStatus.SUBMITTED
    exchange.answers["fetch_my_trades"] = [trade("t1", 1.5), trade("t2", 0.5)]
    found = venue.query_action(ACTION.client_id)
    assert found is not None
    assert (found.status, [fill.id for fill in found.fills]) == (ActionStatus.FILLED, ["t1", "t2"])


def test_a_list_of_executions_that_stays_empty_leaves_the_order_to_its_totals(exchange: Exchange) -> None:
    clock = DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))
    venue = ProviderVenue(exchange, MemoryDocuments(), clock)
    fees = [{"cost": 0.1, "currency": "USDT"}, {"cost": 0.2, "currency": "bnb"}]
    exchange.order |= {"average": None, "cost": 198.0, "fees": fees}
    assert venue.execute(ACTION).status is ActionStatus.SUBMITTED
    clock.advance(15)
    assert venue.query_action(ACTION.client_id).status is ActionStatus.SUBMITTED  # type: ignore[union-attr]
    clock.advance(1)
    found = venue.query_action(ACTION.client_id)
    assert found is not None
    (fill,) = found.fills
    assert (found.status, fill.id, fill.price) == (ActionStatus.FILLED, "7-1", 99)
    assert [(part.currency, part.amount) for part in fill.fees] == [
        ("USDT", Decimal("0.1")),
        ("BNB", Decimal("0.2")),
    ]


@pytest.mark.parametrize("error", [OSError("reset"), RuntimeError("session is closed"), TimeoutError()])
def test_an_order_that_was_taken_keeps_its_number_whatever_breaks_then(
    venue: ProviderVenue, exchange: Exchange, error: Exception
) -> None:
    exchange.answers["fetch_my_trades"] = error
    assert venue.execute(ACTION).venue_id == "7"
    exchange.answers["fetch_my_trades"] = [trade("t1", 2.0)]
    found = venue.query_action(ACTION.client_id)
    assert found is not None
    assert (found.status, found.venue_id) == (ActionStatus.FILLED, "7")


def test_an_order_is_absent_only_when_the_venue_says_so(venue: ProviderVenue, exchange: Exchange) -> None:
    exchange.answers["create_order"] = OSError("reset")
    with pytest.raises(UnknownOutcome):
        venue.execute(ACTION)
    exchange.answers["fetch_order"] = BadSymbol("binance does not have market symbol BTC/USDT")
    with pytest.raises(VenueNotFound):
        venue.query_action(ACTION.client_id)
    exchange.answers["fetch_order"] = RuntimeError("session is closed")
    with pytest.raises(VenueUnavailable):
        venue.query_action(ACTION.client_id)
    exchange.answers["fetch_order"] = OrderNotFound("binance Order does not exist.")
    assert venue.query_action(ACTION.client_id) is None


@pytest.mark.parametrize("listing", ["fetchOrders", "fetchClosedOrders", "fetchCanceledOrders"])
def test_an_order_is_found_in_lists_whatever_the_clocks_say(listing: str) -> None:
    """The exchange dates it an hour before we sent it, and lists what is later than it was asked for."""

    class Listing(Exchange):
        id = "other"

        def listed(self, name: str, since: int) -> list[Any]:
            return [row for row in [self.found] if name == listing and since <= row["timestamp"]]

        def fetch_open_orders(self, symbol: str) -> list[Any]:
            return []

        def fetch_orders(self, symbol: str, since: int) -> list[Any]:
            return self.listed("fetchOrders", since)

        def fetch_closed_orders(self, symbol: str, since: int) -> list[Any]:
            return self.listed("fetchClosedOrders", since)

        def fetch_canceled_orders(self, symbol: str, since: int) -> list[Any]:
            return self.listed("fetchCanceledOrders", since)

    exchange = Listing()
    exchange.has |= {"fetchOpenOrders": True, "fetchClosedOrders": True, listing: True}
    sent_at = int(CLOCK.now().timestamp() * 1000)
    exchange.found = exchange.order | {"clientOrderId": ACTION.client_id, "timestamp": sent_at - 3_600_000}
    exchange.answers |= {"create_order": OSError("reset"), "fetch_my_trades": [trade("t1", 2.0)]}
    venue = ProviderVenue(exchange, MemoryDocuments(), CLOCK)
    with pytest.raises(UnknownOutcome):
        venue.execute(ACTION)
    found = venue.query_action(ACTION.client_id)
    assert found is not None
    assert (found.status, found.venue_id) == (ActionStatus.FILLED, "7")


@pytest.mark.parametrize("broken", [{}, {"load_markets": OSError("reset")}])
def test_what_is_found_out_before_sending_is_a_denial(
    venue: ProviderVenue, exchange: Exchange, broken: dict[str, Any]
) -> None:
    exchange.answers |= broken
    wrong = ACTION if broken else ACTION.model_copy(update={"symbol": "NO/SUCH"})
    with pytest.raises(OrderDenied):
        venue.execute(wrong)
    assert venue.query_action(ACTION.client_id) is None
