"""The Data API: what a wallet holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.sandbox.wire.books import middle
from argosy.domains.trading.sandbox.wire.reply import Json, integer, iso, world_of
from argosy.domains.trading.sandbox.world import World


def routes() -> list[Route]:
    return [Route("/positions", _positions), Route("/value", _value)]


async def _positions(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    rows = _rows(world, request.query_params.get("user", "").lower())
    first = integer(request.query_params.get("offset"), 0)
    return Json(rows[first : first + integer(request.query_params.get("limit"), 100, least=1, most=500)])


async def _value(request: Request) -> Json:
    world = world_of(request)
    world.engine.advance()
    user = request.query_params.get("user", "").lower()
    rows = _rows(world, user)
    return Json([{"user": user, "value": sum(row["currentValue"] for row in rows)}])


def _rows(world: World, account: str) -> list[dict[str, Any]]:
    held = world.engine.ledger.accounts.get(account)
    if held is None:
        return []
    now_ms = world.now_ms()
    rows = []
    for token, size in held.shares.items():
        market = world.markets.market_of(token, now_ms)
        if size <= 0 or market is None:
            continue
        bought = [
            (trade.size, trade.size * trade.price)
            for trade in world.engine.trades
            if trade.token == token and trade.taker_account == account and trade.side == "BUY"
        ]
        shares = sum((one for one, _ in bought), Decimal(0))
        average = sum((cost for _, cost in bought), Decimal(0)) / shares if shares else Decimal(0)
        book = world.markets.real(token, min(now_ms, market.end_ms - 1))
        price = (middle(book) if book is not None else None) or Decimal("0.5")
        rows.append(
            {
                "proxyWallet": account,
                "asset": token,
                "conditionId": market.condition_id,
                "size": float(size),
                "avgPrice": float(round(average, 6)),
                "curPrice": float(price),
                "initialValue": float(round(size * average, 6)),
                "currentValue": float(round(size * price, 6)),
                "outcome": market.outcome(token).title(),
                "slug": market.slug,
                "endDate": iso(market.end_ms)[:10],
                "redeemable": False,
                "mergeable": held.shares.get(market.other(token), Decimal(0)) > 0,
            }
        )
    return rows
