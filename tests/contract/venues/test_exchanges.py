"""Contract of every exchange of reference prices, through ccxt over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loopback import Answers

from argosy.core.actions.action import Action, ActionKind
from argosy.core.clock import DrivenClock, SystemClock
from argosy.core.venues.venue import Venue, VenueStatus
from argosy.domains.trading.settings import ExchangeSettings, TradingSettings
from argosy.domains.trading.venues.exchange.adapter import EXCHANGES, ExchangeVenue
from argosy.domains.trading.venues.exchange.pool import rebase_urls
from argosy.errors import (
    ArgosyError,
    BadReply,
    CircuitOpen,
    ConfigError,
    InvalidInput,
    ModeRefused,
    NoQuote,
    RateLimited,
    StaleData,
    VenueError,
    VenueNotFound,
    VenueUnavailable,
)
from argosy.infrastructure.resilience.breaker import BreakerPolicy
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.shared import Shared

SYMBOLS = {"binance": "BTC/USDT", "coinbase": "BTC/USD", "kraken": "BTC/USD"}
QUOTE_ROUTES = {
    "binance": "/binance/api/v3/ticker/24hr",
    "coinbase": "/coinbase/api/v3/brokerage/market/products/BTC-USD/ticker",
    "kraken": "/kraken/0/public/Ticker",
}


@pytest.fixture(autouse=True)
def no_waiting() -> Any:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture(params=EXCHANGES)
def venue(request: pytest.FixtureRequest, exchanges: Answers) -> ExchangeVenue:
    return make(request.param, exchanges)


def make(name: str, answers: Answers, shared: Shared = Shared()) -> ExchangeVenue:  # noqa: B008 - immutable
    where = TradingSettings().at_sandbox(answers.url).exchange(name)
    return ExchangeVenue(name, where, SystemClock(), shared)


def test_it_is_a_venue(venue: ExchangeVenue) -> None:
    assert isinstance(venue, Venue)
    assert venue.status() is VenueStatus.UP


def test_quote(venue: ExchangeVenue) -> None:
    quote = venue.quote(SYMBOLS[venue.name])
    assert (quote.bid, quote.ask, quote.mid) == (Decimal("67000.1"), Decimal("67000.2"), Decimal("67000.15"))
    assert quote.currency == SYMBOLS[venue.name].split("/")[1]
    assert abs((SystemClock().now() - quote.at).total_seconds()) < 30


def test_order_book_is_best_first(venue: ExchangeVenue) -> None:
    book = venue.order_book(SYMBOLS[venue.name])
    assert book.best_bid is not None and book.best_ask is not None
    assert (book.best_bid.price, book.best_bid.size) == (Decimal("67000.1"), Decimal("2.5"))
    assert (book.best_ask.price, book.best_ask.size) == (Decimal("67000.2"), Decimal("1.5"))
    assert book.asks == sorted(book.asks, key=lambda level: level.price)


def test_candles_are_in_time_order(venue: ExchangeVenue) -> None:
    bars = venue.candles(SYMBOLS[venue.name])
    assert [bar.at for bar in bars] == [datetime(2026, 1, 1, 0, minute, tzinfo=UTC) for minute in (0, 1)]
    first = bars[0]
    assert (first.open, first.high, first.low, first.close) == (1, 3, Decimal("0.5"), Decimal("2.5"))
    assert first.volume == Decimal("7.7")
    with pytest.raises(InvalidInput, match="no such bars"):
        venue.candles(SYMBOLS[venue.name], "7m")


def test_assets_and_unknown_symbols(venue: ExchangeVenue) -> None:
    assert [asset.symbol for asset in venue.assets()] == [SYMBOLS[venue.name]]
    with pytest.raises(VenueNotFound):
        venue.quote("DOGE/XYZ")


def test_it_does_not_trade(venue: ExchangeVenue) -> None:
    action = Action(
        client_id="c", venue=venue.name, kind=ActionKind.PLACE_ORDER, symbol="x", quantity=Decimal(1)
    )
    for call in (
        lambda: venue.execute(action),
        venue.balances,
        venue.positions,
        lambda: venue.query_action("c"),
    ):
        with pytest.raises(ModeRefused):
            call()


def test_markets_are_loaded_once(venue: ExchangeVenue, exchanges: Answers) -> None:
    venue.quote(SYMBOLS[venue.name])
    loaded = len(exchanges.seen)
    venue.quote(SYMBOLS[venue.name])
    assert len(exchanges.seen) == loaded + 1
    assert all(path.startswith(f"/{venue.name}/") for path in exchanges.seen)


def test_no_address_is_left_at_the_live_host() -> None:
    urls = {
        "a": "https://api.x.com/api/v3",
        "b": {"c": "https://y.com", "d": "https://{hostname}/z"},
        "e": None,
    }
    assert rebase_urls(urls, "http://h/p") == {
        "a": "http://h/p/api/v3",
        "b": {"c": "http://h/p", "d": "http://h/p/z"},
        "e": None,
    }


def test_an_old_quote_is_no_quote(exchanges: Answers) -> None:
    exchanges.date = "Mon, 08 Jun 2026 12:00:00 GMT"
    with pytest.raises(StaleData, match="is outdated"):
        make("kraken", exchanges).quote("BTC/USD")
    exchanges.date = "sometime"
    with pytest.raises(StaleData, match="no time"):
        make("kraken", exchanges).quote("BTC/USD")
    old = exchanges.routes[QUOTE_ROUTES["binance"]]
    exchanges.routes[QUOTE_ROUTES["binance"]] = lambda q: {
        **old(q),
        "closeTime": SystemClock().now_ms() - 16_000,
    }
    with pytest.raises(StaleData):
        make("binance", exchanges).quote("BTC/USDT")


@pytest.mark.parametrize(("bid", "ask"), [("2", "1"), ("1", "1"), ("0", "0"), ("", "")])
def test_a_crossed_or_empty_quote_is_no_quote(exchanges: Answers, bid: str, ask: str) -> None:
    last = exchanges.routes[QUOTE_ROUTES["binance"]]
    exchanges.routes[QUOTE_ROUTES["binance"]] = lambda q: {
        **last(q),
        "bidPrice": bid,
        "askPrice": ask,
        "lastPrice": "0",
    }
    with pytest.raises(NoQuote):
        make("binance", exchanges).quote("BTC/USDT")


def status(
    code: int, body: bytes = b"<html>", headers: dict[str, str] | None = None
) -> Callable[[Any], None]:
    def answer(handler: Any) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.mark.parametrize(
    ("code", "kinds"),
    [
        (429, (RateLimited,)),
        (500, (VenueUnavailable,)),
        (503, (VenueUnavailable,)),
        (200, (BadReply, VenueUnavailable)),
    ],
)
def test_refusals(
    venue: ExchangeVenue, exchanges: Answers, code: int, kinds: tuple[type[ArgosyError], ...]
) -> None:
    venue.quote(SYMBOLS[venue.name])
    exchanges.raw = status(code)
    with pytest.raises(kinds):
        venue.quote(SYMBOLS[venue.name])


def test_the_breaker_stops_calls_and_shows(exchanges: Answers) -> None:
    clock = DrivenClock(SystemClock().now())
    breakers = MemoryBreakers(clock, BreakerPolicy(failures=2))
    venue = make("kraken", exchanges, Shared(MemoryRateLimiter(clock), breakers))
    exchanges.raw = status(500)
    for _ in range(2):
        with pytest.raises(VenueUnavailable):
            venue.quote("BTC/USD")
    sent = len(exchanges.seen)
    with pytest.raises(CircuitOpen):
        venue.quote("BTC/USD")
    assert len(exchanges.seen) == sent
    assert venue.status() is VenueStatus.DOWN


NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**20) | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=NONSENSE, wrapped=st.booleans())
def test_garbage_is_an_error_of_ours(
    venue: ExchangeVenue, exchanges: Answers, body: Any, wrapped: bool
) -> None:
    key = {"binance": "bids", "coinbase": "pricebook", "kraken": "result"}[venue.name]
    for path in list(exchanges.routes):
        if not path.endswith(("exchangeInfo", "products", "AssetPairs")):
            exchanges.routes[path] = lambda q: {key: body, "error": []} if wrapped else body
    for call in (venue.quote, venue.order_book, venue.candles):
        try:
            call(SYMBOLS[venue.name])
        except ArgosyError as error:
            assert error.code != "internal"


def test_garbage_instead_of_markets(exchanges: Answers) -> None:
    for body in (b"", b"null", b"[]", b"{}", b"[[[", b'{"symbols":[1,2]}', b'{"result":7,"products":7}'):
        exchanges.raw = status(200, body)
        for name in EXCHANGES:
            with pytest.raises(VenueError):
                make(name, exchanges).quote(SYMBOLS[name])


def test_an_unknown_exchange_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ExchangeVenue("nowhere", ExchangeSettings(), SystemClock(), Shared())
    from argosy.domains.trading.venues.exchange.loader import exchange_class

    with pytest.raises(ConfigError):
        exchange_class("nowhere")


def test_one_exchange_does_not_import_the_other_hundred() -> None:
    script = (
        "import sys; from argosy.domains.trading.venues.exchange.loader import exchange_class;"
        "kraken = exchange_class('kraken'); count = sum(n.startswith('ccxt.') for n in sys.modules);"
        "import ccxt; print(count < 20, ccxt.kraken is kraken, len(ccxt.exchanges) > 90)"
    )
    out = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert out.stdout.split() == ["True", "True", "True"]
