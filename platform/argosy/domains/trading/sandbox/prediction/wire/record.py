"""The venues' own record of one account, to compare with a ledger to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from argosy.domains.trading.sandbox.exchange.engine import SpotEngine
from argosy.domains.trading.sandbox.prediction.matching import MatchingEngine
from argosy.domains.trading.sandbox.prediction.order import SandboxTrade
from argosy.domains.trading.sandbox.world import World
from argosy.venuekit.sandbox.control import record_page
from argosy.venuekit.sandbox.double_entry import CASH, BalanceChange
from argosy.venuekit.sandbox.module import VenueRecord
from argosy.venuekit.sandbox.span import Span


def record_of(world: World, account: str, span: Span | None = None) -> dict[str, Any]:
    """Return one page of an account's record at all venues of trading, with exact numbers."""
    return record_page(world.host.modules, account, span or Span(), world.now_ms())


def polymarket(engine: MatchingEngine, account: str) -> VenueRecord:
    """Return an account's record at Polymarket.

    - `orders`: the account's orders.
    - `executions`: the account's parts of trades, with the ids that adapters book them by.
    - `moves`: every change of a balance.
    - `settlements`: the settlements that paid the account.
    - `holdings`: the sums of the moves.

    Times are Unix ms. Lists are generators, so rows outside the requested span are not stored.
    """
    held = engine.ledger.accounts.get(account)
    lists: dict[str, Iterable[dict[str, Any]]] = {
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
        "settlements": (one for one in engine.settlements if account in dict(one["paid"])),  # type: ignore[call-overload]
    }
    holdings = (
        {} if held is None else {CASH: held.cash, **{t: size for t, size in held.shares.items() if size}}
    )
    return VenueRecord(lists, {"holdings": holdings})


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


def binance(spot: SpotEngine, account: str) -> VenueRecord:
    """Return an account's record at Binance, in the form of Polymarket's, without settlements."""
    lists: dict[str, Iterable[dict[str, Any]]] = {
        "orders": (
            {
                "id": str(order.id),
                "clientId": order.client_id,
                "symbol": _unified(spot, order.symbol),
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
                "symbol": _unified(spot, trade.symbol),
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
    }
    return VenueRecord(lists, {"holdings": dict(spot.wallets.totals.get(account, {}))})


def _move(move: BalanceChange) -> dict[str, Any]:
    return {
        "asset": move.asset,
        "amount": move.amount,
        "why": move.why,
        "ref": move.ref,
        "at": move.at_ms,
    }


def _unified(spot: SpotEngine, symbol: str) -> str:
    market = spot.markets[symbol]
    return f"{market.base}/{market.quote}"
