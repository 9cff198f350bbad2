"""Kraken spot: public market data."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.core.clock import from_ms
from argosy.domains.trading.sandbox.exchange.wire import prints, quotes
from argosy.domains.trading.sandbox.exchange.wire.access import exchanges_of
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.venuekit.sandbox.reply import Json, integer

INTERVALS_MIN = (1, 5, 15, 30, 60, 240, 1440)
_MOST_BARS = 720
_BASES = {"BTC": "XXBT", "ETH": "XETH", "SOL": "SOL"}
_QUOTES = {"USD": "ZUSD", "USDT": "USDT"}
_ALTNAMES = {"BTC": "XBT"}


def routes() -> list[Route]:
    return [
        Route("/0/public/Time", _time),
        Route("/0/public/SystemStatus", _status),
        Route("/0/public/AssetPairs", _pairs),
        Route("/0/public/Assets", _assets),
        Route("/0/public/Ticker", _ticker),
        Route("/0/public/Depth", _depth),
        Route("/0/public/OHLC", _bars),
        Route("/0/public/Trades", _trades),
    ]


async def _time(request: Request) -> Json:
    now_ms = exchanges_of(request).now_ms()
    return _result(
        {"unixtime": now_ms // 1000, "rfc1123": from_ms(now_ms).strftime("%a, %d %b %y %H:%M:%S +0000")}
    )


async def _status(request: Request) -> Json:
    now_ms = exchanges_of(request).now_ms()
    return _result({"status": "online", "timestamp": from_ms(now_ms).strftime("%Y-%m-%dT%H:%M:%SZ")})


async def _assets(request: Request) -> Json:
    names = {**_BASES, **_QUOTES}
    return _result(
        {
            name: {
                "aclass": "currency",
                "altname": _ALTNAMES.get(plain, plain),
                "decimals": 10,
                "display_decimals": 5,
            }
            for plain, name in names.items()
        }
    )


async def _pairs(request: Request) -> Json:
    return _result(
        {_name(market): _pair(market) for market in quotes.markets(exchanges_of(request), "kraken")}
    )


async def _ticker(request: Request) -> Json:
    world = exchanges_of(request)
    wanted = request.query_params.get("pair")
    found: dict[str, Any] = {}
    markets = quotes.markets(world, "kraken")
    for market in markets if wanted is None else [_find(world, name) for name in wanted.split(",")]:
        if market is None:
            return _unknown()
        ticker = quotes.ticker(world, market)
        if ticker is None:
            return _no_price()
        day = ticker.day
        middle = (day.high + day.low + ticker.last) / 3
        found[_name(market)] = {
            "a": [f"{ticker.ask:.5f}", "1", f"{ticker.ask_size:.3f}"],
            "b": [f"{ticker.bid:.5f}", "1", f"{ticker.bid_size:.3f}"],
            "c": [f"{ticker.last:.5f}", "0.00100000"],
            "v": [f"{day.volume:.8f}", f"{day.volume:.8f}"],
            "p": [f"{middle:.5f}", f"{middle:.5f}"],
            "t": [1000, 2000],
            "l": [f"{day.low:.5f}", f"{day.low:.5f}"],
            "h": [f"{day.high:.5f}", f"{day.high:.5f}"],
            "o": f"{day.open:.5f}",
        }
    return _result(found)


async def _depth(request: Request) -> Json:
    world = exchanges_of(request)
    market = _find(world, request.query_params.get("pair", ""))
    if market is None:
        return _unknown()
    count = integer(request.query_params.get("count"), 100, least=1, most=100)
    book = quotes.ladder(world, market, count)
    if book is None:
        return _no_price()
    second = world.now_ms() // 1000
    bids, asks = ([[f"{price:.5f}", f"{size:.3f}", second] for price, size in side] for side in book)
    return _result({_name(market): {"asks": asks, "bids": bids}})


async def _bars(request: Request) -> Json:
    """Return bars after `since`, at most the last 720; the last one is still forming."""
    world = exchanges_of(request)
    query = request.query_params
    market = _find(world, query.get("pair", ""))
    if market is None:
        return _unknown()
    minutes = integer(query.get("interval"), 1)
    if minutes not in INTERVALS_MIN:
        return _refused("EGeneral:Invalid arguments")
    length_s = minutes * 60
    now_s = world.now_ms() // 1000
    earliest = now_s // length_s * length_s - (_MOST_BARS - 1) * length_s
    first_s = max(earliest, integer(query.get("since"), earliest - 1) + 1)
    if world.prices.price(market.asset, market.source, world.now_ms()) is None:
        return _no_price()
    bars = await quotes.bars(world, market, length_s, first_s * 1000, _MOST_BARS, now_s * 1000)
    rows = [
        [
            bar.start_ms // 1000,
            *(f"{price:.1f}" for price in (bar.open, bar.high, bar.low, bar.close)),
            f"{(bar.high + bar.low) / 2:.1f}",
            f"{bar.volume:.8f}",
            int(bar.volume * 40),
        ]
        for bar in bars
    ]
    last = bars[-2].start_ms // 1000 if len(bars) > 1 else 0
    return _result({_name(market): rows, "last": last})


async def _trades(request: Request) -> Json:
    """Return trades after `since` (Unix nanoseconds, or seconds).

    At most `count` of them, by default 1,000.
    """
    world = exchanges_of(request)
    query = request.query_params
    market = _find(world, query.get("pair", ""))
    if market is None:
        return _unknown()
    since = integer(query["since"], 0, most=10**20) if "since" in query else None
    if since is not None:
        since = since // 1_000_000 if since > 10**14 else since * 1000
    count = integer(query.get("count"), 1000, least=1, most=1000)
    found = await prints.trades(world, market, limit=count, since_ms=since)
    rows = [
        [
            f"{one.price:.5f}",
            f"{one.size:.8f}",
            one.at_ms / 1000,
            "s" if one.sold else "b",
            "l",
            "",
            one.id,
        ]
        for one in found
    ]
    last = found[-1].at_ms if found else world.now_ms()
    return _result({_name(market): rows, "last": str(last * 1_000_000)})


def _pair(market: quotes.Market) -> dict[str, Any]:
    alt = _ALTNAMES.get(market.base, market.base) + market.quote
    return {
        "altname": alt,
        "wsname": f"{_ALTNAMES.get(market.base, market.base)}/{market.quote}",
        "aclass_base": "currency",
        "base": _BASES.get(market.base, market.base),
        "aclass_quote": "currency",
        "quote": _QUOTES[market.quote],
        "lot": "unit",
        "cost_decimals": 5,
        "pair_decimals": 2,
        "lot_decimals": 8,
        "lot_multiplier": 1,
        "leverage_buy": [],
        "leverage_sell": [],
        "fees": [[0, 0.4]],
        "fees_maker": [[0, 0.25]],
        "fee_volume_currency": "ZUSD",
        "ordermin": "0.00005",
        "costmin": "0.5",
        "tick_size": "0.01",
        "status": "online",
    }


def _name(market: quotes.Market) -> str:
    return _BASES.get(market.base, market.base) + _QUOTES[market.quote]


def _find(world: ExchangeWorld, name: str) -> quotes.Market | None:
    for market in quotes.markets(world, "kraken"):
        if name in {_name(market), _pair(market)["altname"]}:
            return market
    return None


def _result(value: Any) -> Json:
    return Json({"error": [], "result": value})


def _refused(text: str) -> Json:
    return Json({"error": [text]})


def _unknown() -> Json:
    return _refused("EQuery:Unknown asset pair")


def _no_price() -> Json:
    return _refused("EService:Unavailable")
