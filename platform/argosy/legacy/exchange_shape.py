"""Methods of a ccxt exchange that bots use, on top of a provider's methods."""

from __future__ import annotations

from abc import abstractmethod
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from argosy.core.clock import to_ms
from argosy.core.money.money import decimal, floor_to
from argosy.errors import InvalidInput
from argosy.legacy.record import Record

if TYPE_CHECKING:
    from argosy.core.venues.asset import Asset
    from argosy.domains.trading.market import AccountVenue


class ExchangeShape(Protocol):
    """Exchange with `fetch_…` and `create_order` as in ccxt's manual.

    Numbers are floats, times are milliseconds, symbols are unified.
    """

    venue: AccountVenue
    rateLimit: int = 0  # noqa: N815 - ccxt's name

    @abstractmethod
    def get_orderbook(self, pair: str, depth: int = 50) -> Record: ...

    @abstractmethod
    def get_ticker(self, pair: str) -> Record: ...

    @abstractmethod
    def get_order(self, order_id: str, pair: str | None = None) -> Record: ...

    @abstractmethod
    def get_open_orders(self, pair: str | None = None) -> list[Record]: ...

    @abstractmethod
    def place_order(
        self,
        pair: str,
        side: str,
        amount: float | Decimal,
        price: float | Decimal | None = None,
        order_type: str = "limit",
        *,
        time_in_force: str | None = None,
        **options: Any,
    ) -> Record: ...

    @abstractmethod
    def asset(self, name: str) -> Asset: ...

    @property
    @abstractmethod
    def assets(self) -> dict[str, Asset]: ...

    @abstractmethod
    def now_ms(self) -> int: ...

    @property
    def has(self) -> dict[str, bool]:
        return {
            "fetchOHLCV": hasattr(self.venue, "candles"),
            "fetchOrderBook": True,
            "fetchTicker": True,
            "createOrder": True,
            "cancelOrder": True,
            "fetchOrder": True,
            "fetchOpenOrders": True,
        }

    @property
    def markets(self) -> dict[str, Record]:
        return {
            symbol: Record(
                id=symbol,
                symbol=symbol,
                base=asset.unit,
                quote=asset.quote_currency,
                active=True,
                spot=True,
                precision=Record(
                    amount=None if asset.quantity_step is None else float(asset.quantity_step),
                    price=None if asset.price_step is None else float(asset.price_step),
                ),
            )
            for symbol, asset in self.assets.items()
        }

    @property
    def symbols(self) -> list[str]:
        return list(self.assets)

    def market(self, symbol: str) -> Record:
        return self.markets[self.asset(symbol).symbol]

    def milliseconds(self) -> int:
        return self.now_ms()

    def load_markets(self, reload: bool = False) -> dict[str, Record]:
        return self.markets

    def fetch_order_book(self, symbol: str, limit: int | None = None, params: Any = None) -> Record:
        book = self.get_orderbook(symbol, limit or 50)
        return Record(book, timestamp=int(book["timestamp"] * 1000), nonce=None)

    def fetch_ticker(self, symbol: str, params: Any = None) -> Record:
        ticker = self.get_ticker(symbol)
        return Record(ticker, close=ticker["last"], timestamp=int(ticker["timestamp"] * 1000))

    def fetch_ohlcv(
        self,
        symbol: str,
        timeframe: str = "1m",
        since: int | None = None,
        limit: int = 100,
        params: Any = None,
    ) -> list[list[float]]:
        """Return candles. Raises InvalidInput if the venue has none."""
        candles = getattr(self.venue, "candles", None)
        if candles is None:
            raise InvalidInput(f"{self.venue.name} has no candles")
        return [
            [to_ms(c.at), float(c.open), float(c.high), float(c.low), float(c.close), float(c.volume)]
            for c in candles(self.asset(symbol).symbol, timeframe, limit=limit)
            if since is None or to_ms(c.at) >= since
        ]

    def fetch_balance(self, params: Any = None) -> Record:
        balances = self.venue.balances()
        free = {b.currency: float(b.free) for b in balances}
        used = {b.currency: float(b.locked) for b in balances}
        total = {b.currency: float(b.free + b.locked) for b in balances}
        each = {c: Record(free=free[c], used=used[c], total=total[c]) for c in free}
        return Record(each, free=free, used=used, total=total)

    def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: float,
        price: float | None = None,
        params: dict[str, Any] | None = None,
    ) -> Record:
        wanted = (params or {}).get("timeInForce")
        return _in_ms(self.place_order(symbol, side, amount, price, type, time_in_force=wanted))

    def create_limit_buy_order(self, symbol: str, amount: float, price: float, params: Any = None) -> Record:
        return self.create_order(symbol, "limit", "buy", amount, price, params)

    def create_limit_sell_order(self, symbol: str, amount: float, price: float, params: Any = None) -> Record:
        return self.create_order(symbol, "limit", "sell", amount, price, params)

    def create_market_buy_order(self, symbol: str, amount: float, params: Any = None) -> Record:
        return self.create_order(symbol, "market", "buy", amount, None, params)

    def create_market_sell_order(self, symbol: str, amount: float, params: Any = None) -> Record:
        return self.create_order(symbol, "market", "sell", amount, None, params)

    def fetch_order(self, id: str, symbol: str | None = None, params: Any = None) -> Record:
        return _in_ms(self.get_order(id))

    def fetch_open_orders(self, symbol: str | None = None, *args: Any, **kwargs: Any) -> list[Record]:
        return [_in_ms(order) for order in self.get_open_orders(symbol)]

    def amount_to_precision(self, symbol: str, amount: float) -> str:
        step = self.asset(symbol).quantity_step
        return f"{floor_to(decimal(amount), step) if step else decimal(amount):f}"

    def price_to_precision(self, symbol: str, price: float) -> str:
        step = self.asset(symbol).price_step
        return f"{floor_to(decimal(price), step) if step else decimal(price):f}"

    def close(self) -> None:
        """Do nothing; ccxt's async classes require this call."""
        return


def _in_ms(order: Record) -> Record:
    return Record(order, timestamp=int(order["timestamp"] * 1000))
