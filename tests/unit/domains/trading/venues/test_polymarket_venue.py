"""The reading side of Polymarket over an in-process transport."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
import stamina
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from argosy.core.clock import DrivenClock, from_ms
from argosy.core.venues.venue import Capability, VenueStatus
from argosy.domains.trading.market import BinaryVenue
from argosy.domains.trading.settings import TradingSettings
from argosy.domains.trading.venues.polymarket.adapter import PolymarketVenue
from argosy.domains.trading.venues.polymarket.factory import polymarket_client, polymarket_venue
from argosy.domains.trading.venues.polymarket.parse import parse_book
from argosy.domains.trading.venues.polymarket.terms import TermsBook
from argosy.domains.trading.venues.polymarket.ticks import NewestTicks
from argosy.errors import (
    ArgosyError,
    BadReply,
    CircuitOpen,
    InvalidInput,
    ModeRefused,
    NoQuote,
    VenueError,
    VenueNotFound,
)
from argosy.infrastructure.resilience.memory_breaker import MemoryBreakers
from argosy.infrastructure.resilience.memory_limits import MemoryRateLimiter
from argosy.infrastructure.resilience.shared import Shared

NOW = from_ms(1769406512_000)
SLUG = "btc-updown-15m-1769406300"
SANDBOX = TradingSettings().at_sandbox("http://127.0.0.1:8710")
MARKET = {
    "conditionId": "0x" + "7c" * 32,
    "slug": SLUG,
    "outcomes": '["Up", "Down"]',
    "clobTokenIds": '["11", "22"]',
    "endDate": "2026-01-26T06:00:00Z",
    "eventStartTime": "2026-01-26T05:45:00Z",
    "active": True,
    "closed": False,
    "enableOrderBook": True,
    "acceptingOrders": True,
    "orderPriceMinTickSize": 0.01,
    "orderMinSize": 5,
    "feeSchedule": {"exponent": 1, "rate": 0.07, "takerOnly": True},
}


def book(token: str, bid: str | None = "0.50", ask: str | None = "0.52") -> dict[str, Any]:
    return {
        "asset_id": token,
        "timestamp": "1769406512345",
        "bids": [{"price": bid, "size": "10"}] if bid else [],
        "asks": [{"price": ask, "size": "10"}] if ask else [],
        "a_new_field": {"anything": 1},
    }


Reply = Callable[[httpx.Request], Any]


class Wire:
    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        reply = self.replies.get(request.url.path)
        found = reply(request) if reply else httpx.Response(404, json={"error": "not found"})
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1):
        yield


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def venue(wire: Wire) -> PolymarketVenue:
    clock = DrivenClock(NOW)
    shared = Shared(MemoryRateLimiter(clock), MemoryBreakers(clock))
    return polymarket_venue(SANDBOX, clock, shared, transport=httpx.MockTransport(wire))


def test_it_is_a_binary_venue_that_only_reads(venue: PolymarketVenue) -> None:
    assert isinstance(venue, BinaryVenue)
    assert Capability.BINARY_MARKETS in venue.capabilities
    assert Capability.PLACE_ORDER not in venue.capabilities
    for call in (venue.balances, venue.positions, lambda: venue.query_action("c")):
        with pytest.raises(ModeRefused):
            call()


def test_a_window_is_read_through_its_event(venue: PolymarketVenue, wire: Wire) -> None:
    wire.replies[f"/polymarket/gamma/events/slug/{SLUG}"] = lambda r: {
        "slug": SLUG,
        "markets": [MARKET],
        "eventMetadata": {"priceToBeat": 87954.12},
    }
    market = venue.market(SLUG)
    assert market.price_to_beat == Decimal("87954.12")
    assert market.tick == Decimal("0.01")
    assert venue.resolution(SLUG) is None
    with pytest.raises(VenueNotFound):
        venue.market("btc-updown-15m-1769407200")


def test_other_markets_are_read_by_slug(venue: PolymarketVenue, wire: Wire) -> None:
    wire.replies["/polymarket/gamma/markets/slug/will-it-rain"] = lambda r: {**MARKET, "slug": "will-it-rain"}
    assert venue.market("will-it-rain").settlement.kind == "unknown"


def test_a_slug_cannot_leave_its_path(venue: PolymarketVenue, wire: Wire) -> None:
    with pytest.raises(VenueNotFound):
        venue.market("../../clob/book?x=")
    assert wire.seen[0].url.raw_path == b"/polymarket/gamma/markets/slug/..%2F..%2Fclob%2Fbook%3Fx%3D"


def test_both_books_come_in_one_request(venue: PolymarketVenue, wire: Wire) -> None:
    wire.replies["/polymarket/clob/books"] = lambda r: [
        book(entry["token_id"]) for entry in reversed(json.loads(r.content)) if entry["token_id"] != "33"
    ]
    up, down = venue.books(["11", "22"])
    assert (up.symbol, down.symbol) == ("11", "22")
    assert up.received_at == NOW
    assert len(wire.seen) == 1
    with pytest.raises(VenueNotFound):
        venue.books(["11", "33"])
    for wrong in ([], ["1"] * 501):
        with pytest.raises(InvalidInput):
            venue.books(wrong)


def test_quotes(venue: PolymarketVenue, wire: Wire) -> None:
    path = "/polymarket/clob/book"
    wire.replies[path] = lambda r: book(r.url.params["token_id"])
    quote = venue.quote("11")
    assert (quote.bid, quote.ask, quote.at) == (Decimal("0.50"), Decimal("0.52"), from_ms(1769406512345))
    wire.replies[path] = lambda r: book("11", ask=None)
    assert venue.quote("11").ask is None
    for bad in (book("11", "0.52", "0.52"), book("11", None, None), {**book("11"), "timestamp": None}):
        wire.replies[path] = lambda r, bad=bad: bad
        with pytest.raises(NoQuote):
            venue.quote("11")
    wire.replies[path] = lambda r: book("99")
    with pytest.raises(BadReply, match="another token"):
        venue.quote("11")
    for text, status in (("Invalid token id", 400), ("No orderbook exists for the requested token id", 404)):
        wire.replies[path] = lambda r, text=text, status=status: httpx.Response(status, json={"error": text})
        with pytest.raises(VenueNotFound):
            venue.quote("11")


def test_assets_are_the_tokens_of_the_current_window(venue: PolymarketVenue, wire: Wire) -> None:
    assert venue.assets() == []
    wire.replies[f"/polymarket/gamma/events/slug/{SLUG}"] = lambda r: {"slug": SLUG, "markets": [MARKET]}
    assert [(asset.symbol, asset.attributes["outcome"]) for asset in venue.assets()] == [
        ("11", "UP"),
        ("22", "DOWN"),
    ]


def test_status(venue: PolymarketVenue, wire: Wire) -> None:
    path = "/polymarket/clob/time"
    for reply, status in (
        (httpx.Response(200, content=b"1769406512"), VenueStatus.UP),
        (httpx.Response(200, content=b'"x"'), VenueStatus.DEGRADED),
        (httpx.Response(429), VenueStatus.DEGRADED),
        (httpx.Response(500), VenueStatus.DOWN),
    ):
        clock = DrivenClock(NOW)
        fresh = polymarket_venue(
            SANDBOX, clock, Shared(), transport=httpx.MockTransport(lambda r, reply=reply: reply)
        )
        assert fresh.status() is status
    wire.replies[path] = lambda r: httpx.Response(500)
    for _ in range(6):
        assert venue.status() is VenueStatus.DOWN
    assert len(wire.seen) == 5
    with pytest.raises(CircuitOpen):
        venue.books(["11"])


def test_keyset_paging(wire: Wire) -> None:
    pages = {"": ([{"slug": "a"}], "c1"), "c1": ([{"slug": "b"}], "c2"), "c2": ([{"slug": "c"}], None)}

    def page(request: httpx.Request) -> dict[str, Any]:
        rows, following = pages[request.url.params.get("after_cursor", "")]
        return {"events": rows, **({"next_cursor": following} if following else {})}

    wire.replies["/polymarket/gamma/events/keyset"] = page
    client = polymarket_client(SANDBOX, DrivenClock(NOW), Shared(), transport=httpx.MockTransport(wire))
    assert [event["slug"] for event in client.events({"closed": "false"})] == ["a", "b", "c"]
    assert len(list(client.events({}, pages=2))) == 2
    wire.replies["/polymarket/gamma/events/keyset"] = lambda r: {"events": [7]}
    with pytest.raises(BadReply):
        list(client.events({}))


NONSENSE = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["slug", "markets", "asset_id", "bids", "error", "success"]), inner
            )
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode()),
)


@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(body=NONSENSE, status=st.sampled_from([200, 200, 200, 400, 404, 429, 500, 503]))
def test_garbage_is_an_error_of_ours(body: bytes, status: int) -> None:
    answer = httpx.MockTransport(lambda r: httpx.Response(status, stream=httpx.ByteStream(body)))
    venue = polymarket_venue(SANDBOX, DrivenClock(NOW), Shared(), transport=answer)
    for call in (
        lambda: venue.market(SLUG),
        lambda: venue.market("other"),
        lambda: venue.order_book("11"),
        lambda: venue.books(["11"]),
    ):
        with pytest.raises(ArgosyError) as caught:
            call()
        assert isinstance(caught.value, VenueError)


def test_every_address_goes_to_the_sandbox() -> None:
    places = SANDBOX.polymarket
    assert places.gamma_url == "http://127.0.0.1:8710/polymarket/gamma"
    assert places.clob_url == "http://127.0.0.1:8710/polymarket/clob"
    assert places.ws_url == "ws://127.0.0.1:8710/polymarket/ws/market"
    assert [SANDBOX.exchange(name).base_url for name in ("binance", "coinbase", "kraken")] == [
        f"http://127.0.0.1:8710/{name}" for name in ("binance", "coinbase", "kraken")
    ]
    assert TradingSettings().polymarket.clob_url == "https://clob.polymarket.com"
    assert TradingSettings().exchange("kraken").base_url is None
    assert datetime(2026, 1, 26, 5, 48, 32, tzinfo=UTC) == NOW


def test_a_book_is_a_newer_word_on_the_tick_size_than_a_description(wire: Wire) -> None:
    """The description lags: it still says a cent when the book says a tenth of one, and the other way round."""
    clock = DrivenClock(NOW)
    shared = Shared(MemoryRateLimiter(clock), MemoryBreakers(clock))
    venue = polymarket_venue(SANDBOX, clock, shared, transport=httpx.MockTransport(wire))
    wire.replies[f"/polymarket/gamma/events/slug/{SLUG}"] = lambda _: {"slug": SLUG, "markets": [MARKET]}
    wire.replies["/polymarket/clob/books"] = lambda _: [
        {**book(token), "tick_size": 0.001} for token in ("11", "22")
    ]
    assert venue.market(SLUG).tick == Decimal("0.01")
    venue.books(["11", "22"])
    assert venue.market(SLUG).tick == Decimal("0.001")
    wire.replies["/polymarket/clob/book"] = lambda _: {**book("22"), "tick_size": "0.01"}
    venue.order_book("22")
    assert venue.market(SLUG).tick == Decimal("0.01")
    clock.advance(11)  # the description is as new as anything again
    wire.replies[f"/polymarket/gamma/events/slug/{SLUG}"] = lambda _: {
        "slug": SLUG,
        "markets": [{**MARKET, "orderPriceMinTickSize": 0.001}],
    }
    assert venue.market(SLUG).tick == Decimal("0.001")


def test_orders_are_checked_on_the_grid_of_the_newest_book(wire: Wire) -> None:
    clock = DrivenClock(NOW)
    ticks = NewestTicks(clock)
    client = polymarket_client(
        SANDBOX,
        clock,
        Shared(MemoryRateLimiter(clock), MemoryBreakers(clock)),
        transport=httpx.MockTransport(wire),
    )
    terms = TermsBook(client, clock, ticks=ticks)
    wire.replies["/polymarket/clob/markets-by-token/11"] = lambda _: {"condition_id": MARKET["conditionId"]}
    wire.replies[f"/polymarket/clob/clob-markets/{MARKET['conditionId']}"] = lambda _: {
        "c": MARKET["conditionId"],
        "mos": 5,
        "mts": 0.01,
    }
    assert terms.of("11").tick == Decimal("0.01")
    clock.advance(1)
    newer = parse_book({**book("11"), "tick_size": "0.001"}, received_at=clock.now())
    ticks.note([newer])
    assert terms.of("11").tick == Decimal("0.001")
    clock.advance(10)  # the terms are read anew, and are newer than the book
    assert terms.of("11").tick == Decimal("0.01")
