"""Lists of markets, rewards and live trades of the CLOB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.sandbox.prediction.market import VenueMarket
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.books import middle
from argosy.domains.trading.sandbox.prediction.wire.gamma import question
from argosy.domains.trading.sandbox.prediction.wire.pages import empty_page, page
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.reply import Json, error, iso

_PAGE = 1000
_COLLATERAL = "0xC011a7E12a19f7B1f670d46F03B03f3342E82DFB"
_DAY_MS = 86_400_000

Build = Callable[[PredictionWorld, VenueMarket], dict[str, Any]]


def routes() -> list[Route]:
    return [
        Route("/markets", _markets),
        Route("/simplified-markets", _simplified),
        Route("/sampling-markets", _sampling),
        Route("/sampling-simplified-markets", _sampling_simplified),
        Route("/markets/live-activity/{condition}", _live_activity),
        Route("/markets/{condition}", _market),
        Route("/rewards/markets/current", _no_rewards),
        Route("/rewards/markets/{condition}", _no_rewards),
        Route("/fees/builder-fees/{code}", _builder_fees),
        Route("/builder/trades", _no_rewards),
    ]


def market_object(world: PredictionWorld, market: VenueMarket) -> dict[str, Any]:
    return {
        "enable_order_book": True,
        **simplified_object(world, market),
        "accepting_order_timestamp": iso(market.start_ms - _DAY_MS),
        "minimum_order_size": float(market.minimum_size),
        "minimum_tick_size": float(market.tick),
        "question_id": market.condition_id,
        "question": question(market),
        "description": "",
        "market_slug": market.slug,
        "end_date_iso": iso(market.end_ms),
        "game_start_time": None,
        "seconds_delay": 0,
        "fpmm": "",
        "maker_base_fee": 1000,
        "taker_base_fee": 1000,
        "notifications_enabled": True,
        "neg_risk": False,
        "neg_risk_market_id": "",
        "neg_risk_request_id": "",
        "icon": "",
        "image": "",
        "is_50_50_outcome": False,
        "tags": ["Crypto", "Up or Down"],
    }


def simplified_object(world: PredictionWorld, market: VenueMarket) -> dict[str, Any]:
    now_ms = world.now_ms()
    payouts, winner = world.markets.payouts(market, now_ms), world.markets.winner(market, now_ms)
    return {
        "condition_id": market.condition_id,
        "rewards": {
            "rates": [{"asset_address": _COLLATERAL, "rewards_daily_rate": 0}],
            "min_size": float(market.minimum_size),
            "max_spread": 0,
        },
        "tokens": [
            {
                "token_id": token,
                "outcome": market.outcome(token).title(),
                "price": float(_price(world, market, token)),
                "winner": market.outcome(token) == winner,
            }
            for token in market.tokens
        ],
        "active": True,
        "closed": payouts is not None,
        "archived": False,
        "accepting_orders": _accepts(world, market),
    }


def _price(world: PredictionWorld, market: VenueMarket, token: str) -> Decimal:
    """Return the middle of the book, or the outcome's payout after the resolution."""
    now_ms = world.now_ms()
    payouts = world.markets.payouts(market, now_ms)
    if payouts is not None:
        return payouts[market.tokens.index(token)]
    book = world.markets.real(token, min(now_ms, market.end_ms - 1))
    return (middle(book) if book is not None else None) or Decimal("0.5")


def _accepts(world: PredictionWorld, market: VenueMarket) -> bool:
    now_ms = world.now_ms()
    return now_ms < market.end_ms and world.markets.payouts(market, now_ms) is None


def _listed(request: Request, build: Build, *, sampling: bool = False) -> Json:
    """Return a page of the listed markets.

    Sampling markets are those that accept orders.
    """
    world = prediction_of(request)
    found: Sequence[VenueMarket] = world.markets.listed(world.now_ms())
    if sampling:
        found = [market for market in found if _accepts(world, market)]
    return page(request, found, lambda market: build(world, market), _PAGE)


async def _markets(request: Request) -> Json:
    return _listed(request, market_object)


async def _simplified(request: Request) -> Json:
    return _listed(request, simplified_object)


async def _sampling(request: Request) -> Json:
    return _listed(request, market_object, sampling=True)


async def _sampling_simplified(request: Request) -> Json:
    return _listed(request, simplified_object, sampling=True)


async def _market(request: Request) -> Json:
    world = prediction_of(request)
    market = world.markets.market_by_condition(request.path_params["condition"], world.now_ms())
    return error("market not found", 404) if market is None else Json(market_object(world, market))


async def _live_activity(request: Request) -> Json:
    """Return the last trades of one market, newest first."""
    world = prediction_of(request)
    market = world.markets.market_by_condition(request.path_params["condition"], world.now_ms())
    if market is None:
        return error("market not found", 404)
    trades = [trade for trade in reversed(world.engine.trades[-_PAGE:]) if trade.market == market.slug]
    return Json(
        [
            {
                "event_type": "trade",
                "market": {
                    "condition_id": market.condition_id,
                    "asset_id": trade.token,
                    "question": question(market),
                    "icon": "",
                    "slug": market.slug,
                },
                "user": {"address": trade.taker_account, "username": "", "profile_picture": ""},
                "side": trade.side,
                "size": trade.size,
                "fee_rate_bps": "0",
                "price": trade.price,
                "outcome": market.outcome(trade.token).title(),
                "outcome_index": market.tokens.index(trade.token),
                "transaction_hash": "",
                "timestamp": str(trade.at_ms // 1000),
            }
            for trade in trades
        ]
    )


async def _no_rewards(request: Request) -> Json:
    """Return an empty page: the sandbox has no rewards and no trades of builders."""
    return empty_page(request)


async def _builder_fees(request: Request) -> Json:
    return Json({"builder_maker_fee_rate_bps": 0, "builder_taker_fee_rate_bps": 0})
