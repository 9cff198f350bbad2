"""The wire formats, request by request."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from websockets.sync.client import connect

from argosy.core.clock import DrivenClock, SystemClock, from_ms
from argosy.domains.trading.market import BinaryMarket, window_slug
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.domains.trading.venues.polymarket.parse import parse_book, parse_market
from argosy.errors import InvalidInput

CLOB, GAMMA = "/polymarket/clob", "/polymarket/gamma"


def venue_now(http: httpx.Client) -> datetime:
    return from_ms(http.get("/sandbox/clock").json()["now"])


def market_now(http: httpx.Client, prefix: str = "btc-updown-15m") -> BinaryMarket:
    """The window that runs by the venue's clock."""
    now = venue_now(http)
    reply = http.get(f"{GAMMA}/markets/slug/{window_slug(prefix, now)}")
    assert reply.status_code == 200
    return parse_market(reply.json(), read_at=now)


def test_the_running_market_is_found_by_its_slug_and_tradable(http: httpx.Client) -> None:
    market = market_now(http)
    assert market.tradable(venue_now(http))
    assert market.settlement.kind == "btc-15m-twap-60"
    assert market.fees is not None
    assert (market.fees.rate, market.tick, market.minimum_size) == (Decimal("0.07"), Decimal("0.01"), 5)
    event = http.get(f"{GAMMA}/events/slug/{market.slug}").json()
    assert event["markets"][0]["conditionId"] == market.condition_id
    past = market_now(http, "btc-updown-5m")
    earlier = f"btc-updown-5m-{int(past.window_start.timestamp()) - 600}" if past.window_start else ""
    resolved = parse_market(http.get(f"{GAMMA}/markets/slug/{earlier}").json(), read_at=SystemClock().now())
    assert resolved.resolution is not None
    assert resolved.resolution.winner in {"UP", "DOWN"}
    assert resolved.resolution.final_price is not None
    assert http.get(f"{GAMMA}/markets/slug/btc-updown-15m-17").status_code == 404


def test_keyset_pages_filters_and_refusals(http: httpx.Client) -> None:
    first = http.get(
        f"{GAMMA}/markets/keyset",
        params={"closed": "false", "limit": "2", "order": "endDate", "ascending": "true"},
    ).json()
    assert len(first["markets"]) == 2
    following = http.get(
        f"{GAMMA}/markets/keyset",
        params={
            "closed": "false",
            "limit": "100",
            "order": "endDate",
            "ascending": "true",
            "after_cursor": first["next_cursor"],
        },
    ).json()
    assert "next_cursor" not in following
    ends = [market["endDate"] for market in first["markets"] + following["markets"]]
    assert ends == sorted(ends)
    assert http.get(f"{GAMMA}/markets/keyset", params={"offset": "1"}).status_code == 422
    assert http.get(f"{GAMMA}/events/keyset", params={"order": "colour"}).status_code == 422
    series = http.get(f"{GAMMA}/events/keyset", params={"series_id": "10192", "closed": "false"}).json()[
        "events"
    ]
    assert series
    assert all(event["slug"].startswith("btc-updown-15m-") for event in series)


def test_books_one_by_one_and_together(http: httpx.Client) -> None:
    market = market_now(http)
    one = parse_book(
        http.get(f"{CLOB}/book", params={"token_id": market.up}).json(), received_at=SystemClock().now()
    )
    assert one.symbol == market.up
    assert one.tick == Decimal("0.01")
    payload = [{"token_id": token} for token in (*market.symbols, "123")]
    both = http.post(f"{CLOB}/books", json=payload).json()
    assert {book["asset_id"] for book in both} == set(market.symbols)
    assert http.get(f"{CLOB}/book", params={"token_id": "x"}).json() == {"error": "Invalid token id"}
    assert http.get(f"{CLOB}/book", params={"token_id": "123"}).status_code == 404
    assert http.post(f"{CLOB}/books", json=payload * 200).json() == {"error": "Payload exceeds the limit"}
    for garbage in (b"", b"{}", b"[1]", b"\xff"):
        assert http.post(f"{CLOB}/books", content=garbage).status_code == 400


@pytest.fixture
def still() -> Iterator[httpx.Client]:
    """A sandbox whose clock stands still."""
    with (
        SandboxThread(
            simulated(seed=7, clock=DrivenClock(datetime(2026, 11, 23, 11, 1, tzinfo=UTC)))
        ) as served,
        httpx.Client(base_url=served.url, timeout=30) as client,
    ):
        yield client


