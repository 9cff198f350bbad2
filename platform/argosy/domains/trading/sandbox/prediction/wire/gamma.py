"""Gamma: metadata of markets and events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.requests import Request
from starlette.routing import Route

from argosy.core.clock import from_ms, to_ms
from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.books import middle
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.reply import Json, integer, iso, text

_NAMES = {"btc": "Bitcoin", "eth": "Ethereum", "sol": "Solana"}
_ORDERS: dict[str, Callable[[VenueMarket], Any]] = {
    "endDate": lambda market: market.end_ms,
    "startDate": lambda market: market.start_ms,
    "id": lambda market: int(market.id),
    "volume24hr": lambda market: market.slug,
    "volumeNum": lambda market: market.slug,
    "liquidityNum": lambda market: market.slug,
}
_SERIES = {("btc", 900): "10192", ("btc", 300): "10684"}
_DAY_MS = 86_400_000
VOLUME, LIQUIDITY = 18_233.4, 9_120.2


def routes() -> list[Route]:
    return [
        Route("/markets/keyset", _markets_keyset),
        Route("/events/keyset", _events_keyset),
        Route("/markets/slug/{slug}", _market_by_slug),
        Route("/events/slug/{slug}", _event_by_slug),
        Route("/markets/{id}", _market_by_id),
        Route("/events/{id}", _event_by_id),
        Route("/markets", _markets),
        Route("/events", _events),
    ]


def market_object(world: PredictionWorld, market: VenueMarket, *, stub: bool = True) -> dict[str, Any]:
    """Return a market in Gamma's form.

    Lists are JSON inside strings. Numbers stand where the CLOB has strings.
    """
    now_ms = world.now_ms()
    payouts = world.markets.payouts(market, now_ms)
    disputed = _is_disputed(world, market)
    book = world.markets.real(market.up_token, min(now_ms, market.end_ms - 1))
    mid = (middle(book) if book is not None else None) or Decimal("0.5")
    if payouts is not None:
        mid = payouts[0]
    found: dict[str, Any] = {
        "id": market.id,
        "conditionId": market.condition_id,
        "slug": market.slug,
        "question": question(market),
        "resolutionSource": market.resolution_source,
        "outcomes": '["Up", "Down"]',
        "outcomePrices": _list([text(mid), text(1 - mid)]),
        "clobTokenIds": _list(list(market.tokens)),
        "startDate": iso(market.start_ms - _DAY_MS),
        "eventStartTime": iso(market.start_ms),
        "endDate": iso(market.end_ms),
        "active": True,
        "closed": payouts is not None or disputed,
        "archived": False,
        "enableOrderBook": True,
        "acceptingOrders": now_ms < market.end_ms and payouts is None,
        "negRisk": False,
        "restricted": True,
        "orderPriceMinTickSize": float(market.tick),
        "orderMinSize": float(market.minimum_size),
        "feesEnabled": True,
        "feeType": "crypto_fees_v2",
        "feeSchedule": {
            "exponent": float(market.fee_exponent),
            "rate": float(market.fee_rate),
            "takerOnly": True,
            "rebateRate": 0.2,
        },
        "makerBaseFee": 1000,
        "takerBaseFee": 1000,
        "volumeNum": VOLUME,
        "liquidityNum": LIQUIDITY,
        "umaResolutionStatus": "disputed" if disputed else "resolved" if payouts is not None else "",
    }
    if market.rule is not None:
        found["cryptoMarketConfig"] = {
            "id": market.rule,
            "asset": market.asset,
            "duration": f"{market.interval_s // 60}m",
            "twapEnabled": market.lookback_s > 0,
            "twapLookbackSeconds": market.lookback_s,
        }
    if book is not None and payouts is None:
        if book.bids:
            found["bestBid"] = float(book.bids[0][0])
        if book.asks:
            found["bestAsk"] = float(book.asks[0][0])
    resolved_ms = world.markets.resolved_ms(market)
    if payouts is not None and resolved_ms is not None:
        found["closedTime"] = from_ms(resolved_ms).strftime("%Y-%m-%d %H:%M:%S+00")
    if stub:
        found["events"] = [event_object(world, market, nested=False)]
    return found


def event_object(world: PredictionWorld, market: VenueMarket, *, nested: bool = True) -> dict[str, Any]:
    """Return the event of a market; each market has one.

    `eventMetadata` grows as the venue publishes prices.
    """
    now_ms = world.now_ms()
    metadata: dict[str, float] = {}
    opening = world.markets.price_to_beat(market, now_ms)
    final = world.markets.final_price(market, now_ms)
    if opening is not None:
        metadata["priceToBeat"] = float(opening)
    if final is not None:
        metadata["finalPrice"] = float(final)
    found: dict[str, Any] = {
        "id": str(int(market.id) + 1),
        "slug": market.slug,
        "ticker": market.slug,
        "title": question(market),
        "startDate": iso(market.start_ms - _DAY_MS),
        "startTime": iso(market.start_ms),
        "endDate": iso(market.end_ms),
        "active": True,
        "closed": _is_closed(world, market),
        "archived": False,
        "seriesSlug": f"{market.asset}-up-or-down-{market.interval_s // 60}m",
    }
    if metadata:
        found["eventMetadata"] = metadata
    if nested:
        found["markets"] = [market_object(world, market, stub=False)]
    return found


async def _market_by_slug(request: Request) -> Json:
    world = prediction_of(request)
    market = world.markets.market(request.path_params["slug"], world.now_ms())
    return _missing() if market is None else Json(market_object(world, market))


async def _event_by_slug(request: Request) -> Json:
    world = prediction_of(request)
    market = world.markets.market(request.path_params["slug"], world.now_ms())
    return _missing() if market is None else Json(event_object(world, market))


async def _market_by_id(request: Request) -> Json:
    world = prediction_of(request)
    for market in world.markets.listed(world.now_ms()):
        if market.id == request.path_params["id"]:
            return Json(market_object(world, market))
    return _missing()


async def _event_by_id(request: Request) -> Json:
    world = prediction_of(request)
    for market in world.markets.listed(world.now_ms()):
        if str(int(market.id) + 1) == request.path_params["id"]:
            return Json(event_object(world, market))
    return _missing()


async def _markets_keyset(request: Request) -> Json:
    return _keyset(request, "markets", market_object)


async def _events_keyset(request: Request) -> Json:
    return _keyset(request, "events", event_object)


async def _markets(request: Request) -> Json:
    return _listed(request, market_object)


async def _events(request: Request) -> Json:
    return _listed(request, event_object)


def _keyset(
    request: Request, name: str, build: Callable[[PredictionWorld, VenueMarket], dict[str, Any]]
) -> Json:
    query = request.query_params
    if "offset" in query:
        return Json({"type": "validation error", "error": "offset is not supported, use after_cursor"}, 422)
    if query.get("order") and query["order"] not in _ORDERS:
        return Json({"type": "validation error", "error": "order fields are not valid"}, 422)
    world = prediction_of(request)
    found = _matching(request, world)
    limit = integer(query.get("limit"), 20, least=1, most=100)
    first = integer(query.get("after_cursor"), 0)
    page: dict[str, Any] = {name: [build(world, market) for market in found[first : first + limit]]}
    if first + limit < len(found):
        page["next_cursor"] = str(first + limit)
    return Json(page)


def _listed(request: Request, build: Callable[[PredictionWorld, VenueMarket], dict[str, Any]]) -> Json:
    world = prediction_of(request)
    first = integer(request.query_params.get("offset"), 0, most=2000)
    limit = integer(request.query_params.get("limit"), 20, least=1, most=500)
    found = _matching(request, world)[first : first + limit]
    return Json([build(world, market) for market in found])


def _matching(request: Request, world: PredictionWorld) -> list[VenueMarket]:
    """Return the markets that the query selects.

    Unknown parameters are ignored, as Gamma ignores them.
    """
    query = request.query_params
    now_ms = world.now_ms()
    wanted: list[VenueMarket | None] = [world.markets.market(slug, now_ms) for slug in query.getlist("slug")]
    wanted += [world.markets.market_of(token, now_ms) for token in query.getlist("clob_token_ids")]
    wanted += [world.markets.market_by_condition(one, now_ms) for one in query.getlist("condition_ids")]
    named = any(name in query for name in ("slug", "clob_token_ids", "condition_ids"))
    found = (
        [market for market in wanted if market is not None] if named else list(world.markets.listed(now_ms))
    )
    if query.get("closed") in {"true", "false"}:
        closed = query["closed"] == "true"
        found = [one for one in found if _is_closed(world, one) == closed]
    if "series_id" in query:
        found = [one for one in found if _SERIES.get((one.asset, one.interval_s)) == query["series_id"]]
    for name, keep in (("end_date_min", int.__ge__), ("end_date_max", int.__le__)):
        bound = _moment(query.get(name))
        if bound is not None:
            found = [market for market in found if keep(market.end_ms, bound)]
    for name, keep in (("start_time_min", int.__ge__), ("start_time_max", int.__le__)):
        bound = _moment(query.get(name))
        if bound is not None:
            found = [market for market in found if keep(market.start_ms, bound)]
    if query.get("live") in {"true", "false"}:
        live = query["live"] == "true"
        found = [one for one in found if (one.start_ms <= now_ms < one.end_ms) == live]
    for name, size in (("volume_num_min", VOLUME), ("liquidity_num_min", LIQUIDITY)):
        if query.get(name) and _number(query[name]) > size:
            found = []
    if query.get("tag_id") or query.get("tag_slug"):
        found = []  # no market here has a tag
    if query.get("recurrence"):
        found = [one for one in found if f"{one.interval_s // 60}m" == query["recurrence"]]
    order = _ORDERS.get(query.get("order", ""))
    if order is not None:
        found = sorted(found, key=order, reverse=query.get("ascending") != "true")
    return found


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def _is_closed(world: PredictionWorld, market: VenueMarket) -> bool:
    return world.markets.payouts(market, world.now_ms()) is not None or _is_disputed(world, market)


def _is_disputed(world: PredictionWorld, market: VenueMarket) -> bool:
    ruling = world.markets.ruling(market.slug)
    return ruling is not None and ruling.kind == "disputed" and world.now_ms() >= market.end_ms


def _moment(value: str | None) -> int | None:
    try:
        found = datetime.fromisoformat(value) if value else None
    except ValueError:
        return None
    return to_ms(found) if found is not None and found.tzinfo is not None else None


def question(market: VenueMarket) -> str:
    name = _NAMES.get(market.asset, market.asset.upper())
    start, end = from_ms(market.start_ms), from_ms(market.end_ms)
    return f"{name} Up or Down - {start:%B} {start.day}, {start:%H:%M}-{end:%H:%M} UTC"


def _list(values: list[str]) -> str:
    return orjson.dumps(values).decode().replace('","', '", "')


def _missing() -> Json:
    return Json({"type": "not found error", "error": "not found"}, 404)
