"""Record of one account at the exchange, exact to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from argosy.domains.trading.sandbox.exchange.engine import SpotEngine
from argosy.venuekit.sandbox.module import VenueRecord


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
        "moves": (move.to_record() for move in spot.wallets.moves if move.account == account),
    }
    return VenueRecord(lists, {"holdings": dict(spot.wallets.totals.get(account, {}))})


def _unified(spot: SpotEngine, symbol: str) -> str:
    market = spot.markets[symbol]
    return f"{market.base}/{market.quote}"
