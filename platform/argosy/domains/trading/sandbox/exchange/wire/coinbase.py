"""Coinbase Advanced Trade: public market data."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.core.clock import from_ms
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.access import exchanges_of
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.venuekit.sandbox.reply import Json, integer

GRANULARITIES_S = {
    "ONE_MINUTE": 60, "FIVE_MINUTE": 300, "FIFTEEN_MINUTE": 900, "THIRTY_MINUTE": 1800, "ONE_HOUR": 3600,
    "TWO_HOUR": 7200, "SIX_HOUR": 21_600, "ONE_DAY": 86_400,
}  # fmt: skip
_MOST_CANDLES = 350
_NAMES = {"BTC": "Bitcoin", "ETH": "Ethereum", "SOL": "Solana"}


def routes() -> list[Route]:
    base = "/api/v3/brokerage"
    return [
        Route("/v2/time", _plain_time),
        Route("/v2/currencies", _fiat),
        Route("/v2/currencies/crypto", _crypto),
        Route("/v2/exchange-rates", _rates),
        Route(f"{base}/time", _time),
        Route(f"{base}/market/products", _products),
        Route(f"{base}/market/product_book", _book),
        Route(f"{base}/market/products/{{product}}", _product_of),
        Route(f"{base}/market/products/{{product}}/ticker", _ticker),
        Route(f"{base}/market/products/{{product}}/candles", _candles),
    ]


async def _time(request: Request) -> Json:
    now_ms = exchanges_of(request).now_ms()
    return Json({"iso": _stamp(now_ms), "epochSeconds": str(now_ms // 1000), "epochMillis": str(now_ms)})


async def _plain_time(request: Request) -> Json:
    now_ms = exchanges_of(request).now_ms()
    return Json({"data": {"iso": _stamp(now_ms), "epoch": now_ms // 1000}})


async def _fiat(request: Request) -> Json:
    return Json({"data": [{"id": "USD", "name": "US Dollar", "min_size": "0.01"}]})


async def _crypto(request: Request) -> Json:
    names = {
        market.base: _NAMES.get(market.base, market.base)
        for market in _markets(exchanges_of(request)).values()
    }
    return Json(
        {
            "data": [
                {
                    "asset_id": code,
                    "code": code,
                    "name": name,
                    "color": "#000000",
                    "sort_index": 100 + index,
                    "exponent": 8,
                    "type": "crypto",
                    "address_regex": "",
                }
                for index, (code, name) in enumerate({**names, "USDC": "USDC"}.items())
            ]
        }
    )


async def _rates(request: Request) -> Json:
    """Return the value of one USD in each asset."""
    world = exchanges_of(request)
    rates = {"USD": "1", "USDC": "1"}
    for market in _markets(world).values():
        price = world.prices.price(market.asset, market.source, world.now_ms())
        if price:
            rates[market.base] = f"{1 / price:.18f}"
    return Json({"data": {"currency": "USD", "rates": rates}})


async def _products(request: Request) -> Json:
    world = exchanges_of(request)
    spot = request.query_params.get("product_type", "SPOT") == "SPOT"
    found = [_product(world, market) for market in _markets(world).values()] if spot else []
    return Json({"products": found, "num_products": len(found)})


async def _product_of(request: Request) -> Json:
    market = _market(request, request.path_params["product"])
    return market if isinstance(market, Json) else Json(_product(exchanges_of(request), market))


async def _ticker(request: Request) -> Json:
    """Return the best bid and ask and the last trades, newest first."""
    market = _market(request, request.path_params["product"])
    if isinstance(market, Json):
        return market
    world = exchanges_of(request)
    found = quotes.ticker(world, market)
    if found is None:
        return _no_price()
    query = request.query_params
    known = await prints.trades(
        world,
        market,
        limit=integer(query.get("limit"), 100, least=1, most=1000),
        until_ms=integer(query["end"], 0) * 1000 if "end" in query else None,
    )
    since_ms = integer(query.get("start"), 0) * 1000
    trades = [
        {
            "trade_id": str(one.id),
            "product_id": _name(market),
            "price": f"{one.price:.2f}",
            "size": f"{one.size:.8f}",
            "time": _stamp(one.at_ms),
            "side": "SELL" if one.sold else "BUY",
            "bid": "",
            "ask": "",
        }
        for one in reversed(known)
        if one.at_ms >= since_ms
    ]
    return Json({"trades": trades, "best_bid": f"{found.bid:.2f}", "best_ask": f"{found.ask:.2f}"})


async def _book(request: Request) -> Json:
    market = _market(request, request.query_params.get("product_id", ""))
    if isinstance(market, Json):
        return market
    world = exchanges_of(request)
    limit = integer(request.query_params.get("limit"), 50, least=1, most=100)
    book = quotes.ladder(world, market, limit)
    if book is None:
        return _no_price()
    bids, asks = ([{"price": f"{price:.2f}", "size": f"{size:.8f}"} for price, size in side] for side in book)
    return Json(
        {
            "pricebook": {
                "product_id": _name(market),
                "bids": bids,
                "asks": asks,
                "time": _stamp(world.now_ms()),
            }
        }
    )


async def _candles(request: Request) -> Json:
    """Return candles, newest first, as the exchange does."""
    market = _market(request, request.path_params["product"])
    if isinstance(market, Json):
        return market
    world = exchanges_of(request)
    query = request.query_params
    length_s = GRANULARITIES_S.get(query.get("granularity", ""))
    if length_s is None:
        return _refused("granularity not supported")
    now_s = world.now_ms() // 1000
    first_s = integer(query.get("start"), now_s - length_s * 300)
    last_s = integer(query.get("end"), now_s)
    count = min(_MOST_CANDLES, max(0, last_s - first_s) // length_s + 1)
    if world.prices.price(market.asset, market.source, world.now_ms()) is None:
        return _no_price()
    bars = await quotes.bars(world, market, length_s, first_s * 1000, count, min(now_s, last_s) * 1000)
    return Json(
        {
            "candles": [
                {
                    "start": str(bar.start_ms // 1000),
                    "low": f"{bar.low:.2f}",
                    "high": f"{bar.high:.2f}",
                    "open": f"{bar.open:.2f}",
                    "close": f"{bar.close:.2f}",
                    "volume": f"{bar.volume:.8f}",
                }
                for bar in reversed(bars)
            ]
        }
    )


def _product(world: ExchangeWorld, market: quotes.Market) -> dict[str, Any]:
    price = world.prices.price(market.asset, market.source, world.now_ms())
    return {
        "product_id": _name(market),
        "price": "" if price is None else f"{price:.2f}",
        "price_percentage_change_24h": "0",
        "volume_24h": "0",
        "base_increment": "0.00000001",
        "quote_increment": "0.01",
        "quote_min_size": "1",
        "quote_max_size": "150000000",
        "base_min_size": "0.00000001",
        "base_max_size": "3400",
        "base_name": _NAMES.get(market.base, market.base),
        "quote_name": market.quote,
        "is_disabled": False,
        "new": False,
        "status": "online",
        "cancel_only": False,
        "limit_only": False,
        "post_only": False,
        "trading_disabled": False,
        "auction_mode": False,
        "product_type": "SPOT",
        "quote_currency_id": market.quote,
        "base_currency_id": market.base,
        "alias": "",
        "alias_to": [],
        "base_display_symbol": market.base,
        "quote_display_symbol": market.quote,
        "view_only": False,
        "price_increment": "0.01",
        "display_name": _name(market),
        "product_venue": "CBE",
    }


def _markets(world: ExchangeWorld) -> dict[str, quotes.Market]:
    return {_name(market): market for market in quotes.markets(world, "coinbase")}


def _market(request: Request, product: str) -> quotes.Market | Json:
    found = _markets(exchanges_of(request)).get(product)
    return found or Json(
        {
            "error": "NOT_FOUND",
            "error_details": "valid product_id is required",
            "message": "valid product_id is required",
        },
        404,
    )


def _name(market: quotes.Market) -> str:
    return f"{market.base}-{market.quote}"


def _stamp(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _refused(message: str) -> Json:
    return Json({"error": "INVALID_ARGUMENT", "error_details": message, "message": message}, 400)


def _no_price() -> Json:
    message = "the recording has no price at this time"
    return Json({"error": "UNAVAILABLE", "error_details": message, "message": message}, 503)
