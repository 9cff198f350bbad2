"""Trading endpoints of the CLOB: credentials, orders, cancellations, queries."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.core.money.money import floor_to
from argosy.domains.trading.sandbox.prediction.order import OrderRefused, Placed, SandboxOrder, SandboxTrade
from argosy.domains.trading.sandbox.prediction.wire import auth
from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.pages import empty_page, page
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.domains.trading.spending import UNIT
from argosy.venuekit.sandbox.faults import Fault, fault_of
from argosy.venuekit.sandbox.reply import Json, error, integer, text

_MOST_ORDERS = 15
_UNITS = Decimal(1_000_000)
_CENT = Decimal("0.01")
_ALLOWANCE = str(2**256 - 1)
_EXCHANGE = "0xE111180000d2663C0091e4f400237545B87B996B"

Trader = tuple[str, auth.Credentials]
Handler = Callable[[Request, Trader, bytes], Awaitable[Json]]


def routes() -> list[Route]:
    return [
        Route("/auth/api-key", _create_key, methods=["POST"]),
        Route("/auth/api-key", _for_traders(_delete_key), methods=["DELETE"]),
        Route("/auth/derive-api-key", _derive_key),
        Route("/auth/api-keys", _for_traders(_keys)),
        Route("/order", _for_traders(_post_order), methods=["POST"]),
        Route("/orders", _for_traders(_post_orders), methods=["POST"]),
        Route("/order", _for_traders(_cancel), methods=["DELETE"]),
        Route("/orders", _for_traders(_cancel_many), methods=["DELETE"]),
        Route("/cancel-all", _for_traders(_cancel_all), methods=["DELETE"]),
        Route("/cancel-market-orders", _for_traders(_cancel_market), methods=["DELETE"]),
        Route("/data/orders", _for_traders(_orders)),
        Route("/data/order/{id}", _for_traders(_order)),
        Route("/data/trades", _for_traders(_trades)),
        Route("/balance-allowance", _for_traders(_balance)),
        Route("/balance-allowance/update", _for_traders(_refreshed)),
        Route("/v1/heartbeats", _for_traders(_heartbeat), methods=["POST"]),
        Route("/auth/ban-status/closed-only", _for_traders(_answer({"closed_only": False}))),
        Route("/data/pre-migration-orders", _for_traders(_empty)),
        Route("/notifications", _for_traders(_answer([]))),
        Route("/notifications", _for_traders(_answer("OK")), methods=["DELETE"]),
        Route("/order-scoring", _for_traders(_scoring)),
        Route("/orders-scoring", _for_traders(_many_scoring), methods=["POST"]),
        Route("/rewards/user", _for_traders(_empty)),
        Route("/rewards/user/total", _for_traders(_answer([]))),
        Route("/rewards/user/percentages", _for_traders(_answer({}))),
        Route("/rewards/user/markets", _for_traders(_empty)),
    ]


def _for_traders(handler: Handler) -> Callable[[Request], Awaitable[Json]]:
    async def checked(request: Request) -> Json:
        body = await request.body()
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        try:
            trader = auth.trader(prediction_of(request), request.headers, request.method, path, body)
        except auth.Unauthorized:
            return error("Unauthorized/Invalid api key", 401)
        return await handler(request, trader, body)

    return checked


# Credentials ----------------------------------------------------------------------------------------------


async def _create_key(request: Request) -> Json:
    return _key(request, create=True)


async def _derive_key(request: Request) -> Json:
    return _key(request, create=False)


def _key(request: Request, *, create: bool) -> Json:
    world = prediction_of(request)
    try:
        address = auth.wallet(world, request.headers)
    except auth.Unauthorized:
        return error("Invalid L1 Request headers", 401)
    if create and address in world.engine.ledger.accounts and address not in world.revoked:
        return error("Could not create api key")
    if not create and address in world.revoked:
        return error("Could not derive api key!")
    world.revoked.discard(address)
    world.engine.open_account(address)
    return Json(auth.credentials_of(world.seed, address).wire())


async def _delete_key(request: Request, trader: Trader, body: bytes) -> Json:
    prediction_of(request).revoked.add(trader[0])
    return Json("OK")


async def _keys(request: Request, trader: Trader, body: bytes) -> Json:
    return Json({"apiKeys": [trader[1].key]})


# Placing --------------------------------------------------------------------------------------------------


async def _post_order(request: Request, trader: Trader, body: bytes) -> Json:
    try:
        return Json(_place(prediction_of(request), _json(body), trader, fault_of(request.scope)))
    except OrderRefused as refused:
        return error(refused.text, refused.status)


async def _post_orders(request: Request, trader: Trader, body: bytes) -> Json:
    payload = _json(body)
    if not isinstance(payload, list) or not 1 <= len(payload) <= _MOST_ORDERS:
        return error("Invalid order payload")
    found: list[dict[str, Any]] = []
    fault = fault_of(request.scope)
    for entry in payload:
        try:
            found.append(_place(prediction_of(request), entry, trader, fault))
        except OrderRefused as refused:
            found.append(_reply(success=False, message=refused.text))
    return Json(found)


def _place(world: PredictionWorld, payload: Any, trader: Trader, fault: Fault | None) -> dict[str, Any]:
    from argosy.domains.trading.sandbox.prediction.wire import (
        signed_order,  # imports the HTTP client, which takes half a second
    )

    account, credentials = trader
    if fault is not None and fault.effect == "reject":
        raise OrderRefused(fault.body or "the market is not yet ready to process new orders")
    signed = signed_order.verify(signed_order.read(payload), account, credentials.key)
    now_ms = world.now_ms()
    market = world.markets.market_of(signed.body.order.tokenId, now_ms)
    if market is None:
        raise OrderRefused("Invalid token id")
    order = signed_order.order_of(signed, market, account, now_ms)
    at_most = None
    if fault is not None and fault.effect == "partial_fill":
        at_most = (order.size * Decimal(str(fault.share))).quantize(_CENT)
    placed = world.engine.place(order, at_most=at_most)
    if fault is not None and fault.effect == "duplicate":
        raise OrderRefused(f"order {order.id} is invalid. Duplicated.")
    return _placed(placed)


def _placed(placed: Placed) -> dict[str, Any]:
    order = placed.order
    if not placed.trades:
        status = "live" if order.status == "LIVE" else "unmatched"
        return _reply(order.id, status=status)
    money, shares = text(floor_to(placed.money, UNIT)), text(placed.shares)
    making, taking = (money, shares) if order.side == "BUY" else (shares, money)
    ids = [trade.id for trade in placed.trades]
    return _reply(order.id, status="matched", making=making, taking=taking, trades=ids)


def _reply(
    order_id: str = "",
    *,
    success: bool = True,
    message: str = "",
    status: str = "",
    making: str = "",
    taking: str = "",
    trades: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "success": success,
        "errorMsg": message,
        "orderID": order_id,
        "status": status,
        "makingAmount": making,
        "takingAmount": taking,
        "tradeIDs": trades or [],
        "transactionsHashes": [],
    }


# Cancelling -----------------------------------------------------------------------------------------------


async def _cancel(request: Request, trader: Trader, body: bytes) -> Json:
    payload = _json(body)
    order_id = payload.get("orderID") if isinstance(payload, dict) else None
    return (
        _cancelled(request, trader, [order_id])
        if isinstance(order_id, str)
        else error("Invalid order payload")
    )


async def _cancel_many(request: Request, trader: Trader, body: bytes) -> Json:
    payload = _json(body)
    if (
        not isinstance(payload, list)
        or not all(isinstance(one, str) for one in payload)
        or len(payload) > 1000
    ):
        return error("Invalid order payload")
    return _cancelled(request, trader, payload)


async def _cancel_all(request: Request, trader: Trader, body: bytes) -> Json:
    return _cancelled(request, trader, [order.id for order in _open(prediction_of(request), trader[0])])


async def _cancel_market(request: Request, trader: Trader, body: bytes) -> Json:
    payload = _json(body)
    wanted = payload if isinstance(payload, dict) else {}
    found = _filtered(prediction_of(request), _open(prediction_of(request), trader[0]), wanted)
    return _cancelled(request, trader, [order.id for order in found])


def _cancelled(request: Request, trader: Trader, order_ids: list[str]) -> Json:
    engine, fault = prediction_of(request).engine, fault_of(request.scope)
    done: list[str] = []
    refused: dict[str, str] = {}
    for order_id in order_ids:
        if fault is not None and fault.effect == "reject":
            refused[order_id] = fault.body or "the order cannot be cancelled now"
            continue
        reason = engine.cancel(order_id, trader[0])
        if fault is not None and fault.effect == "duplicate":
            reason = reason or "order can't be found - already canceled or matched"
        if reason is None:
            done.append(order_id)
        else:
            refused[order_id] = reason
    return Json({"canceled": done, "not_canceled": refused})


# Queries --------------------------------------------------------------------------------------------------


async def _orders(request: Request, trader: Trader, body: bytes) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    found = _filtered(world, _open(world, trader[0]), dict(request.query_params))
    return page(request, found, lambda order: _order_object(world, order))


async def _order(request: Request, trader: Trader, body: bytes) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    order = world.engine.orders.get(request.path_params["id"].lower())
    if order is None or order.account != trader[0]:
        return error("order not found", 404)
    return Json(_order_object(world, order))


async def _trades(request: Request, trader: Trader, body: bytes) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    query = request.query_params
    slug = None
    if "market" in query:
        market = world.markets.market_by_condition(query["market"], world.now_ms())
        slug = market.slug if market is not None else ""
    found = [
        trade
        for trade in reversed(world.engine.trades_of(trader[0]))
        if slug in (None, trade.market) and _is_asked_for(trade, query)
    ]
    return page(request, found, lambda trade: trade_object(world, trade, trader[0]))


def _is_asked_for(trade: SandboxTrade, query: Mapping[str, str]) -> bool:
    """Return True if a trade passes the venue's filters, read as narrowly as possible.

    `asset_id` is the taker's token. `maker_address` is the wallet of the order that rested. `after` and
    `before` exclude the second that they name.
    """
    return (
        query.get("asset_id", trade.token) == trade.token
        and query.get("id", trade.id) == trade.id
        and query.get("maker_address", _wallet(trade)).lower() == _wallet(trade)
        and integer(query.get("after"), -1) < trade.at_ms // 1000 < integer(query.get("before"), 10**12)
    )


def _wallet(trade: SandboxTrade) -> str:
    """Return the wallet of the order that rested."""
    return trade.maker.order.maker if trade.maker.order else trade.maker.account


async def _balance(request: Request, trader: Trader, body: bytes) -> Json:
    engine = prediction_of(request).engine
    engine.advance()
    account = engine.ledger.accounts[trader[0]]
    kind = request.query_params.get("asset_type", "COLLATERAL")
    if kind == "COLLATERAL":
        amount = account.cash
    elif kind.startswith("CONDITIONAL"):
        amount = account.shares.get(request.query_params.get("token_id", ""), Decimal(0))
    else:
        return error("Invalid asset type")
    return Json({"balance": str(int(amount * _UNITS)), "allowances": {_EXCHANGE: _ALLOWANCE}})


async def _refreshed(request: Request, trader: Trader, body: bytes) -> Json:
    return Json({})


async def _heartbeat(request: Request, trader: Trader, body: bytes) -> Json:
    return Json({"heartbeat_id": "sandbox"})


def _answer(content: Any) -> Handler:
    """Return a handler with a fixed answer: the sandbox has no notices, bans or rewards."""

    async def answered(request: Request, trader: Trader, body: bytes) -> Json:
        return Json(content)

    return answered


async def _empty(request: Request, trader: Trader, body: bytes) -> Json:
    return empty_page(request)


async def _scoring(request: Request, trader: Trader, body: bytes) -> Json:
    """Answer that the order earns no rewards: no order does in the sandbox."""
    return Json({"scoring": False})


async def _many_scoring(request: Request, trader: Trader, body: bytes) -> Json:
    payload = _json(body)
    if not isinstance(payload, list) or not all(isinstance(one, str) for one in payload):
        return error("Invalid order payload")
    return Json(dict.fromkeys(payload, False))


def _open(world: PredictionWorld, account: str) -> list[SandboxOrder]:
    return world.engine.working(account)


def _filtered(
    world: PredictionWorld, orders: list[SandboxOrder], wanted: dict[str, Any]
) -> list[SandboxOrder]:
    found = []
    for order in orders:
        market = world.market_of(order.token)
        condition = market.condition_id if market else ""
        if (
            wanted.get("market", condition) == condition
            and wanted.get("asset_id", order.token) == order.token
        ):
            found.append(order)
    return [order for order in found if wanted.get("id", order.id) == order.id]


def _order_object(world: PredictionWorld, order: SandboxOrder) -> dict[str, Any]:
    market = world.market_of(order.token)
    return {
        "id": order.id,
        "market": market.condition_id if market else "",
        "asset_id": order.token,
        "owner": order.owner,
        "maker_address": order.maker,
        "side": order.side,
        "price": text(order.price),
        "original_size": text(order.size),
        "size_matched": text(order.matched),
        "outcome": market.outcome(order.token).title() if market else "",
        "order_type": order.type,
        "status": order.status,
        "associate_trades": order.trades,
        "created_at": order.created_ms // 1000,
        "expiration": str((order.expires_ms or 0) // 1000),
    }


def trade_object(world: PredictionWorld, trade: SandboxTrade, account: str) -> dict[str, Any]:
    """Return a trade as one of its two sides sees it."""
    market = world.market_of(trade.token)
    taker = trade.taker_account == account
    part, taken = trade.maker, world.engine.orders.get(trade.taker_order)
    maker = {
        "order_id": part.order.id if part.order else f"{part.account}-{trade.id}",
        "owner": part.order.owner if part.order else part.account,
        "maker_address": _wallet(trade),
        "matched_amount": text(trade.size),
        "price": text(part.price),
        "asset_id": part.token,
        "outcome": market.outcome(part.token).title() if market else "",
        "side": part.side,
        "fee_rate_bps": "0",
    }
    return {
        "id": trade.id,
        "taker_order_id": trade.taker_order,
        "market": market.condition_id if market else "",
        "asset_id": trade.token,
        "side": trade.side,
        "size": text(trade.size),
        "price": text(trade.price),
        "fee_rate_bps": "0",
        "status": "CONFIRMED",
        "match_time": str(trade.at_ms // 1000),
        "last_update": str(trade.at_ms // 1000),
        "outcome": market.outcome(trade.token).title() if market else "",
        "bucket_index": 0,
        "owner": account,
        "maker_address": taken.maker if taken else trade.taker_account,
        "transaction_hash": "0x" + hashlib.sha256(f"{trade.id} {trade.at_ms}".encode()).hexdigest(),
        "trader_side": "TAKER" if taker else "MAKER",
        "maker_orders": [maker],
    }


def _json(body: bytes) -> Any:
    try:
        return load_exact(body)
    except UnreadableJson:
        return None
