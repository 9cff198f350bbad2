"""Binance spot: public market data."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.recordings.tick import Pair
from argosy.domains.trading.sandbox.exchange import pairs
from argosy.domains.trading.sandbox.exchange.feed import Bar
from argosy.domains.trading.sandbox.exchange.pairs import BOOK_STEP_MS
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.access import exchanges_of
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.venuekit.sandbox.reply import Json, integer

INTERVALS_S = {
    "1s": 1, "1m": 60, "3m": 180, "5m": 300, "15m": 900, "30m": 1800, "1h": 3600, "2h": 7200, "4h": 14_400,
    "6h": 21_600, "8h": 28_800, "12h": 43_200, "1d": 86_400,
}  # fmt: skip
_DEPTHS = 5000
BOOK_DEPTH = 100
"""Levels of a book, and milliseconds between two shown books.

Streams and snapshots share both values, because they must agree.
"""
_FILTERS: list[dict[str, Any]] = [
    {"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
    {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
    {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "100.00000000", "stepSize": "0.00000000"},
    {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000.00000000",
     "applyMaxToMarket": False, "avgPriceMins": 5},
]  # fmt: skip


def routes() -> list[Route]:
    return [
        Route("/api/v3/ping", _ping),
        Route("/api/v3/time", _time),
        Route("/api/v3/exchangeInfo", _exchange_info),
        Route("/api/v3/depth", _depth),
        Route("/api/v3/klines", _klines),
        Route("/api/v3/trades", _trades),
        Route("/api/v3/historicalTrades", _trades),
        Route("/api/v3/aggTrades", _aggregate_trades),
        Route("/sapi/v1/system/status", _status),
        Route("/api/v3/ticker/price", _price),
        Route("/api/v3/ticker/bookTicker", _book_ticker),
        Route("/api/v3/ticker/24hr", _day),
    ]


async def _ping(request: Request) -> Json:
    return Json({})


async def _time(request: Request) -> Json:
    return Json({"serverTime": exchanges_of(request).now_ms()})


async def _exchange_info(request: Request) -> Json:
    world = exchanges_of(request)
    found = list(markets_of(world).values())
    if "symbol" in request.query_params:
        one = _market(request)
        if isinstance(one, Json):
            return one
        found = [one]
    return Json(
        {
            "timezone": "UTC",
            "serverTime": world.now_ms(),
            "rateLimits": [
                {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
                {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100},
            ],
            "exchangeFilters": [],
            "symbols": [_symbol(market) for market in found],
        }
    )


async def _depth(request: Request) -> Json:
    market = _market(request)
    if isinstance(market, Json):
        return market
    world = exchanges_of(request)
    limit = integer(request.query_params.get("limit"), 100, least=1, most=_DEPTHS)
    now_ms = world.now_ms() // BOOK_STEP_MS * BOOK_STEP_MS
    book = book_at(world, market, now_ms, min(limit, BOOK_DEPTH))
    if book is None:
        return _no_price()
    bids, asks = ([[f"{price:.8f}", f"{size:.8f}"] for price, size in side] for side in book)
    return Json({"lastUpdateId": now_ms, "bids": bids, "asks": asks})


async def _klines(request: Request) -> Json:
    market = _market(request)
    if isinstance(market, Json):
        return market
    world = exchanges_of(request)
    query = request.query_params
    length_s = INTERVALS_S.get(query.get("interval", ""))
    if length_s is None:
        return _refused(-1120, "Invalid interval.")
    limit = integer(query.get("limit"), 500, least=1, most=1000)
    now_ms = world.now_ms()
    last_ms = min(integer(query.get("endTime"), now_ms), now_ms)
    first_ms = last_ms // (length_s * 1000) * length_s * 1000 - (limit - 1) * length_s * 1000
    first_ms = integer(query.get("startTime"), first_ms)
    bars = await quotes.bars(world, market, length_s, first_ms, limit, last_ms)
    return Json([_kline(bar, length_s) for bar in bars])


async def _trades(request: Request) -> Json:
    """Return the last trades, or those from `fromId` on."""
    market = _market(request)
    if isinstance(market, Json):
        return market
    found = await _public_trades(request, market)
    return Json(
        [
            {
                "id": one.id,
                "price": f"{one.price:.8f}",
                "qty": f"{one.size:.8f}",
                "quoteQty": f"{one.price * one.size:.8f}",
                "time": one.at_ms,
                "isBuyerMaker": one.sold,
                "isBestMatch": True,
            }
            for one in found
        ]
    )


async def _aggregate_trades(request: Request) -> Json:
    """Return aggregate trades; each one holds a single trade here."""
    market = _market(request)
    if isinstance(market, Json):
        return market
    found = await _public_trades(request, market)
    return Json(
        [
            {
                "a": one.id,
                "p": f"{one.price:.8f}",
                "q": f"{one.size:.8f}",
                "f": one.id,
                "l": one.id,
                "T": one.at_ms,
                "m": one.sold,
                "M": True,
            }
            for one in found
        ]
    )


async def _public_trades(request: Request, market: quotes.Market) -> list[prints.PublicTrade]:
    query = request.query_params
    since_ms = integer(query["startTime"], 0) if "startTime" in query else None
    if "fromId" in query:
        since_ms = integer(query["fromId"], 0, most=10**11) * 1000
    return await prints.trades(
        exchanges_of(request),
        market,
        limit=integer(query.get("limit"), 500, least=1, most=1000),
        since_ms=since_ms,
        until_ms=integer(query["endTime"], 0) if "endTime" in query else None,
    )


async def _status(request: Request) -> Json:
    return Json({"status": 0, "msg": "normal"})


async def _price(request: Request) -> Json:
    return _each(request, lambda market, found: {"symbol": _name(market), "price": f"{found.last:.8f}"})


async def _book_ticker(request: Request) -> Json:
    return _each(
        request,
        lambda market, found: {
            "symbol": _name(market),
            "bidPrice": f"{found.bid:.8f}",
            "bidQty": f"{found.bid_size:.8f}",
            "askPrice": f"{found.ask:.8f}",
            "askQty": f"{found.ask_size:.8f}",
        },
    )


async def _day(request: Request) -> Json:
    now_ms = exchanges_of(request).now_ms()

    def figures(market: quotes.Market, found: quotes.Ticker) -> dict[str, Any]:
        day = found.day
        change = found.last - day.open
        middle = (day.high + day.low + found.last) / 3
        return {
            "symbol": _name(market),
            "priceChange": f"{change:.8f}",
            "priceChangePercent": f"{change / day.open * 100:.3f}",
            "weightedAvgPrice": f"{middle:.8f}",
            "prevClosePrice": f"{day.open:.8f}",
            "lastPrice": f"{found.last:.8f}",
            "lastQty": "0.00100000",
            "bidPrice": f"{found.bid:.8f}",
            "bidQty": f"{found.bid_size:.8f}",
            "askPrice": f"{found.ask:.8f}",
            "askQty": f"{found.ask_size:.8f}",
            "openPrice": f"{day.open:.8f}",
            "highPrice": f"{day.high:.8f}",
            "lowPrice": f"{day.low:.8f}",
            "volume": f"{day.volume:.8f}",
            "quoteVolume": f"{day.volume * middle:.8f}",
            "openTime": now_ms - quotes.DAY_S * 1000,
            "closeTime": now_ms,
            "firstId": 1,
            "lastId": now_ms // 1000,
            "count": 100_000,
        }

    return _each(request, figures)


def _each(request: Request, build: Any) -> Json:
    """Return one object if the query names a `symbol`, else a list of all."""
    world = exchanges_of(request)
    if "symbol" in request.query_params:
        market = _market(request)
        if isinstance(market, Json):
            return market
        found = quotes.ticker(world, market)
        return _no_price() if found is None else Json(build(market, found))
    tickers = [(market, quotes.ticker(world, market)) for market in markets_of(world).values()]
    return Json([build(market, found) for market, found in tickers if found is not None])


def _kline(bar: Bar, length_s: int) -> list[Any]:
    return [
        bar.start_ms,
        *(f"{price:.8f}" for price in (bar.open, bar.high, bar.low, bar.close)),
        f"{bar.volume:.8f}",
        bar.start_ms + length_s * 1000 - 1,
        f"{bar.volume * bar.close:.8f}",
        int(bar.volume * 40),
        f"{bar.volume / 2:.8f}",
        f"{bar.volume * bar.close / 2:.8f}",
        "0",
    ]


def _symbol(market: quotes.Market) -> dict[str, Any]:
    return {
        "symbol": _name(market),
        "status": "TRADING",
        "baseAsset": market.base,
        "baseAssetPrecision": 8,
        "quoteAsset": market.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "icebergAllowed": True,
        "ocoAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": _FILTERS,
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    }


def markets_of(world: ExchangeWorld) -> dict[str, quotes.Market]:
    return {_name(market): market for market in quotes.markets(world, "binance")}


def _market(request: Request) -> quotes.Market | Json:
    symbol = request.query_params.get("symbol")
    if symbol is None:
        return _refused(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.")
    return markets_of(exchanges_of(request)).get(symbol) or _refused(-1121, "Invalid symbol.")


def book_at(
    world: ExchangeWorld, market: quotes.Market, at_ms: int, depth: int = BOOK_DEPTH
) -> tuple[list[Pair], list[Pair]] | None:
    """Return the book shown from a moment on; None without a price."""
    return pairs.ladder(world.prices, world.seed, market, depth, at_ms)


def _name(market: quotes.Market) -> str:
    return market.base + market.quote


def _refused(code: int, message: str) -> Json:
    return Json({"code": code, "msg": message}, 400)


def _no_price() -> Json:
    return Json({"code": -1000, "msg": "The recording has no price at this time."}, 503)