def test_single_figures_agree_with_the_book(still: httpx.Client) -> None:
    http = still
    market = market_now(http)
    token = {"token_id": market.up}
    book = parse_book(http.get(f"{CLOB}/book", params=token).json(), received_at=SystemClock().now())
    bid = http.get(f"{CLOB}/price", params={**token, "side": "BUY"})
    ask = http.get(f"{CLOB}/price", params={**token, "side": "SELL"})
    if book.best_bid is not None:
        assert Decimal(bid.json()["price"]) == book.best_bid.price
    if book.best_ask is not None:
        assert Decimal(ask.json()["price"]) == book.best_ask.price
    if book.best_bid is not None and book.best_ask is not None:
        spread = http.get(f"{CLOB}/spread", params=token).json()["spread"]
        middle = http.get(f"{CLOB}/midpoint", params=token).json()["mid"]
        assert Decimal(spread) == book.best_ask.price - book.best_bid.price
        assert Decimal(middle) == (book.best_ask.price + book.best_bid.price) / 2
    assert http.get(f"{CLOB}/tick-size", params={"token_id": market.up}).json() == {"minimum_tick_size": 0.01}
    compact = http.get(f"{CLOB}/clob-markets/{market.condition_id}").json()
    assert compact["fd"] == {"r": 0.07, "e": 1.0, "to": True}
    assert http.get(f"{CLOB}/markets-by-token/{market.down}").json()["primary_token_id"] == market.up
    assert abs(int(http.get(f"{CLOB}/time").text) - venue_now(http).timestamp()) < 5
    assert http.get(f"{CLOB}/version").json() == {"version": 2}
    points = http.get(f"{CLOB}/prices-history", params={"market": market.up, "interval": "1h"}).json()[
        "history"
    ]
    assert all(0 < point["p"] < 1 for point in points)


def test_the_market_channel_sends_books_then_changes(http: httpx.Client, running: SandboxThread) -> None:
    market = market_now(http)
    address = running.url.replace("http", "ws") + "/polymarket/ws/market"
    with connect(address) as socket:
        socket.send("PING")
        assert socket.recv(timeout=30) == "PONG"
        socket.send(json.dumps({"type": "market", "assets_ids": list(market.symbols)}))
        books = json.loads(socket.recv(timeout=30))
        assert [book["event_type"] for book in books] == ["book", "book"]
        held: dict[str, dict[str, dict[str, str]]] = {
            book["asset_id"]: {
                "BUY": {level["price"]: level["size"] for level in book["bids"]},
                "SELL": {level["price"]: level["size"] for level in book["asks"]},
            }
            for book in books
        }
        changes = 0
        while changes < 3:
            message = json.loads(socket.recv(timeout=20))
            if message["event_type"] != "price_change":
                continue
            changes += 1
            for change in message["price_changes"]:
                side = held[change["asset_id"]][change["side"]]
                if change["size"] == "0":
                    assert change["price"] in side
                    del side[change["price"]]
                else:
                    side[change["price"]] = change["size"]
            token = message["price_changes"][-1]["asset_id"]
            best = message["price_changes"][-1]["best_bid"]
            assert max(map(Decimal, held[token]["BUY"]), default=Decimal(0)) == Decimal(best)
        socket.send("nonsense")
        while True:
            reply = socket.recv(timeout=30)
            if reply == "INVALID OPERATION":
                break
        socket.send(json.dumps({"operation": "unsubscribe", "assets_ids": list(market.symbols)}))


def test_a_resolution_is_announced(shared_speed: SandboxThread) -> None:
    with httpx.Client(base_url=shared_speed.url, timeout=30) as http:
        now_s = int(http.get(f"{CLOB}/time").text)
        slug = f"btc-updown-5m-{now_s - now_s % 300 - 300}"
        market = parse_market(http.get(f"{GAMMA}/markets/slug/{slug}").json(), read_at=SystemClock().now())
        with connect(shared_speed.url.replace("http", "ws") + "/polymarket/ws/market") as socket:
            socket.send(json.dumps({"type": "market", "assets_ids": [market.up]}))
            while True:
                message: Any = json.loads(socket.recv(timeout=30))
                if isinstance(message, dict) and message.get("event_type") == "market_resolved":
                    break
        assert message["market"] == market.condition_id
        assert message["winning_asset_id"] in market.symbols
        resolved = parse_market(http.get(f"{GAMMA}/markets/slug/{slug}").json(), read_at=SystemClock().now())
        assert resolved.resolution is not None
        assert resolved.token(resolved.resolution.winner or "") == message["winning_asset_id"]


@pytest.fixture
def shared_speed() -> Any:
    with SandboxThread(simulated(seed=7, speed=60)) as served:
        yield served


def test_venue_time_runs_at_its_speed_in_header_and_body(shared_speed: SandboxThread) -> None:
    with httpx.Client(base_url=shared_speed.url) as http:
        first = http.get("/sandbox/clock").json()
        while (second := http.get("/sandbox/clock").json())["wall"] - first["wall"] < 200:
            pass
        ratio = (second["now"] - first["now"]) / (second["wall"] - first["wall"])
        assert ratio == pytest.approx(60, rel=0.15)
        reply = http.get(f"{CLOB}/time")
        stamp = time.mktime(time.strptime(reply.headers["date"], "%a, %d %b %Y %H:%M:%S GMT")) - time.timezone
        assert abs(stamp - int(reply.text)) <= 1
        assert len(reply.headers.get_list("date")) == 1


def test_it_serves_this_machine_only() -> None:
    with pytest.raises(InvalidInput, match="this machine only"):
        SandboxThread(simulated(), host="0.0.0.0")
