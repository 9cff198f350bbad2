"""Public endpoints of the CLOB."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.domains.trading.sandbox.prediction.market import BookState, VenueMarket
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.books import middle, render_book
from argosy.venuekit.sandbox.reply import Json, error, integer, text

_MOST_BOOKS = 500
_LAST_TRADES = 1000


def routes() -> list[Route]:
    return [
        Route("/book", _book),
        Route("/books", _books, methods=["POST"]),
        Route("/price", _price),
        Route("/prices", _prices, methods=["POST"]),
        Route("/midpoint", _midpoint),
        Route("/midpoints", _midpoints, methods=["POST"]),
        Route("/spread", _spread),
        Route("/spreads", _spreads, methods=["POST"]),
        Route("/last-trade-price", _last_trade_price),
        Route("/last-trades-prices", _last_trades_prices, methods=["POST"]),
        Route("/tick-size", _tick_size),
        Route("/neg-risk", _neg_risk),
        Route("/fee-rate", _fee_rate),
        Route("/markets-by-token/{token}", _market_by_token),
        Route("/clob-markets/{condition}", _clob_market),
        Route("/prices-history", _history),
        Route("/time", _time),
        Route("/ok", _ok),
        Route("/version", _version),
    ]


async def _book(request: Request) -> Json:
    token = request.query_params.get("token_id", "")
    if not token.isdecimal() or len(token) > 78:
        return error("Invalid token id")
    found = render_book(prediction_of(request), token)
    return error("No orderbook exists for the requested token id", 404) if found is None else Json(found)


async def _books(request: Request) -> Json:
    """Return the books of several tokens; unknown tokens are left out silently."""
    tokens = await _tokens(request)
    if tokens is None:
        return error("Invalid payload")
    if len(tokens) > _MOST_BOOKS:
        return error("Payload exceeds the limit")
    world = prediction_of(request)
    found = [book for token in dict.fromkeys(tokens) if (book := render_book(world, token)) is not None]
    return Json(b"[" + b",".join(found) + b"]")


async def _price(request: Request) -> Json:
    """Return the best price of a side of the book: BUY gives the best bid."""
    book = _state(request, request.query_params.get("token_id", ""))
    side = request.query_params.get("side", "").upper()
    if side not in {"BUY", "SELL"}:
        return error("Invalid side")
    if isinstance(book, Json):
        return book
    found = _best(book, side)
    return (
        error("No orderbook exists for the requested token id", 404)
        if found is None
        else Json({"price": found})
    )


async def _prices(request: Request) -> Json:
    payload = await _payload(request)
    if not isinstance(payload, list):
        return error("Invalid payload")
    found: dict[str, dict[str, str]] = {}
    for entry in payload[:_MOST_BOOKS]:
        if not isinstance(entry, dict):
            return error("Invalid payload")
        token, side = str(entry.get("token_id", "")), str(entry.get("side", "")).upper()
        book = _state(request, token)
        price = None if isinstance(book, Json) else _best(book, side)
        if price is not None:
            found.setdefault(token, {})[side] = price
    return Json(found)


async def _midpoint(request: Request) -> Json:
    book = _state(request, request.query_params.get("token_id", ""))
    if isinstance(book, Json):
        return book
    return Json({"mid": text(middle(book) or Decimal("0.5"))})


async def _midpoints(request: Request) -> Json:
    tokens = await _tokens(request)
    if tokens is None:
        return error("Invalid payload")
    states = {token: _state(request, token) for token in tokens[:_MOST_BOOKS]}
    return Json(
        {
            token: text(middle(book) or Decimal("0.5"))
            for token, book in states.items()
            if not isinstance(book, Json)
        }
    )


async def _spread(request: Request) -> Json:
    book = _state(request, request.query_params.get("token_id", ""))
    if isinstance(book, Json):
        return book
    found = _spread_of(book)
    return (
        error("No orderbook exists for the requested token id", 404)
        if found is None
        else Json({"spread": found})
    )


async def _spreads(request: Request) -> Json:
    """Return spreads by token; books without two sides are left out."""
    tokens = await _tokens(request)
    if tokens is None:
        return error("Invalid payload")
    books = {token: _state(request, token) for token in tokens[:_MOST_BOOKS]}
    found = {token: _spread_of(book) for token, book in books.items() if not isinstance(book, Json)}
    return Json({token: spread for token, spread in found.items() if spread is not None})


def _spread_of(book: BookState) -> str | None:
    return text(book.asks[0][0] - book.bids[0][0]) if book.bids and book.asks else None


async def _last_trade_price(request: Request) -> Json:
    token = request.query_params.get("token_id", "")
    book = _state(request, token)
    if isinstance(book, Json):
        return book
    price, side = _last_trade(request, token, book)
    return Json({"price": price, "side": side})


async def _last_trades_prices(request: Request) -> Json:
    tokens = await _tokens(request)
    if tokens is None:
        return error("Invalid payload")
    found = []
    for token in dict.fromkeys(tokens[:_MOST_BOOKS]):
        book = _state(request, token)
        if not isinstance(book, Json):
            price, side = _last_trade(request, token, book)
            found.append({"token_id": token, "price": price, "side": side})
    return Json(found)


def _last_trade(request: Request, token: str, book: BookState) -> tuple[str, str]:
    """Return price and side of the token's newest trade among the last thousand.

    Without such a trade: the middle of the book, and BUY.
    """
    for trade in reversed(prediction_of(request).engine.trades[-_LAST_TRADES:]):
        if trade.token == token:
            return text(trade.price), trade.side
    return text(middle(book) or Decimal("0.5")), "BUY"


async def _tick_size(request: Request) -> Json:
    market = _market(request, request.query_params.get("token_id", ""))
    return market if isinstance(market, Json) else Json({"minimum_tick_size": float(market.tick)})


async def _neg_risk(request: Request) -> Json:
    market = _market(request, request.query_params.get("token_id", ""))
    return market if isinstance(market, Json) else Json({"neg_risk": False})


async def _fee_rate(request: Request) -> Json:
    market = _market(request, request.query_params.get("token_id", ""))
    return market if isinstance(market, Json) else Json({"base_fee": 1000})


async def _market_by_token(request: Request) -> Json:
    market = _market(request, request.path_params["token"])
    if isinstance(market, Json):
        return market
    return Json(
        {
            "condition_id": market.condition_id,
            "primary_token_id": market.up_token,
            "secondary_token_id": market.down_token,
        }
    )


async def _clob_market(request: Request) -> Json:
    world = prediction_of(request)
    now_ms = world.now_ms()
    market = world.markets.market_by_condition(request.path_params["condition"], now_ms)
    if market is None:
        return error("market not found", 404)
    return Json(
        {
            "c": market.condition_id,
            "t": [{"t": market.up_token, "o": "Up"}, {"t": market.down_token, "o": "Down"}],
            "mos": float(market.minimum_size),
            "mts": float(market.tick),
            "mbf": 0,
            "tbf": 0,
            "nr": False,
            "ao": now_ms < market.end_ms and world.markets.payouts(market, now_ms) is None,
            "fd": {"r": float(market.fee_rate), "e": float(market.fee_exponent), "to": True},
            "itode": True,
            "sd": 0,
            "v": "v1",
        }
    )


async def _history(request: Request) -> Json:
    """Return one price a minute (or every `fidelity` minutes) from the makers' books."""
    world = prediction_of(request)
    token = request.query_params.get("market", "")
    market = _market(request, token)
    if isinstance(market, Json):
        return market
    now_ms = world.now_ms()
    step_s = integer(request.query_params.get("fidelity"), 1, least=1, most=1440) * 60
    first = integer(request.query_params.get("startTs"), market.start_ms // 1000)
    last = min(
        integer(request.query_params.get("endTs"), now_ms // 1000), now_ms // 1000, market.end_ms // 1000
    )
    points = []
    for second in range(max(first, market.start_ms // 1000), last, step_s):
        book = world.markets.real(token, second * 1000)
        mid = None if book is None else middle(book)
        if mid is not None:
            points.append({"t": second, "p": float(mid)})
    return Json({"history": points})


async def _time(request: Request) -> Json:
    return Json(prediction_of(request).now_ms() // 1000)


async def _ok(request: Request) -> Json:
    return Json("OK")


async def _version(request: Request) -> Json:
    return Json({"version": 2})


def _market(request: Request, token: str) -> VenueMarket | Json:
    if not token.isdecimal() or len(token) > 78:
        return error("Invalid token id")
    found = prediction_of(request).market_of(token)
    return error("market not found", 404) if found is None else found


def _state(request: Request, token: str) -> BookState | Json:
    market = _market(request, token)
    if isinstance(market, Json):
        return market
    world = prediction_of(request)
    found = world.engine.book(market, token, world.now_ms())
    return error("No orderbook exists for the requested token id", 404) if found is None else found


def _best(book: BookState, side: str) -> str | None:
    levels = {"BUY": book.bids, "SELL": book.asks}.get(side, ())
    return text(levels[0][0]) if levels else None


async def _payload(request: Request) -> Any:
    try:
        return load_exact(await request.body())
    except UnreadableJson:
        return None


async def _tokens(request: Request) -> list[str] | None:
    payload = await _payload(request)
    if not isinstance(payload, list) or not all(isinstance(entry, dict) for entry in payload):
        return None
    return [str(entry.get("token_id", "")) for entry in payload]
