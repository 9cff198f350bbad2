"""Binance spot: signed endpoints for orders, balances and trades."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.sandbox.exchange.engine import SpotEngine
from argosy.domains.trading.sandbox.exchange.order import Force, Kind, Side, SpotOrder, SpotRefused, SpotTrade
from argosy.domains.trading.sandbox.exchange.wire.access import exchanges_of
from argosy.domains.trading.sandbox.exchange.world import ExchangeWorld
from argosy.domains.trading.sandbox.identity import exchange_secret
from argosy.venuekit.sandbox.faults import fault_of
from argosy.venuekit.sandbox.reply import Json, integer

_KEY = re.compile(r"^[A-Za-z0-9]{8,64}$")
_CLIENT_ID = re.compile(r"^[A-Za-z0-9_-]{1,36}$")
_SIDES: dict[str, Side] = {"BUY": "BUY", "SELL": "SELL"}
_KINDS: dict[str, Kind] = {"LIMIT": "LIMIT", "LIMIT_MAKER": "LIMIT_MAKER", "MARKET": "MARKET"}
_FORCES: dict[str, Force] = {"GTC": "GTC", "IOC": "IOC", "FOK": "FOK"}
_MOST_SPAN_MS = 86_400_000
_MOST_WINDOW_MS = 60_000
_EARLY_MS = 1_000

Call = Callable[[Request, str, dict[str, str]], Any]


def routes() -> list[Route]:
    return [
        Route("/api/v3/order", _signed(_place), methods=["POST"]),
        Route("/api/v3/order", _signed(_cancel), methods=["DELETE"]),
        Route("/api/v3/order", _signed(_order)),
        Route("/api/v3/openOrders", _signed(_open_orders)),
        Route("/api/v3/openOrders", _signed(_cancel_all), methods=["DELETE"]),
        Route("/api/v3/account", _signed(_account)),
        Route("/api/v3/myTrades", _signed(_trades)),
        Route("/api/v3/allOrders", _signed(_all_orders)),
        Route("/api/v3/order/test", _signed(_test), methods=["POST"]),
        Route("/api/v3/order/cancelReplace", _signed(_replace), methods=["POST"]),
        Route("/sapi/v1/asset/tradeFee", _signed(_fees)),
    ]


def _signed(call: Call) -> Callable[[Request], Any]:
    async def checked(request: Request) -> Json:
        body = (await request.body()).decode("utf-8", "replace")
        try:
            account, fields = _trader(exchanges_of(request), request, body)
            found = call(request, account, fields)
            return found if isinstance(found, Json) else Json(found)
        except SpotRefused as refused:
            return Json({"code": refused.code, "msg": refused.text}, refused.status)

    return checked


def _trader(world: ExchangeWorld, request: Request, body: str) -> tuple[str, dict[str, str]]:
    """Return the account, and the parameters of query and body (the query wins).

    Key, signature and time are checked. Raises SpotRefused.
    """
    key = request.headers.get("x-mbx-apikey", "")
    if not _KEY.match(key):
        raise SpotRefused(-2014, "API-key format invalid.", 401)
    query = request.scope["query_string"].decode("ascii", "replace")
    fields = dict(parse_qsl(body, keep_blank_values=True)) | dict(parse_qsl(query, keep_blank_values=True))
    given = fields.pop("signature", None)
    if given is None:
        raise SpotRefused(
            -1102, "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."
        )
    payload = "".join(re.sub(r"(^|&)signature=[^&]*", "", part) for part in (query, body))
    known = hmac.new(exchange_secret(key).encode(), payload.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), known.encode()):
        raise SpotRefused(-1022, "Signature for this request is not valid.")
    sent_ms = integer(fields.get("timestamp"), -1)
    window_ms = integer(fields.get("recvWindow"), 5_000, most=_MOST_WINDOW_MS)
    clocks = (world.now_ms(), world.wall.now_ms())
    if not any(sent_ms < now_ms + _EARLY_MS and now_ms - sent_ms <= window_ms for now_ms in clocks):
        raise SpotRefused(-1021, "Timestamp for this request is outside of the recvWindow.")
    return key.lower(), fields


# Orders ---------------------------------------------------------------------------------------------------


def _place(request: Request, account: str, fields: dict[str, str]) -> dict[str, Any]:
    engine = exchanges_of(request).spot
    fault = fault_of(request.scope)
    if fault is not None and fault.effect == "reject":
        raise SpotRefused(-2010, fault.body or "Market is closed.")
    kind = _one_of(fields, "type", _KINDS)
    quantity = _number(fields, "quantity")
    client_id = fields.get("newClientOrderId") or f"web_{len(engine.orders) + 1}"
    if not _CLIENT_ID.match(client_id):
        raise SpotRefused(-1100, "Illegal characters found in parameter 'newClientOrderId'.")
    at_most = None
    if fault is not None and fault.effect == "partial_fill":
        at_most = (quantity * Decimal(str(fault.share))).quantize(Decimal("0.00001"))
    order = engine.place(
        account,
        client_id,
        _text(fields, "symbol"),
        _one_of(fields, "side", _SIDES),
        kind,
        _one_of(fields, "timeInForce", _FORCES) if kind == "LIMIT" else "GTC",
        None if kind == "MARKET" else _number(fields, "price"),
        quantity,
        at_most=at_most,
    )
    if fault is not None and fault.effect == "duplicate":
        raise SpotRefused(-2010, "Duplicate order sent.")
    placed = {**_object(order), "transactTime": order.created_ms, "workingTime": order.created_ms}
    return {**placed, "fills": [_fill(engine.trades[number - 1]) for number in order.trades]}


def _cancel(request: Request, account: str, fields: dict[str, str]) -> dict[str, Any]:
    engine = exchanges_of(request).spot
    with engine.acting(account):
        try:
            order = _found(engine, account, fields)
        except SpotRefused as refused:
            raise SpotRefused(-2011, "Unknown order sent.") if refused.code == -2013 else refused from None
        return _cancelled(engine, [order], request)[0]


def _cancel_all(request: Request, account: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    engine = exchanges_of(request).spot
    with engine.acting(account):
        orders = engine.working(account, _text(fields, "symbol"))
        if not orders:
            raise SpotRefused(-2011, "Unknown order sent.")
        return _cancelled(engine, orders, request)


def _order(request: Request, account: str, fields: dict[str, str]) -> dict[str, Any]:
    engine = exchanges_of(request).spot
    with engine.acting(account):
        order = _found(engine, account, fields)
        return {**_object(order), "time": order.created_ms, "updateTime": order.updated_ms}


def _open_orders(request: Request, account: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    engine = exchanges_of(request).spot
    with engine.acting(account):
        found = engine.working(account, fields.get("symbol"))
        return [{**_object(one), "time": one.created_ms, "updateTime": one.updated_ms} for one in found]


def _all_orders(request: Request, account: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    """Return an account's orders in one pair, oldest first.

    These are the last ones, or those from `orderId` or `startTime` on.
    """
    engine, symbol = exchanges_of(request).spot, _text(fields, "symbol")
    start, end = _span(fields)
    first = integer(fields.get("orderId"), 0)
    with engine.acting(account):
        found = [
            order
            for order in engine.orders_of(account, symbol)
            if order.id >= first and start <= order.created_ms <= end
        ]
    limit = integer(fields.get("limit"), 500, least=1, most=1000)
    page = found[:limit] if first or "startTime" in fields else found[-limit:]
    return [{**_object(one), "time": one.created_ms, "updateTime": one.updated_ms} for one in page]


def _test(request: Request, account: str, fields: dict[str, str]) -> dict[str, Any]:
    """Check an order's fields without placing the order."""
    kind = _one_of(fields, "type", _KINDS)
    _text(fields, "symbol")
    _one_of(fields, "side", _SIDES)
    _number(fields, "quantity")
    if kind == "LIMIT":
        _one_of(fields, "timeInForce", _FORCES)
    if kind != "MARKET":
        _number(fields, "price")
    return {}


