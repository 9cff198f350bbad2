"""WebSockets of Kraken and Coinbase at the sandbox: books that add up, and refusals in the exchanges' own form."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from argosy.domains.trading.sandbox.exchange.wire import coinbase_stream
from argosy.domains.trading.sandbox.exchange.wire.kraken_stream import checksum
from argosy.domains.trading.sandbox.server import SandboxThread

UPDATES = 5
Written = dict[str, str]


class Stream:
    """One connection; numbers are kept as they are written."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def ask(self, **request: Any) -> None:
        self._socket.send(json.dumps(request))

    def next(self, wanted: Callable[[dict[str, Any]], bool] = lambda message: True) -> dict[str, Any]:
        while True:
            message: dict[str, Any] = json.loads(
                self._socket.recv(timeout=30), parse_float=str, parse_int=str
            )
            if wanted(message):
                return message


@pytest.fixture
def kraken(sandbox: SandboxThread) -> Iterator[Stream]:
    with connect(sandbox.url.replace("http", "ws", 1) + "/kraken/v2") as socket:
        yield Stream(socket)


@pytest.fixture
def coinbase(sandbox: SandboxThread) -> Iterator[Stream]:
    with connect(sandbox.url.replace("http", "ws", 1) + "/coinbase") as socket:
        yield Stream(socket)


def changed(side: Written, levels: list[tuple[str, str]]) -> None:
    for price, size in levels:
        if float(size):
            side[price] = size
        else:
            del side[price]


def best(side: Written, *, highest: bool) -> list[tuple[str, str]]:
    return sorted(side.items(), key=lambda level: float(level[0]), reverse=highest)


def test_the_checksum_is_that_of_krakens_own_example() -> None:
    asks = [
        "45285.2",
        "0.00100000",
        "45286.4",
        "1.54571953",
        "45286.6",
        "1.54571109",
        "45289.6",
        "1.54560911",
        "45290.2",
        "0.15890660",
        "45291.8",
        "1.54553491",
        "45294.7",
        "0.04454749",
        "45296.1",
        "0.35380000",
        "45297.5",
        "0.09945542",
        "45299.5",
        "0.18772827",
    ]
    bids = [
        "45283.5",
        "0.10000000",
        "45283.4",
        "1.54582015",
        "45282.1",
        "0.10000000",
        "45281.0",
        "0.10000000",
        "45280.3",
        "1.54592586",
        "45279.0",
        "0.07990000",
        "45277.6",
        "0.03310103",
        "45277.5",
        "0.30000000",
        "45277.3",
        "1.54602737",
        "45276.6",
        "0.15445238",
    ]
    pairs = [list(zip(side[::2], side[1::2], strict=True)) for side in (asks, bids)]
    assert checksum(*pairs) == 3310070434


def test_krakens_book_adds_up_to_its_checksums(kraken: Stream) -> None:
    assert kraken.next()["data"][0]["system"] == "online"
    kraken.ask(method="subscribe", params={"channel": "book", "symbol": ["BTC/USD"], "depth": 25}, req_id=7)
    reply = kraken.next()
    assert (reply["success"], reply["req_id"], reply["result"]["depth"]) == (True, "7", "25")
    bids: Written = {}
    asks: Written = {}
    for number in range(UPDATES):
        message = kraken.next(lambda each: each.get("channel") == "book")
        assert message["type"] == ("update" if number else "snapshot")
        row = message["data"][0]
        for side, name in ((bids, "bids"), (asks, "asks")):
            changed(side, [(level["price"], level["qty"]) for level in row[name]])
            assert len(side) == 25
        found = checksum(best(asks, highest=False), best(bids, highest=True))
        assert found == int(row["checksum"])


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"channel": "book", "symbol": ["FOO/USD"]}, "Currency pair not supported FOO/USD"),
        ({"channel": "book", "symbol": ["BTC/USD"], "depth": 7}, "Subscription depth not supported"),
        (
            {"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 7},
            "Subscription ohlc interval not supported",
        ),
        ({"channel": "dreams", "symbol": ["BTC/USD"]}, "Subscription name invalid"),
        ({"channel": "executions", "symbol": ["BTC/USD"], "token": "x"}, "ESession:Invalid session"),
        ({"channel": "ticker", "symbol": "BTC/USD"}, "Pair field must be an array"),
    ],
)
def test_kraken_refuses_in_its_own_form(kraken: Stream, params: dict[str, Any], error: str) -> None:
    kraken.ask(method="subscribe", params=params, req_id=1)
    reply = kraken.next(lambda each: "method" in each)
    assert (reply["success"], reply["error"], reply["method"]) == (False, error, "subscribe")


