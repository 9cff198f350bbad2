"""Record of one account at the prediction market, exact to the last digit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from argosy.domains.trading.sandbox.prediction.matching import MatchingEngine
from argosy.domains.trading.sandbox.prediction.order import SandboxTrade
from argosy.venuekit.sandbox.double_entry import CASH
from argosy.venuekit.sandbox.module import VenueRecord


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
        "moves": (move.to_record() for move in engine.ledger.moves if move.account == account),
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
