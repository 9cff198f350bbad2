"""The Data API: positions of a wallet and their value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from argosy.domains.trading.sandbox.prediction.wire.access import prediction_of
from argosy.domains.trading.sandbox.prediction.wire.books import middle
from argosy.domains.trading.sandbox.prediction.world import PredictionWorld
from argosy.venuekit.sandbox.reply import Json, integer, iso


def routes() -> list[Route]:
    return [Route("/positions", _positions), Route("/value", _value)]


async def _positions(request: Request) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    query = request.query_params
    user = world.engine.owner_of(query.get("user", "").lower())
    rows = [row for row in _rows(world, user) if _is_asked_for(row, query)]
    first = integer(request.query_params.get("offset"), 0)
    return Json(rows[first : first + integer(request.query_params.get("limit"), 100, least=1, most=500)])


async def _value(request: Request) -> Json:
    world = prediction_of(request)
    world.engine.advance()
    user = request.query_params.get("user", "").lower()
    rows = _rows(world, world.engine.owner_of(user))
    return Json([{"user": user, "value": sum(row["currentValue"] for row in rows)}])


def _is_asked_for(row: dict[str, Any], query: Mapping[str, str]) -> bool:
    """Return True if a position passes the venue's filters.

    Without `sizeThreshold` positions smaller than one share are left out.
    """
    flags = ("redeemable", "mergeable")
    return (
        row["size"] >= _threshold(query.get("sizeThreshold"))
        and ("market" not in query or row["conditionId"] in query["market"].split(","))
        and all(str(row[name]).lower() == query[name].lower() for name in flags if query.get(name))
    )


def _threshold(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 1.0


def _rows(world: PredictionWorld, account: str) -> list[dict[str, Any]]:
    held = world.engine.ledger.accounts.get(account)
    if held is None:
        return []
    now_ms = world.now_ms()
    rows = []
    for token, size in held.shares.items():
        market = world.markets.market_of(token, now_ms)
        if size <= 0 or market is None:
            continue
        bought = _bought(world, account, token)
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


def _bought(world: PredictionWorld, account: str, token: str) -> list[tuple[Decimal, Decimal]]:
    """Return size and cost of every purchase, as taker and as maker."""
    found = []
    for trade in world.engine.trades_of(account):
        if (trade.taker_account, trade.token, trade.side) == (account, token, "BUY"):
            found.append((trade.size, trade.size * trade.price))
        part = trade.maker
        if (part.account, part.token, part.side) == (account, token, "BUY"):
            found.append((trade.size, trade.size * part.price))
    return found