def _replace(request: Request, account: str, fields: dict[str, str]) -> Any:
    """Cancel an order and place another.

    With ALLOW_FAILURE the other one is placed even if the cancellation fails.
    """
    mode = _text(fields, "cancelReplaceMode")
    if mode not in {"STOP_ON_FAILURE", "ALLOW_FAILURE"}:
        raise SpotRefused(-1145, "Invalid cancelReplaceMode.")
    named = {"orderId": "cancelOrderId", "origClientOrderId": "cancelOrigClientOrderId"}
    target = {"symbol": _text(fields, "symbol")} | {
        name: fields[given] for name, given in named.items() if given in fields
    }
    cancelled, old = _tried(lambda: _cancel(request, account, target))
    if not cancelled and mode == "STOP_ON_FAILURE":
        return _half_done(
            -2022, "Order cancel-replace failed.", 400, ("FAILURE", old), ("NOT_ATTEMPTED", None)
        )
    placed, new = _tried(lambda: _place(request, account, fields))
    words = {True: "SUCCESS", False: "FAILURE"}
    parts = (words[cancelled], old), (words[placed], new)
    if cancelled and placed:
        return _parts(*parts)
    if not cancelled and not placed:
        return _half_done(-2022, "Order cancel-replace failed.", 400, *parts)
    return _half_done(-2021, "Order cancel-replace partially failed.", 409, *parts)