def test_kraken_answers_pings_beats_and_lets_go(kraken: Stream) -> None:
    kraken.ask(method="ping", req_id=3)
    assert kraken.next(lambda each: each.get("method") == "pong")["req_id"] == "3"
    params = {"channel": "ticker", "symbol": ["BTC/USD"]}
    for method, success in (("subscribe", True), ("subscribe", False), ("unsubscribe", True)):
        kraken.ask(method=method, params=params)
        assert kraken.next(lambda each: "success" in each)["success"] is success
    assert kraken.next(lambda each: each.get("channel") == "heartbeat")


def test_coinbases_book_adds_up_and_its_messages_are_numbered(coinbase: Stream) -> None:
    coinbase.ask(type="subscribe", channel="level2", product_ids=["BTC-USD"])
    bids: Written = {}
    asks: Written = {}
    books = 0
    for number in range(UPDATES + 1):
        message = coinbase.next()
        assert message["sequence_num"] == str(number)
        if message["channel"] == "subscriptions":
            assert message["events"] == [{"subscriptions": {"level2": ["BTC-USD"]}}]
            continue
        event = message["events"][0]
        assert (message["channel"], event["type"]) == ("l2_data", "update" if books else "snapshot")
        books += 1
        for side, name in ((bids, "bid"), (asks, "offer")):
            rows = [row for row in event["updates"] if row["side"] == name]
            changed(side, [(row["price_level"], row["new_quantity"]) for row in rows])
            assert len(side) == 100
        assert float(best(bids, highest=True)[0][0]) < float(best(asks, highest=False)[0][0])
    assert books == UPDATES


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        ({"type": "subscribe", "channel": "dreams", "product_ids": ["BTC-USD"]}, "dreams not supported"),
        ({"type": "subscribe", "channel": "ticker", "product_ids": ["FOO-USD"]}, "FOO-USD not found"),
        ({"type": "subscribe", "channel": "ticker"}, "product_ids"),
        ({"type": "subscribe", "channel": "user", "product_ids": ["BTC-USD"]}, "authentication failure"),
        ({"type": "dream"}, "dream not supported"),
    ],
)
def test_coinbase_refuses_in_its_own_form(coinbase: Stream, request_: dict[str, Any], error: str) -> None:
    coinbase.ask(**request_)
    reply = coinbase.next()
    assert reply["type"] == "error"
    assert error in reply["message"]


def test_coinbase_sends_candles_and_heartbeats_until_it_is_told_to_stop(coinbase: Stream) -> None:
    coinbase.ask(type="subscribe", channel="candles", product_ids=["BTC-USD"])
    candle = coinbase.next(lambda each: each["channel"] == "candles")["events"][0]["candles"][-1]
    assert int(candle["start"]) % 300 == 0
    assert float(candle["low"]) <= float(candle["close"]) <= float(candle["high"])
    coinbase.ask(type="subscribe", channel="heartbeats")
    assert (
        coinbase.next(lambda each: each["channel"] == "heartbeats")["events"][0]["heartbeat_counter"] == "1"
    )
    coinbase.ask(type="unsubscribe", channel="candles", product_ids=["BTC-USD"])
    left = [{"subscriptions": {"heartbeats": [""]}}]
    assert coinbase.next(lambda each: each["channel"] == "subscriptions" and each["events"] == left)


def test_coinbase_closes_a_connection_without_a_subscription(
    sandbox: SandboxThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coinbase_stream, "SUBSCRIBED_WITHIN_S", 0.1)
    with (
        connect(sandbox.url.replace("http", "ws", 1) + "/coinbase/") as socket,
        pytest.raises(ConnectionClosed),
    ):
        socket.recv(timeout=30)
