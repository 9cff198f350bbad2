"""The venues' own record of one account, to compare with a ledger to the last digit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from argosy.domains.trading.sandbox.dealing.order import SandboxTrade
from argosy.domains.trading.sandbox.world import World
from argosy.venuekit.sandbox.double_entry import CASH, BalanceChange
from argosy.venuekit.sandbox.span import Span

_LISTS = frozenset({"orders", "executions", "moves", "settlements"})


def record_of(world: World, account: str, span: Span | None = None) -> dict[str, Any]:
    """Return the record of one account, by venue.

    - `orders`: the account's orders.
    - `executions`: the account's parts of trades, with the ids that adapters book them by.
    - `moves`: every change of a balance.
    - `holdings`: the sums of the moves.
    - `settlements` (Polymarket): the settlements that paid the account.

    Times are Unix ms. Money and sizes are exact strings in JSON. Every list is cut to the span. `next` is the
    cursor of the following rows of any list, None at the end.
    """
    span = span or Span()
    world.engine.advance()
    with world.spot.acting():
        venues = {"polymarket": _polymarket(world, account), "binance": _binance(world, account)}
        more = False
        for venue in venues.values():
            for name in _LISTS & venue.keys():
                venue[name], follows = span.cut(venue[name])
                more |= follows
        found = {"account": account, "now": world.now_ms(), **venues}
        return {**found, "next": span.following if more else None}


def _polymarket(world: World, account: str) -> dict[str, Any]:
    """Return the account's record at Polymarket.

    Lists are generators, so rows outside the requested span are not stored.
    """
    engine = world.engine
    held = engine.ledger.accounts.get(account)
    return {
        "orders": (
            {
                "id": order.id,
                "symbol": order.token,
                "side": order.side.lower(),
                "price": order.price,
                "size": order.size,
                "matched": order.matched,
                "type": order.type,
                "status": order.status,
                "at": order.created_ms,
            }
            for order in engine.orders.values()
            if order.account == account
        ),
        "executions": (part for trade in engine.trades_of(account) for part in _parts(trade, account)),
        "moves": (_move(move) for move in engine.ledger.moves if move.account == account),
        "holdings": {}
        if held is None
        else {CASH: held.cash, **{token: size for token, size in held.shares.items() if size}},
        "settlements": (one for one in engine.settlements if account in dict(one["paid"])),  # type: ignore[call-overload]
    }


def _parts(trade: SandboxTrade, account: str) -> list[dict[str, Any]]:
    """Return the taker's side of a trade, the maker's, or both if both are the account's."""
    common = {"id": trade.id, "slug": trade.market, "size": trade.size, "at": trade.at_ms}
    found = []
    if trade.taker_account == account:
        taker = {"order": trade.taker_order, "symbol": trade.token, "side": trade.side.lower()}
        found.append({**common, **taker, "price": trade.price, "fee": trade.fee, "role": "taker"})
    if trade.maker.account == account and trade.maker.order is not None:
        part = trade.maker
        maker = {"order": trade.maker.order.id, "symbol": part.token, "side": part.side.lower()}
        found.append({**common, **maker, "price": part.price, "fee": Decimal(0), "role": "maker"})
    return found


def _binance(world: World, account: str) -> dict[str, Any]:
    spot = world.spot
    return {
        "orders": (
            {
                "id": str(order.id),
                "clientId": order.client_id,
                "symbol": _unified(world, order.symbol),
                "side": order.side.lower(),
                "price": order.price,
                "size": order.quantity,
                "matched": order.executed,
                "type": order.force,
                "status": order.status,
                "at": order.created_ms,
            }
            for order in spot.orders.values()
            if order.account == account
        ),
        "executions": (
            {
                "id": str(trade.id),
                "order": str(trade.order_id),
                "clientId": trade.client_id,
                "symbol": _unified(world, trade.symbol),
                "side": trade.side.lower(),
                "size": trade.quantity,
                "price": trade.price,
                "fee": trade.commission,
                "feeCurrency": trade.commission_asset,
                "role": "maker" if trade.maker else "taker",
                "at": trade.at_ms,
            }
            for trade in spot.trades
            if trade.account == account
        ),
        "moves": (_move(move) for move in spot.wallets.moves if move.account == account),
        "holdings": dict(spot.wallets.totals.get(account, {})),
    }


def _move(move: BalanceChange) -> dict[str, Any]:
    return {
        "asset": move.asset,
        "amount": move.amount,
        "why": move.why,
        "ref": move.ref,
        "at": move.at_ms,
    }


def _unified(world: World, symbol: str) -> str:
    market = world.spot.markets[symbol]
    return f"{market.base}/{market.quote}"