def _tried(call: Callable[[], dict[str, Any]]) -> tuple[bool, dict[str, Any]]:
    try:
        return True, call()
    except SpotRefused as refused:
        return False, {"code": refused.code, "msg": refused.text}


def _parts(cancelled: tuple[str, Any], placed: tuple[str, Any]) -> dict[str, Any]:
    return {
        "cancelResult": cancelled[0],
        "newOrderResult": placed[0],
        "cancelResponse": cancelled[1],
        "newOrderResponse": placed[1],
    }


def _half_done(
    code: int, text: str, status: int, cancelled: tuple[str, Any], placed: tuple[str, Any]
) -> Json:
    return Json({"code": code, "msg": text, "data": _parts(cancelled, placed)}, status)


# Account --------------------------------------------------------------------------------------------------


def _account(request: Request, account: str, fields: dict[str, str]) -> dict[str, Any]:
    engine = exchanges_of(request).spot
    with engine.acting(account):
        assets = sorted(engine.wallets.totals.get(account, {}))
        balances = {asset: engine.balance(account, asset) for asset in assets}
    if fields.get("omitZeroBalances") == "true":
        balances = {asset: held for asset, held in balances.items() if any(held)}
    rates = engine.commission
    return {
        "makerCommission": int(rates.maker * 10_000),
        "takerCommission": int(rates.taker * 10_000),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": f"{rates.maker:.8f}",
            "taker": f"{rates.taker:.8f}",
            "buyer": "0.00000000",
            "seller": "0.00000000",
        },
        "canTrade": True,
        "canWithdraw": False,
        "canDeposit": True,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": exchanges_of(request).now_ms(),
        "accountType": "SPOT",
        "balances": [
            {"asset": asset, "free": f"{free:.8f}", "locked": f"{locked:.8f}"}
            for asset, (free, locked) in balances.items()
        ],
        "permissions": ["SPOT"],
        "uid": 1,
    }


