"""Exchanges on loopback in their own wire formats."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from loopback import Answers, serving

from argosy.core.clock import SystemClock

BINANCE_SYMBOL: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "status": "TRADING",
    "baseAsset": "BTC",
    "baseAssetPrecision": 8,
    "quoteAsset": "USDT",
    "quotePrecision": 8,
    "quoteAssetPrecision": 8,
    "orderTypes": ["LIMIT"],
    "isSpotTradingAllowed": True,
    "isMarginTradingAllowed": True,
    "filters": [],
    "permissions": [],
    "permissionSets": [["SPOT"]],
}
COINBASE_PRODUCT: dict[str, Any] = {
    "product_id": "BTC-USD",
    "price": "67060",
    "base_increment": "0.00000001",
    "quote_increment": "0.01",
    "quote_min_size": "1",
    "quote_max_size": "150000000",
    "base_min_size": "0.00000001",
    "base_max_size": "3400",
    "base_name": "Bitcoin",
    "quote_name": "US Dollar",
    "is_disabled": False,
    "status": "online",
    "trading_disabled": False,
    "product_type": "SPOT",
    "quote_currency_id": "USD",
    "base_currency_id": "BTC",
    "price_increment": "0.01",
}
KRAKEN_PAIR: dict[str, Any] = {
    "altname": "XBTUSD",
    "wsname": "XBT/USD",
    "aclass_base": "currency",
    "base": "XXBT",
    "aclass_quote": "currency",
    "quote": "ZUSD",
    "lot": "unit",
    "pair_decimals": 1,
    "lot_decimals": 8,
    "lot_multiplier": 1,
    "leverage_buy": [],
    "leverage_sell": [],
    "fees": [[0, 0.26]],
    "fees_maker": [[0, 0.16]],
    "ordermin": "0.0001",
    "costmin": "0.5",
    "tick_size": "0.1",
    "status": "online",
}


def _ms() -> int:
    return SystemClock().now_ms()


def _iso() -> str:
    moment: datetime = SystemClock().now()
    return moment.isoformat().replace("+00:00", "Z")


@pytest.fixture
def answers() -> Iterator[Answers]:
    found = Answers()
    with serving(found):
        yield found


@pytest.fixture
def exchanges(answers: Answers) -> Answers:
    """Exchanges with bid 67000.1 and ask 67000.2.

    Each book has one level a side, except Binance's, which has two.
    """
    kraken = "XXBTZUSD"
    products = "/coinbase/api/v3/brokerage/market/products"
    answers.routes = {
        "/binance/api/v3/exchangeInfo": lambda q: {
            "timezone": "UTC",
            "serverTime": _ms(),
            "rateLimits": [],
            "exchangeFilters": [],
            "symbols": [BINANCE_SYMBOL],
        },
        "/binance/api/v3/ticker/24hr": lambda q: {
            "symbol": q["symbol"],
            "lastPrice": "67000.10",
            "bidPrice": "67000.10",
            "bidQty": "1",
            "askPrice": "67000.20",
            "askQty": "1",
            "closeTime": _ms(),
        },
        "/binance/api/v3/depth": lambda q: {
            "lastUpdateId": 1,
            "bids": [["67000.10", "2.5"], ["9999.5", "3"]],
            "asks": [["67000.20", "1.5"], ["100000", "1"]],
        },
        "/binance/api/v3/klines": lambda q: [
            [1767225660000, "2", "3", "1", "2", "1", 1767225719999, "1", 3, "1", "1", "0"],
            [1767225600000, "1", "3", "0.5", "2.5", "7.7", 1767225659999, "1", 3, "1", "1", "0"],
        ],
        products: lambda q: {"products": [COINBASE_PRODUCT]},
        f"{products}/BTC-USD/ticker": lambda q: {
            "trades": [
                {"trade_id": "1", "product_id": "BTC-USD", "price": "67000.1", "size": "0.1", "time": _iso()}
            ],
            "best_bid": "67000.1",
            "best_ask": "67000.2",
        },
        "/coinbase/api/v3/brokerage/market/product_book": lambda q: {
            "pricebook": {
                "product_id": "BTC-USD",
                "bids": [{"price": "67000.1", "size": "2.5"}],
                "asks": [{"price": "67000.2", "size": "1.5"}],
                "time": _iso(),
            }
        },
        f"{products}/BTC-USD/candles": lambda q: {
            "candles": [
                {"start": "1767225660", "low": "1", "high": "3", "open": "2", "close": "2", "volume": "1"},
                {
                    "start": "1767225600",
                    "low": "0.5",
                    "high": "3",
                    "open": "1",
                    "close": "2.5",
                    "volume": "7.7",
                },
            ]
        },
        "/kraken/0/public/AssetPairs": lambda q: {"error": [], "result": {kraken: KRAKEN_PAIR}},
        "/kraken/0/public/Ticker": lambda q: {
            "error": [],
            "result": {
                kraken: {
                    "a": ["67000.2", "1", "1.000"],
                    "b": ["67000.1", "1", "1.0"],
                    "c": ["67000.1", "0.1"],
                    "v": ["1", "1"],
                    "p": ["1", "1"],
                    "t": [1, 1],
                    "l": ["1", "1"],
                    "h": ["1", "1"],
                    "o": "1",
                }
            },
        },
        "/kraken/0/public/Depth": lambda q: {
            "error": [],
            "result": {
                kraken: {"asks": [["67000.2", "1.5", 1616663113]], "bids": [["67000.1", "2.5", 1616663113]]}
            },
        },
        "/kraken/0/public/OHLC": lambda q: {
            "error": [],
            "result": {
                kraken: [
                    [1767225600, "1", "3", "0.5", "2.5", "2", "7.7", 9],
                    [1767225660, "2", "3", "1", "2", "2", "1", 9],
                ],
                "last": 1767225600,
            },
        },
    }
    return answers
