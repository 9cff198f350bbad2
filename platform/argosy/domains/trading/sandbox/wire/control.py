"""The sandbox's own endpoints: state, faults, and the true record of the venue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.requests import Request
from starlette.routing import Route

from argosy.core.exact_json import UnreadableJson, load_exact
from argosy.core.strict_json import check_json
from argosy.domains.trading.market import DOWN, UP
from argosy.domains.trading.sandbox.dealing.order import OrderRefused, SandboxOrder, SandboxTrade
from argosy.domains.trading.sandbox.market.episodes import RATES, episodes
from argosy.domains.trading.sandbox.rulings import ruling_of
from argosy.domains.trading.sandbox.wire.record import record_of
from argosy.domains.trading.sandbox.wire.worlds import world_of
from argosy.domains.trading.sandbox.world import World
from argosy.errors import InvalidInput
from argosy.venuekit.sandbox.faults import Fault
from argosy.venuekit.sandbox.reply import Json, error, iso, text
from argosy.venuekit.sandbox.span import Span

Row = TypeVar("Row")


def routes() -> list[Route]:
    return [
        Route("/state", _state),
        Route("/clock", _clock),
        Route("/faults", _faults),
        Route("/faults", _add_fault, methods=["POST"]),
        Route("/faults", _clear_faults, methods=["DELETE"]),
        Route("/faults/{id}", _remove_fault, methods=["DELETE"]),
        Route("/fills", _fills),
        Route("/orders", _orders),
        Route("/settlements", _settlements),
        Route("/record", _record),
        Route("/accounts", _accounts),
        Route("/accounts/{name}", _account),
        Route("/accounts/{name}/deposit", _deposit, methods=["POST"]),
        Route("/accounts/{name}/merge", _merge, methods=["POST"]),
        Route("/truth/{slug}", _truth),
        Route("/markets/{slug}/resolution", _rule, methods=["POST"]),
    ]


async def _state(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    now_ms = world.now_ms()
    return Json(
        {
            "mode": world.mode,
            "seed": world.seed,
            "now": now_ms,
            "time": iso(now_ms),
            "speed": world.clock.speed,
            "notes": world.notes,
            "episodeRatesPerMinute": RATES if world.mode == "simulated" else {},
            "markets": [
                {"slug": one.slug, "start": iso(one.start_ms), "end": iso(one.end_ms)}
                for one in world.markets.listed(now_ms)
            ],
            "accounts": len(world.engine.ledger.accounts) - 3,
            "orders": len(world.engine.orders),
            "trades": len(world.engine.trades),
            "faults": len(world.faults.rows()),
        }
    )


async def _clock(request: Request) -> Json:
    world = world_of(request)
    return Json({"now": world.now_ms(), "speed": world.clock.speed, "wall": world.wall.now_ms()})


async def _faults(request: Request) -> Json:
    return Json({"items": world_of(request).faults.rows()})


async def _add_fault(request: Request) -> Json:
    body = await request.body()
    try:
        check_json(body)
        fault = Fault.model_validate_json(body)
    except InvalidInput as problem:
        return error(str(problem), 422)
    except ValidationError as problem:
        return error("; ".join(_faults_of(problem)), 422)
    return Json(world_of(request).faults.add(fault).to_wire(), 201)


async def _clear_faults(request: Request) -> Json:
    world_of(request).faults.clear()
    return Json({"items": []})


async def _remove_fault(request: Request) -> Json:
    removed = world_of(request).faults.remove(request.path_params["id"])
    return Json({"removed": True}) if removed else error("no such fault", 404)


async def _fills(request: Request) -> Json:
    """Return every trade as the venue recorded it.

    `account` selects the trades of one account. Fees are the taker's.
    """
    world = world_of(request)
    world.engine.advance()
    account = request.query_params.get("account", "").lower()
    trades = world.engine.trades_of(account) if account else world.engine.trades
    return _page(request, trades, lambda trade: fill_object(world, trade))


async def _orders(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    account = request.query_params.get("account", "").lower()
    orders = (order for order in world.engine.orders.values() if not account or account == order.account)
    return _page(request, orders, _order_object)


async def _record(request: Request) -> Json:
    """Return the record of one account in pages, with exact numbers.

    The record has orders, executions, cash movements and holdings.
    """
    account = request.query_params.get("account", "").lower()
    if not account:
        return error("expected ?account=, the wallet's address", 422)
    try:
        return Json(record_of(world_of(request), account, Span.of(request)))
    except InvalidInput as problem:
        return error(str(problem), 422)


async def _settlements(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    return _page(request, world.engine.settlements, dict)


async def _accounts(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    totals = {"deposits": world.engine.ledger.deposits, "cash": world.engine.ledger.total_cash()}
    return _page(request, world.engine.ledger.accounts, lambda name: _account_object(world, name), **totals)


async def _account(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    name = request.path_params["name"].lower()
    if name not in world.engine.ledger.accounts:
        return error("no such account", 404)
    return Json(_account_object(world, name))


async def _deposit(request: Request) -> Json:
    world = world_of(request)
    name = request.path_params["name"].lower()
    amount = _amount(await request.body(), "amount")
    if amount is None:
        return error('expected {"amount": "USD above 0, at most six decimals"}', 422)
    world.engine.deposit(name, amount)
    return Json(_account_object(world, name))


async def _merge(request: Request) -> Json:
    """Exchange pairs of both outcomes for 1 USD each.

    At the real venue this happens on the chain.
    """
    world = world_of(request)
    name = request.path_params["name"].lower()
    body = await request.body()
    pairs = _amount(body, "pairs")
    payload = _object(body)
    market = world.markets.market(str(payload.get("slug", "")), world.now_ms())
    if pairs is None or market is None or name not in world.engine.ledger.accounts:
        return error('expected {"slug": "a market", "pairs": "shares above 0"} for an account there is', 422)
    try:
        world.engine.merge(name, market, pairs)
    except OrderRefused as refused:
        return error(refused.text, refused.status)
    return Json(_account_object(world, name))


async def _rule(request: Request) -> Json:
    """Decide how a market ends.

    The body is `{"kind": …}` with "split", "void", "up", "down" or "disputed", or with "payouts" and two
    numbers.
    """
    world = world_of(request)
    world.engine.advance()
    now_ms = world.now_ms()
    market = world.markets.market(request.path_params["slug"], now_ms)
    if market is None:
        return error("no such market", 404)
    if world.markets.payouts(market, now_ms) is not None:
        return error("the market is resolved, and what it pays stays as it is", 409)
    body = await request.body()
    try:
        check_json(body)
        ruling = ruling_of(_object(body), now_ms)
    except InvalidInput as problem:
        return error(str(problem), 422)
    except ValidationError as problem:
        return error("; ".join(_faults_of(problem)), 422)
    world.engine.act(lambda: world.markets.rule(market.slug, ruling))
    return Json({"slug": market.slug, **ruling.to_wire()}, 201)


async def _truth(request: Request) -> Json:
    """Return facts of a market that only the sandbox knows.

    These are the episodes with misleading books, and the end of the market once that is decided.
    """
    world = world_of(request)
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


def fill_object(world: World, trade: SandboxTrade) -> dict[str, Any]:
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


def _page(request: Request, rows: Iterable[Row], build: Callable[[Row], dict[str, Any]], **more: Any) -> Json:
    try:
        return Json({**Span.of(request).page(rows, build), **more})
    except InvalidInput as problem:
        return error(str(problem), 422)


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


def _account_object(world: World, name: str) -> dict[str, Any]:
    account = world.engine.ledger.accounts[name]
    return {
        "name": name,
        "cash": account.cash,
        "freeCash": world.engine.free_cash(name),
        "shares": {token: text(size) for token, size in account.shares.items() if size},
    }


def _faults_of(problem: ValidationError) -> list[str]:
    return [
        f"{'.'.join(map(str, one['loc'])) or 'body'}: {one['msg']}"
        for one in problem.errors(include_url=False, include_input=False, include_context=False)
    ]


def _object(body: bytes) -> dict[str, Any]:
    try:
        check_json(body)
        found = load_exact(body)
    except (InvalidInput, UnreadableJson):
        return {}
    return found if isinstance(found, dict) else {}


def _amount(body: bytes, name: str) -> Decimal | None:
    try:
        found = Decimal(str(_object(body).get(name)))
    except InvalidOperation:
        return None
    exponent = found.as_tuple().exponent
    return (
        found
        if found.is_finite() and 0 < found < 10**9 and isinstance(exponent, int) and exponent >= -6
        else None
    )
