"""The sandbox's filters, each at least as narrow as the venue's: no row that the venue would leave out."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from argosy.core.actions.action import ActionStatus
from argosy.domains.trading.sandbox.identity import exchange_secret
from tests.support.sandbox_bench import ME, OTHER, START, Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()


def filled(bench: Bench) -> str:
    """Our resting order for UP, met by a taker of DOWN."""
    ask = bench.venue.order_book(bench.market.up).asks[0].price
    price = ask - Decimal("0.01")
    client_id = bench.rest(1, bench.market.up, str(price))
    bench.take_other(1, str(1 - price))
    return client_id


def test_an_order_met_by_a_taker_of_the_other_outcome_is_found(bench: Bench) -> None:
    client_id = filled(bench)
    found = bench.venue.query_action(client_id)
    assert found is not None
    assert (found.status, found.filled) == (ActionStatus.FILLED, 10)
    assert {fill.symbol for fill in found.fills} == {bench.market.up}
    listed = bench.venue.fills(bench.clock.now())
    assert [(fill.client_id, fill.quantity, fill.symbol) for fill in listed] == [
        (client_id, 10, bench.market.up)
    ]
    (position,) = bench.venue.positions()
    assert (position.symbol, position.quantity) == (bench.market.up, 10)
    assert position.average_cost == found.average_price


def test_trades_are_filtered_by_the_takers_token(bench: Bench) -> None:
    filled(bench)
    market = bench.market
    assert bench.signed("/data/trades", asset_id=market.up) == []
    (trade,) = bench.signed("/data/trades", asset_id=market.down)
    assert trade["trader_side"] == "MAKER"
    assert [part["asset_id"] for part in trade["maker_orders"]] == [market.up]


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({"market": "{condition}"}, True),
        ({"market": "0x12"}, False),
        ({"maker_address": ME}, True),
        ({"maker_address": OTHER}, False),
        ({"id": "trade-1"}, True),
        ({"id": "trade-2"}, False),
        ({"after": "{before}"}, True),
        ({"after": "{second}"}, False),
        ({"before": "{after}"}, True),
        ({"before": "{second}"}, False),
        ({"asset_id": "{down}", "market": "{condition}"}, True),
        ({"asset_id": "{down}", "market": "0x12"}, False),
    ],
)
def test_each_filter_of_trades(bench: Bench, query: dict[str, str], listed: bool) -> None:
    filled(bench)
    second = int(START.timestamp())
    known = {
        "condition": bench.market.condition_id,
        "down": bench.market.down,
        "second": second,
        "before": second - 1,
        "after": second + 1,
    }
    found = bench.signed("/data/trades", **{name: value.format(**known) for name, value in query.items()})
    assert bool(found) is listed


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, 2),
        ({"asset_id": "{up}"}, 1),
        ({"asset_id": "{down}"}, 1),
        ({"market": "{condition}"}, 2),
        ({"market": "0x12"}, 0),
        ({"asset_id": "{up}", "market": "0x12"}, 0),
        ({"id": "0x12"}, 0),
    ],
)
def test_each_filter_of_orders(bench: Bench, query: dict[str, str], listed: int) -> None:
    market = bench.market
    bench.rest(1, market.up, "0.02", "60")
    bench.rest(2, market.down, "0.02", "60")
    known = {"condition": market.condition_id, "up": market.up, "down": market.down}
    found = bench.signed("/data/orders", **{name: value.format(**known) for name, value in query.items()})
    assert len(found) == listed


@pytest.mark.parametrize(
    ("query", "listed"),
    [
        ({}, 1),
        ({"sizeThreshold": "0"}, 2),
        ({"sizeThreshold": "20"}, 0),
        ({"sizeThreshold": "0", "market": "0x12"}, 0),
        ({"sizeThreshold": "0", "redeemable": "true"}, 0),
        ({"sizeThreshold": "0", "mergeable": "false"}, 0),
        ({"sizeThreshold": "0", "limit": "1"}, 1),
        ({"sizeThreshold": "0", "offset": "2"}, 0),
    ],
)
def test_each_filter_of_positions(bench: Bench, query: dict[str, str], listed: int) -> None:
    filled(bench)
    bench.world.engine.ledger.hand("house", ME, bench.market.down, Decimal("0.5"), "gift")
    rows = bench.http.get("/polymarket/data/positions", params={"user": ME, **query}).json()
    assert len(rows) == listed


@pytest.mark.parametrize(
    ("query", "some"),
    [
        ({"live": "true"}, True),
        ({"start_time_min": "2030-01-01T00:00:00Z"}, False),
        ({"start_time_max": "2020-01-01T00:00:00Z"}, False),
        ({"end_date_min": "2030-01-01T00:00:00Z"}, False),
        ({"end_date_max": "2020-01-01T00:00:00Z"}, False),
        ({"volume_num_min": "20000"}, False),
        ({"liquidity_num_min": "1"}, True),
        ({"liquidity_num_min": "10000"}, False),
        ({"tag_id": "5"}, False),
        ({"series_id": "1"}, False),
        ({"recurrence": "15m"}, True),
        ({"recurrence": "1d"}, False),
        ({"condition_ids": "0x12"}, False),
        ({"clob_token_ids": "12"}, False),
        ({"slug": "nothing"}, False),
    ],
)
def test_each_filter_of_markets(bench: Bench, query: dict[str, str], some: bool) -> None:
    page = bench.http.get("/polymarket/gamma/markets/keyset", params=query).json()
    assert bool(page["markets"]) is some


def binance(bench: Bench, path: str, **fields: Any) -> Any:
    key = "k" * 64
    query = urlencode({**fields, "timestamp": bench.world.now_ms()})
    signature = hmac.new(exchange_secret(key).encode(), query.encode(), hashlib.sha256).hexdigest()
    method = "POST" if "side" in fields else "GET"
    return bench.http.request(
        method, f"/binance/api/v3/{path}?{query}&signature={signature}", headers={"x-mbx-apikey": key}
    ).json()


def test_each_filter_of_binance(bench: Bench) -> None:
    order = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.01"}
    first = binance(bench, "order", **order, type="MARKET")
    bench.clock.advance(5)
    second = binance(bench, "order", **order, type="MARKET")
    resting = binance(bench, "order", **order, type="LIMIT", timeInForce="GTC", price="1000")
    now = bench.world.now_ms()

    def of(**query: Any) -> Any:
        found = binance(bench, "myTrades", **query)
        return found["code"] if isinstance(found, dict) else {trade["orderId"] for trade in found}

    symbol = {"symbol": "BTCUSDT"}
    assert of(**symbol) == {first["orderId"], second["orderId"]}
    assert of(**symbol, orderId=first["orderId"]) == {first["orderId"]}
    assert of(**symbol, startTime=now) == {second["orderId"]}
    assert of(**symbol, endTime=now - 5000) == {first["orderId"]}
    assert of(**symbol, fromId=max(t["id"] for t in binance(bench, "myTrades", **symbol))) == {
        second["orderId"]
    }
    assert of(**symbol, limit=1) == {second["orderId"]}
    assert of() == -1102
    assert of(**symbol, fromId=1, startTime=1) == -1128
    assert of(**symbol, startTime=now - 86_400_001, endTime=now) == -1127
    assert [one["orderId"] for one in binance(bench, "openOrders", **symbol)] == [resting["orderId"]]
    assert binance(bench, "openOrders", symbol="ETHUSDT") == []
    assert binance(bench, "order", **symbol, origClientOrderId="nothing")["code"] == -2013
