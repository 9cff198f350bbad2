"""Orders at Binance over real sockets get a certain answer, or stay unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import stamina
from conftest import BINANCE_SYMBOL
from loopback import Answers
from pydantic import SecretStr

from argosy.core.actions.action import Action, ActionKind, ActionStatus
from argosy.core.clock import Clock, DrivenClock, SystemClock
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.exchange.adapter import ExchangeVenue
from argosy.errors import OrderDenied, RateLimited, UnknownOutcome, VenueNotFound, VenueUnavailable
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.shared import Shared
from argosy.infrastructure.state.memory_documents import MemoryDocuments

FILTERS = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"},
    {"filterType": "LOT_SIZE", "minQty": "0.00005", "maxQty": "9000", "stepSize": "0.00001"},
    {"filterType": "NOTIONAL", "minNotional": "5.00", "applyMinToMarket": True, "maxNotional": "9000000"},
]
OPEN: dict[str, Any] = {
    "symbol": "BTCUSDT", "orderId": 28, "clientOrderId": "c1", "transactTime": 1767225600123, "price": "60000.00",
    "origQty": "0.01", "executedQty": "0.00", "cummulativeQuoteQty": "0.00", "status": "NEW", "timeInForce": "GTC",
    "type": "LIMIT", "side": "BUY", "fills": [],
}  # fmt: skip
ACTION = Action(
    client_id="c1",
    venue="binance",
    kind=ActionKind.PLACE_ORDER,
    symbol="BTC/USDT",
    side="buy",
    quantity=Decimal("0.01"),
    limit_price=Decimal("60000"),
    time_in_force="GTC",
    currency="USDT",
)
Handler = Callable[[BaseHTTPRequestHandler], None]


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def venue(exchanges: Answers) -> ExchangeVenue:
    return trading(exchanges, Shared())


def trading(exchanges: Answers, shared: Shared, clock: Clock | None = None) -> ExchangeVenue:
    symbol = {**BINANCE_SYMBOL, "filters": FILTERS}
    exchanges.routes["/binance/api/v3/exchangeInfo"] = lambda query: {
        "timezone": "UTC", "serverTime": 1, "rateLimits": [], "exchangeFilters": [], "symbols": [symbol],
    }  # fmt: skip
    keys = {
        "api_key": SecretStr("k" * 16),
        "api_secret": SecretStr("s"),
        "trading_enabled": True,
        "timeout_s": 2.0,
    }
    places = TradingSettings().at_sandbox(exchanges.url).binance.model_copy(update=keys)
    venue = ExchangeVenue("binance", places, clock or SystemClock(), shared, documents=MemoryDocuments())
    venue.order_book("BTC/USDT")
    return venue


def answer(status: int, body: bytes, *, announced: int | None = None, **headers: str) -> Handler:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if announced is None else announced))
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return send


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def order(**changes: Any) -> bytes:
    return json.dumps({**OPEN, **changes}).encode()


AMBIGUOUS: dict[str, Handler] = {
    "hung up": hang_up,
    "cut off": answer(200, order()[:60], announced=4096),
    "empty": answer(200, b""),
    "html": answer(200, b"<html>ok</html>"),
    "null": answer(200, b"null"),
    "a list": answer(200, b"[]"),
    "nothing of an order": answer(200, b"{}"),
    "another order": answer(200, order(clientOrderId="c2")),
    "no number": answer(200, order(orderId=None)),
    "an unknown status": answer(200, order(status="QUANTUM")),
    "more than was ordered": answer(200, order(status="FILLED", executedQty="0.02")),
    "moved": answer(302, b"", Location="/binance/api/v3/time"),
    "moved, keeping the method": answer(307, b"", Location="/binance/api/v3/order"),
    "500": answer(500, b""),
    "500 with a refusal": answer(500, b'{"code":-2010,"msg":"Account has insufficient balance"}'),
    "502": answer(502, b"<html>bad gateway</html>"),
    "504 of the venue": answer(
        504, b'{"code":-1007,"msg":"Timeout waiting for response from backend server."}'
    ),
    "400, status unknown": answer(400, b'{"code":-1006,"msg":"An unexpected response was received."}'),
    "200 with an unknown status": answer(200, b'{"code":-1007,"msg":"Timeout"}'),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_an_answer_that_settles_nothing_is_unknown(
    name: str, venue: ExchangeVenue, exchanges: Answers
) -> None:
    before = len(exchanges.seen)
    exchanges.raw = AMBIGUOUS[name]
    with pytest.raises(UnknownOutcome):
        venue.execute(ACTION)
    assert [path for path in exchanges.seen[before:] if "myTrades" not in path] == ["/binance/api/v3/order"]


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (
            answer(400, b'{"code":-2010,"msg":"Account has insufficient balance for requested action."}'),
            "balance",
        ),
        (answer(400, b'{"code":-1013,"msg":"Filter failure: LOT_SIZE"}'), "lot"),
        (answer(400, b'{"code":-1121,"msg":"Invalid symbol."}'), "symbol"),
        (answer(401, b'{"code":-2015,"msg":"Invalid API-key, IP, or permissions for action."}'), "key"),
        (answer(429, b'{"code":-1003,"msg":"Too many requests."}'), "many"),
        (answer(418, b'{"code":-1003,"msg":"Banned."}'), "banned"),
    ],
)
def test_a_definite_no_settles(reply: Handler, why: str, venue: ExchangeVenue, exchanges: Answers) -> None:
    exchanges.raw = reply
    result = venue.execute(ACTION)
    assert result.status is ActionStatus.REJECTED
    assert why in str(result.reason).lower()
    assert venue.query_action("c1") == result


def test_an_order_is_absent_only_when_the_venue_says_so(venue: ExchangeVenue, exchanges: Answers) -> None:
    exchanges.raw = hang_up
    with pytest.raises(UnknownOutcome):
        venue.execute(ACTION)
    exchanges.raw = answer(400, b'{"code":-1121,"msg":"Invalid symbol."}')
    with pytest.raises(VenueNotFound):
        venue.query_action("c1")
    exchanges.raw = None
    with venue._pool.borrow() as exchange:
        listed = exchange.markets.pop("BTC/USDT")
    with pytest.raises(VenueNotFound, match="no symbol"):
        venue.query_action("c1")
    with venue._pool.borrow() as exchange:
        exchange.markets["BTC/USDT"] = listed
    exchanges.raw = answer(400, b'{"code":-2013,"msg":"Order does not exist."}')
    assert venue.query_action("c1") is None


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"quantity": Decimal("0.001015")}, "grid"),
        ({"limit_price": Decimal("60000.001")}, "grid"),
        ({"quantity": Decimal("0.00002")}, "quantity is below"),
        ({"quantity": Decimal("0.00008")}, "value is below"),
        ({"parameters": {"postOnly": "true"}, "time_in_force": "FAK"}, "able to rest"),
        ({"time_in_force": "GTD"}, "no such orders"),
        ({"side": None}, "side and limit price"),
        ({"symbol": "NO/SUCH"}, "no such order"),
    ],
)
def test_what_the_venue_would_refuse_is_denied_and_not_sent(
    venue: ExchangeVenue, exchanges: Answers, changes: dict[str, Any], why: str
) -> None:
    before = len(exchanges.seen)
    with pytest.raises(OrderDenied, match=why):
        venue.execute(ACTION.model_copy(update=changes))
    assert exchanges.seen[before:] == []
    assert venue.query_action("c1") is None


def test_a_limit_is_obeyed_by_all_for_as_long_as_the_venue_says(exchanges: Answers) -> None:
    limiter = MemoryRateLimiter(SystemClock())
    venue = trading(exchanges, Shared(limiter=limiter))
    exchanges.raw = answer(429, b'{"code":-1003,"msg":"Too many requests."}', **{"Retry-After": "77"})
    with pytest.raises(RateLimited) as refused:
        venue.quote("BTC/USDT")
    assert refused.value.retry_after_s == 77
    before = len(exchanges.seen)
    with pytest.raises(RateLimited, match="our own rate limit"):
        trading(exchanges, Shared(limiter=limiter)).order_book("BTC/USDT")
    assert [path for path in exchanges.seen[before:] if not path.endswith("exchangeInfo")] == []


def test_a_list_of_markets_that_cannot_be_read_again_stops_nothing(exchanges: Answers) -> None:
    clock = DrivenClock(SystemClock().now())
    venue = trading(exchanges, Shared(), clock)
    exchanges.raw = answer(200, order())
    venue.execute(ACTION)
    clock.advance(7 * 3600)
    exchanges.raw = answer(500, b"")
    with pytest.raises(VenueUnavailable):
        venue.query_action("c1")
    exchanges.raw = answer(200, order())
    found = venue.query_action("c1")
    assert found is not None
    assert found.status is ActionStatus.OPEN
    assert exchanges.seen[-1].endswith("/order")


def test_an_answer_about_this_very_order_is_taken(venue: ExchangeVenue, exchanges: Answers) -> None:
    exchanges.raw = answer(200, order())
    result = venue.execute(ACTION)
    assert (result.status, result.venue_id) == (ActionStatus.OPEN, "28")


def test_a_server_that_is_not_there_has_done_nothing(venue: ExchangeVenue, exchanges: Answers) -> None:
    with venue._pool.borrow() as exchange:
        exchange.urls["api"]["private"] = "http://127.0.0.1:9/api/v3"
    result = venue.execute(ACTION)
    assert result.status is ActionStatus.REJECTED
    assert "cannot be reached" in str(result.reason)
