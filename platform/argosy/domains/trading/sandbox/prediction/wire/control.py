"""Control endpoints of the prediction market: its lists, endings and hidden facts."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.core.strict_json import check_json
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.sandbox.prediction.episodes import episodes
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, SandboxOrder, SandboxTrade
from argosy.domains.trading.sandbox.prediction.rulings import ruling_of
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.control import amount_of, answer_errors, object_of, page
from argosy.venuekit.sandbox.reply import Json, error


def routes() -> list[Route]:
    return [
        Route("/fills", answer_errors(_fills)),
        Route("/orders", answer_errors(_orders)),
        Route("/settlements", answer_errors(_settlements)),
        Route("/accounts/{name}/merge", _merge, methods=["POST"]),
        Route("/truth/{slug}", _truth),
        Route("/markets/{slug}/resolution", answer_errors(_rule), methods=["POST"]),
    ]


async def _fills(request: Request) -> Json:
    """Return every trade as the venue recorded it.

    `account` selects the trades of one account. Fees are the taker's.
    """
    world = prediction_of(request)
    world.engine.advance()
    account = request.query_params.get("account", "").lower()
    trades = world.engine.trades_of(account) if account else world.engine.trades
    return page(request, trades, lambda trade: _fill_object(world, trade))


async def _orders(request: Request) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    account = request.query_params.get("account", "").lower()
    orders = (order for order in world.engine.orders.values() if not account or account == order.account)
    return page(request, orders, _order_object)


async def _settlements(request: Request) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    return page(request, world.engine.settlements, dict)


async def _merge(request: Request) -> Json:
    """Exchange pairs of both outcomes for 1 USD each.

    At the real venue this happens on the chain.
    """
    world = prediction_of(request)
    name = request.path_params["name"].lower()
    body = await request.body()
    pairs = amount_of(body, "pairs")
    payload = object_of(body)
    market = world.markets.market(str(payload.get("slug", "")), world.now_ms())
    if pairs is None or market is None or name not in world.engine.ledger.accounts:
        return error('expected {"slug": "a market", "pairs": "shares above 0"} for an account there is', 422)
    try:
        world.engine.merge(name, market, pairs)
    except OrderRefused as refused:
        return error(refused.text, refused.status)
    return Json(world.account(name))


async def _rule(request: Request) -> Json:
    """Decide how a market ends.

    The body is `{"kind": …}` with "split", "void", "up", "down" or "disputed", or with "payouts" and two
    numbers.
    """
    world = prediction_of(request)
    world.engine.advance()
    now_ms = world.now_ms()
    market = world.markets.market(request.path_params["slug"], now_ms)
    if market is None:
        return error("no such market", 404)
    if world.markets.payouts(market, now_ms) is not None:
        return error("the market is resolved, and what it pays stays as it is", 409)
    body = await request.body()
    check_json(body)
    ruling = ruling_of(object_of(body), now_ms)
    world.engine.act(lambda: world.markets.rule(market.slug, ruling))
    return Json({"slug": market.slug, **ruling.to_wire()}, 201)


async def _truth(request: Request) -> Json:
    """Return facts of a market that only the sandbox knows.

    These are the episodes with misleading books, and the end of the market once that is decided.
    """
    world = prediction_of(request)
    now_ms = world.now_ms()
    market = world.markets.market(request.path_params["slug"], now_ms)
    if market is None:
        return error("no such market", 404)
    paid, ruling = world.markets.payouts(market, now_ms), world.markets.ruling(market.slug)
    found: dict[str, Any] = {
        "slug": market.slug,
        "tokens": {"UP": market.up_token, "DOWN": market.down_token},
        "winner": world.markets.winner(market, now_ms),
        "payouts": None if paid is None else dict(zip((UP, DOWN), paid, strict=True)),
        "ruling": None if ruling is None else ruling.to_wire(),
        "resolvedAt": world.markets.resolved_ms(market),
        "episodes": [],
    }
    if world.mode == "simulated":
        found["episodes"] = [
            {"kind": one.kind, "outcome": market.outcome(one.token), "start": one.start_ms, "end": one.end_ms}
            for one in episodes(world.seed, market)
        ]
    return Json(found)


def _fill_object(world: PredictionWorld, trade: SandboxTrade) -> dict[str, Any]:
    """Return one trade with both of its sides."""
    market = world.market_of(trade.token)
    return {
        "id": trade.id,
        "at": trade.at_ms,
        "slug": trade.market,
        "symbol": trade.token,
        "outcome": market.outcome(trade.token) if market else "",
        "side": trade.side.lower(),
        "quantity": trade.size,
        "price": trade.price,
        "fee": trade.fee,
        "taker": trade.taker_account,
        "takerOrder": trade.taker_order,
        "maker": trade.maker.account,
        "makerOrder": trade.maker.order.id if trade.maker.order else None,
    }


def _order_object(order: SandboxOrder) -> dict[str, Any]:
    return {
        "id": order.id,
        "account": order.account,
        "token": order.token,
        "side": order.side,
        "price": order.price,
        "size": order.size,
        "matched": order.matched,
        "type": order.type,
        "status": order.status,
        "created": order.created_ms,
    }
