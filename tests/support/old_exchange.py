"""Old exchange client with floats and dicts, and a book that orders match against."""

from __future__ import annotations

import itertools
from typing import Any


class OldExchangeError(Exception):
    """The old client's error for a refusal by the venue."""


class OldExchange:
    """One market with one level a side.

    The next `place_order` raises `breaks_before` before it acts, or `breaks_after` after it.
    """

    def __init__(self, *, bid: float = 99.0, ask: float = 101.0, depth: float = 5.0) -> None:
        self.bid, self.ask, self.depth = bid, ask, depth
        self.orders: dict[str, dict[str, Any]] = {}
        self.connected = False
        self.placed = 0
        self.now = 1_700_000_000.0
        self.breaks_before: Exception | None = None
        self.breaks_after: Exception | None = None
        self._ids = itertools.count(1)

    def connect(self) -> None:
        self.connected = True

    def disconnect(self) -> None:
        self.connected = False

    def get_markets(self) -> list[str]:
        return ["BTC/USDT"]

    def get_balance(self) -> dict[str, float]:
        return {"USDT": 1000.1, "BTC": 0.3}

    def get_orderbook(self, pair: str) -> dict[str, Any]:
        return {"bids": [[self.bid, self.depth]], "asks": [[self.ask, self.depth]], "timestamp": self.now}

    def place_order(self, pair: str, side: str, amount: float, price: float) -> dict[str, Any]:
        return self._place(pair, side, amount, price)

    def get_order(self, order_id: str) -> dict[str, Any] | None:
        return self.orders.get(order_id)

    def cancel_order(self, order_id: str) -> bool:
        order = self.orders[order_id]
        if order["status"] == "open":
            order["status"] = "cancelled"
        return True

    def fill(self, order_id: str, amount: float, price: float) -> None:
        """Fill a resting order; only its totals change, as in old clients."""
        order = self.orders[order_id]
        cost = order["filled"] * (order["average"] or 0) + amount * price
        order["filled"] = round(order["filled"] + amount, 8)
        order["average"] = cost / order["filled"]
        order["fee"] = round(cost * 0.001, 8)
        if order["filled"] >= order["amount"]:
            order["status"] = "filled"

    def _place(self, pair: str, side: str, amount: float, price: float, **more: Any) -> dict[str, Any]:
        if self.breaks_before is not None:
            error, self.breaks_before = self.breaks_before, None
            raise error
        self.placed += 1
        order_id = f"o{next(self._ids)}"
        order = {
            "id": order_id,
            "pair": pair,
            "side": side,
            "amount": amount,
            "price": price,
            "status": "open",
            "filled": 0.0,
            "average": None,
            "fee": 0.0,
            "timestamp": self.now,
            **more,
        }
        self.orders[order_id] = order
        crosses = price >= self.ask if side == "buy" else price <= self.bid
        if crosses:
            self.fill(order_id, min(amount, self.depth), self.ask if side == "buy" else self.bid)
        if self.breaks_after is not None:
            error, self.breaks_after = self.breaks_after, None
            raise error
        return order


class ListingExchange(OldExchange):
    """Exchange that lists its orders but takes no client ids."""

    def get_open_orders(self, pair: str) -> list[dict[str, Any]]:
        return [order for order in self.orders.values() if order["status"] == "open"]

    def get_orders(self, pair: str) -> list[dict[str, Any]]:
        return list(self.orders.values())


class ModernExchange(ListingExchange):
    """Exchange that takes client ids and times in force, and lists orders with them."""

    def place_order(  # type: ignore[override]
        self,
        pair: str,
        side: str,
        amount: float,
        price: float,
        client_order_id: str | None = None,
        time_in_force: str = "GTC",
    ) -> dict[str, Any]:
        order = self._place(pair, side, amount, price, client_order_id=client_order_id)
        if time_in_force in ("IOC", "FOK") and order["status"] == "open":
            order["status"] = "cancelled"
        return order


class AsyncExchange:
    """Asynchronous exchange over a synchronous one."""

    def __init__(self, inner: OldExchange) -> None:
        self.inner = inner

    async def connect(self) -> None:
        self.inner.connect()

    async def disconnect(self) -> None:
        self.inner.disconnect()

    async def get_markets(self) -> list[str]:
        return self.inner.get_markets()

    async def get_balance(self) -> dict[str, float]:
        return self.inner.get_balance()

    async def get_orderbook(self, symbol: str) -> dict[str, Any]:
        return self.inner.get_orderbook(symbol)

    async def place_order(
        self, symbol: str, side: str, quantity: float, limit_price: float
    ) -> dict[str, Any]:
        return self.inner.place_order(symbol, side, quantity, limit_price)

    async def get_order(self, order_id: str, symbol: str) -> dict[str, Any] | None:
        return self.inner.get_order(order_id)

    async def cancel_order(self, order_id: str, symbol: str) -> bool:
        return self.inner.cancel_order(order_id)