def _trades(request: Request, account: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    engine, symbol = exchanges_of(request).spot, _text(fields, "symbol")
    with engine.acting(account):
        order_id, first = fields.get("orderId"), integer(fields.get("fromId"), 0)
        start, end = _span(fields)
        if "fromId" in fields and ("startTime" in fields or "endTime" in fields):
            raise SpotRefused(-1128, "Combination of optional parameters invalid.")
        found = [
            trade
            for trade in engine.trades_of(account, symbol)
            if order_id in (None, str(trade.order_id)) and trade.id >= first and start <= trade.at_ms <= end
        ]
    limit = integer(fields.get("limit"), 500, least=1, most=1000)
    return [_trade(trade) for trade in (found[:limit] if first or start else found[-limit:])]


def _fees(request: Request, account: str, fields: dict[str, str]) -> list[dict[str, Any]]:
    """Return the commission of one pair, or of all pairs."""
    engine = exchanges_of(request).spot
    symbols = [fields["symbol"]] if fields.get("symbol") else list(engine.markets)
    if any(symbol not in engine.markets for symbol in symbols):
        raise SpotRefused(-1121, "Invalid symbol.")
    rates = engine.commission
    return [
        {"symbol": symbol, "makerCommission": str(rates.maker), "takerCommission": str(rates.taker)}
        for symbol in symbols
    ]


# Objects --------------------------------------------------------------------------------------------------


def _object(order: SpotOrder) -> dict[str, Any]:
    return {
        "symbol": order.symbol,
        "orderId": order.id,
        "orderListId": -1,
        "clientOrderId": order.client_id,
        "price": f"{order.price or 0:.8f}",
        "origQty": f"{order.quantity:.8f}",
        "executedQty": f"{order.executed:.8f}",
        "origQuoteOrderQty": "0.00000000",
        "cummulativeQuoteQty": f"{order.spent:.8f}",
        "status": order.status,
        "timeInForce": order.force,
        "type": order.kind,
        "side": order.side,
        "stopPrice": "0.00000000",
        "icebergQty": "0.00000000",
        "isWorking": order.working,
        "selfTradePreventionMode": "NONE",
    }


def _cancelled(engine: SpotEngine, orders: list[SpotOrder], request: Request) -> list[dict[str, Any]]:
    fault = fault_of(request.scope)
    if fault is not None and fault.effect == "reject":
        raise SpotRefused(-2011, fault.body or "The order cannot be cancelled now.")
    for order in orders:
        engine.cancel(order)
    if fault is not None and fault.effect == "duplicate":
        raise SpotRefused(-2011, "Unknown order sent.")
    return [
        {
            **_object(order),
            "origClientOrderId": order.client_id,
            "clientOrderId": f"cancel_{order.id}",
            "transactTime": order.updated_ms,
        }
        for order in orders
    ]


def _fill(trade: SpotTrade) -> dict[str, Any]:
    return {
        "price": f"{trade.price:.8f}",
        "qty": f"{trade.quantity:.8f}",
        "commission": f"{trade.commission:.8f}",
        "commissionAsset": trade.commission_asset,
        "tradeId": trade.id,
    }


def _trade(trade: SpotTrade) -> dict[str, Any]:
    return {
        "symbol": trade.symbol,
        "id": trade.id,
        "orderId": trade.order_id,
        "orderListId": -1,
        "price": f"{trade.price:.8f}",
        "qty": f"{trade.quantity:.8f}",
        "quoteQty": f"{trade.quote:.8f}",
        "commission": f"{trade.commission:.8f}",
        "commissionAsset": trade.commission_asset,
        "time": trade.at_ms,
        "isBuyer": trade.side == "BUY",
        "isMaker": trade.maker,
        "isBestMatch": True,
    }


# Parameters -----------------------------------------------------------------------------------------------


def _found(engine: SpotEngine, account: str, fields: dict[str, str]) -> SpotOrder:
    number, client_id = fields.get("orderId"), fields.get("origClientOrderId")
    if number is None and client_id is None:
        raise SpotRefused(
            -1102, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!"
        )
    return engine.find(account, _text(fields, "symbol"), integer(number, 0) if number else None, client_id)


def _span(fields: dict[str, str]) -> tuple[int, int]:
    """Return start and end of the requested time, at most a day apart.

    Raises SpotRefused.
    """
    start, end = integer(fields.get("startTime"), 0), integer(fields.get("endTime"), 10**15)
    if "startTime" in fields and "endTime" in fields and end - start > _MOST_SPAN_MS:
        raise SpotRefused(-1127, "More than 24 hours between startTime and endTime.")
    return start, end


def _text(fields: dict[str, str], name: str) -> str:
    if not fields.get(name):
        raise SpotRefused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
    return fields[name]


def _number(fields: dict[str, str], name: str) -> Decimal:
    try:
        found = Decimal(_text(fields, name))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or abs(found) > 10**12:
        raise SpotRefused(-1100, f"Illegal characters found in parameter '{name}'.")
    return found


def _one_of(fields: dict[str, str], name: str, known: dict[str, Any]) -> Any:
    found = known.get(_text(fields, name))
    if found is None:
        raise SpotRefused(-1106 if name == "timeInForce" else -1116, f"Invalid {name}.")
    return found
