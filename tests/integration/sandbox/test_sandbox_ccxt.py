"""Plain ccxt, as other people's bots use it, at the sandbox: every unified call of spot trading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import pytest

from argosy.domains.trading.sandbox.identity import exchange_secret
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.venues.exchange.loader import ccxt_errors, exchange_class

KEY = "ccxtbot1234"
OPTIONS = {
    "defaultType": "spot",
    "fetchMarkets": {"types": ["spot"]},
    "fetchMargins": False,
    "fetchCurrencies": False,
}
PUBLIC = {"binance": "BTC/USDT", "kraken": "BTC/USD", "coinbase": "BTC/USD"}


def at_sandbox(exchange: Any, url: str, name: str) -> Any:
    """Every address of ccxt at the sandbox, HTTP and WebSocket."""

    def moved(places: Any) -> Any:
        if isinstance(places, dict):
            return {key: moved(place) for key, place in places.items()}
        if not isinstance(places, str) or "://" not in places:
            return places
        path = places.split("://", 1)[1].partition("/")[2]
        root = url.replace("http", "ws", 1) if places.startswith("ws") else url
        return f"{root}/{name}/{path}".rstrip("/")

    exchange.urls["api"] = moved(exchange.urls["api"])
    return exchange


def exchange(name: str, sandbox: SandboxThread, *, key: bool = True) -> Any:
    keys = {"apiKey": KEY, "secret": exchange_secret(KEY)} if key else {}
    made = exchange_class(name)({**keys, "options": dict(OPTIONS), "enableRateLimit": False})
    return at_sandbox(made, sandbox.url, name)


@pytest.fixture
def binance(sandbox: SandboxThread) -> Any:
    return exchange("binance", sandbox)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_trades(name: str, sandbox: SandboxThread) -> None:
    venue, symbol = exchange(name, sandbox, key=name == "binance"), PUBLIC[name]
    trades = venue.fetch_trades(symbol, limit=20)
    assert 15 <= len(trades) <= 20
    times = [trade["timestamp"] for trade in trades]
    assert times == sorted(set(times))
    assert {trade["side"] for trade in trades} <= {"buy", "sell"}
    last = venue.fetch_ticker(symbol)["last"]
    assert all(abs(trade["price"] / last - 1) < 0.01 and trade["amount"] > 0 for trade in trades)


def test_trades_since_a_moment_begin_there(binance: Any) -> None:
    since = binance.milliseconds() - 300_000
    trades = binance.fetch_trades("BTC/USDT", since=since, limit=10)
    assert len(trades) == 10
    assert 0 <= trades[0]["timestamp"] - since < 2_000


def test_orders_of_all_kinds_are_listed_and_changed(binance: Any) -> None:
    bought = binance.create_order("BTC/USDT", "market", "buy", 0.01)
    resting = binance.create_order("BTC/USDT", "limit", "buy", 0.01, 1000)
    gone = binance.create_order("BTC/USDT", "limit", "buy", 0.01, 1001)
    binance.cancel_order(gone["id"], "BTC/USDT")
    known = {order["id"]: order["status"] for order in binance.fetch_orders("BTC/USDT")}
    assert known == {bought["id"]: "closed", resting["id"]: "open", gone["id"]: "canceled"}
    assert [order["id"] for order in binance.fetch_closed_orders("BTC/USDT")] == [bought["id"]]
    assert [order["id"] for order in binance.fetch_canceled_orders("BTC/USDT")] == [gone["id"]]
    assert [order["id"] for order in binance.fetch_orders("BTC/USDT", limit=1)] == [gone["id"]]
    changed = binance.edit_order(resting["id"], "BTC/USDT", "limit", "buy", 0.02, 1002)
    assert changed["id"] != resting["id"]
    (listed,) = binance.fetch_open_orders("BTC/USDT")
    assert (listed["id"], listed["price"], listed["amount"]) == (changed["id"], 1002, 0.02)
    assert binance.fetch_order(resting["id"], "BTC/USDT")["status"] == "canceled"
    assert binance.fetch_order_trades(bought["id"], "BTC/USDT")[0]["order"] == bought["id"]


def test_an_order_that_is_gone_is_not_changed_into_another(binance: Any) -> None:
    """STOP_ON_FAILURE: without the cancellation nothing is placed."""
    bought = binance.create_order("BTC/USDT", "market", "buy", 0.01)
    with pytest.raises(ccxt_errors().ExchangeError):
        binance.edit_order(bought["id"], "BTC/USDT", "limit", "buy", 0.02, 1002)
    assert binance.fetch_open_orders("BTC/USDT") == []


def test_an_order_that_cannot_be_replaced_is_cancelled_all_the_same(binance: Any) -> None:
    resting = binance.create_order("BTC/USDT", "limit", "buy", 0.01, 1000)
    with pytest.raises(ccxt_errors().ExchangeError, match="-2021"):
        binance.edit_order(resting["id"], "BTC/USDT", "limit", "buy", 50, 60_000)
    assert binance.fetch_order(resting["id"], "BTC/USDT")["status"] == "canceled"


def test_fees_are_those_that_trades_pay(binance: Any) -> None:
    fees = binance.fetch_trading_fees()
    assert fees["BTC/USDT"]["taker"] == 0.001
    assert binance.fetch_trading_fee("ETH/USDT")["maker"] == 0.001
    trade = binance.create_order("BTC/USDT", "market", "buy", 0.01)["trades"][0]
    assert Decimal(str(trade["fee"]["cost"])) == Decimal(str(trade["amount"])) * Decimal("0.001")
    assert binance.fetch_status()["status"] == "ok"


def test_a_test_order_is_checked_and_not_placed(binance: Any) -> None:
    binance.create_order("BTC/USDT", "limit", "buy", 0.01, 1000, {"test": True})
    assert binance.fetch_orders("BTC/USDT") == []


@pytest.mark.parametrize("name", ["kraken", "coinbase"])
def test_the_others_trade_nothing_and_say_so_in_their_own_form(name: str, sandbox: SandboxThread) -> None:
    venue = exchange(name, sandbox)
    venue.secret = "c2VjcmV0c2VjcmV0"
    with pytest.raises(ccxt_errors().AuthenticationError):
        venue.fetch_open_orders(PUBLIC[name])


WATCHED: dict[str, Callable[[Any, str], Awaitable[Any]]] = {
    "trades": lambda venue, symbol: venue.watch_trades(symbol),
    "ticker": lambda venue, symbol: venue.watch_ticker(symbol),
    "best prices": lambda venue, symbol: venue.watch_bids_asks([symbol]),
    "candles": lambda venue, symbol: venue.watch_ohlcv(symbol, "1m"),
    "book": lambda venue, symbol: venue.watch_order_book(symbol),
}
STREAMS = [
    *(("binance", what) for what in WATCHED),
    *(("kraken", what) for what in WATCHED),
    *(("coinbase", what) for what in ("trades", "ticker", "book")),
]


@pytest.mark.parametrize(("name", "what"), STREAMS)
def test_streams(name: str, what: str, sandbox: SandboxThread) -> None:
    import ccxt.pro

    symbol = PUBLIC[name]

    async def watched() -> tuple[Any, Any]:
        venue = at_sandbox(getattr(ccxt.pro, name)({"options": dict(OPTIONS)}), sandbox.url, name)
        try:
            await WATCHED[what](venue, symbol)
            return await asyncio.wait_for(WATCHED[what](venue, symbol), 30), await venue.fetch_order_book(
                symbol
            )
        finally:
            await venue.close()

    found, book = asyncio.run(watched())
    assert found
    if what == "book":
        assert found["bids"][0][0] < found["asks"][0][0]
        assert abs(found["bids"][0][0] / book["bids"][0][0] - 1) < 0.001
        assert len(found["bids"]) <= 100
