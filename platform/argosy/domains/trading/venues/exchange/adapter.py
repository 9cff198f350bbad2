"""A crypto exchange as a venue of reference prices, through ccxt. It only reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from argosy.core.action import Action, ActionResult
from argosy.core.asset import Asset, AssetKind
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money import decimal
from argosy.core.portfolio import Position
from argosy.core.venue import Balance, Capability, Level, OrderBook, Quote, VenueStatus
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.settings import ExchangeSettings
from argosy.domains.trading.venues.exchange.errors import translated
from argosy.domains.trading.venues.exchange.pool import ExchangePool
from argosy.errors import (
    ArgosyError,
    BadReply,
    InvalidInput,
    ModeRefused,
    NoQuote,
    StaleData,
    VenueNotFound,
)
from argosy.infrastructure.resilience.breaker import guarded
from argosy.infrastructure.resilience.limits import Charge, Limit, acquire
from argosy.infrastructure.resilience.retry import RetryPolicy
from argosy.infrastructure.resilience.shared import Shared

T = TypeVar("T")
EXCHANGES = ("binance", "coinbase", "kraken")
# Public limits per IP (2026-10), less a fifth: Binance weighs requests, 6000 a minute; Coinbase 10 a second;
# Kraken about one a second.
_LIMITS = {
    "binance": Limit("exchange.binance", 4800, 60),
    "coinbase": Limit("exchange.coinbase", 8, 1),
    "kraken": Limit("exchange.kraken", 4, 5),
}
_WEIGHTS: Mapping[str, Mapping[str, int]] = {"binance": {"ticker": 2, "book": 5, "candles": 2, "markets": 20}}
_RETRY = RetryPolicy(attempts=2, timeout_s=15.0)
_MAX_LEVELS = 100


class ExchangeVenue:
    """`name` is `binance`, `coinbase` or `kraken`; symbols are ccxt's unified ones (`BTC/USDT`)."""

    capabilities = frozenset({Capability.QUOTES, Capability.ORDER_BOOK, Capability.CANDLES})

    def __init__(self, name: str, settings: ExchangeSettings, clock: Clock, shared: Shared) -> None:
        if name not in EXCHANGES:
            raise InvalidInput("not an exchange offered here", expected=", ".join(EXCHANGES), found=name)
        self.name = name
        self._settings = settings
        self._clock = clock
        self._shared = shared
        self._pool = ExchangePool(name, settings, clock)

    def quote(self, symbol: str) -> Quote:
        """The best bid and ask now.

        Raises StaleData when the venue's time of it is older than `max_age_s` or absent, NoQuote for a crossed
        or empty one, and the errors of reading.
        """

        def fetch(exchange: Any) -> Quote:
            ticker = exchange.fetch_ticker(symbol)
            self._check_reply(exchange, "ticker", symbol)
            at = _moment(ticker.get("timestamp")) or served_at(exchange.last_response_headers)
            bid, ask, last = (_price(ticker.get(name)) for name in ("bid", "ask", "last"))
            if bid is None and ask is None and last is None:
                raise NoQuote(f"{self.name} gives no price for {symbol}")
            if bid is not None and ask is not None and bid >= ask:
                raise NoQuote(f"{self.name}'s quote of {symbol} is crossed", found=f"{bid} / {ask}")
            return Quote(
                venue=self.name,
                symbol=symbol,
                bid=bid,
                ask=ask,
                last=last,
                currency=_currency(symbol),
                at=self._fresh(symbol, at),
            )

        return self._read("ticker", symbol, fetch)

    def order_book(self, symbol: str) -> OrderBook:
        """Up to 100 levels a side. `at` is None where the exchange gives none."""

        def fetch(exchange: Any) -> OrderBook:
            book = exchange.fetch_order_book(symbol, _MAX_LEVELS)
            self._check_reply(exchange, "book", symbol)
            return OrderBook(
                venue=self.name,
                symbol=symbol,
                bids=_levels(book["bids"], descending=True),
                asks=_levels(book["asks"], descending=False),
                at=_moment(book.get("timestamp")),
                received_at=self._clock.now(),
            )

        return self._read("book", symbol, fetch)

    def candles(
        self, symbol: str, interval: str = "1m", *, since: datetime | None = None, limit: int = 100
    ) -> list[Candle]:
        """Bars in time order, the last one usually still forming. `interval` as ccxt writes it (1m, 5m, 1h)."""

        def fetch(exchange: Any) -> list[Candle]:
            if interval not in exchange.timeframes:
                raise InvalidInput(
                    f"{self.name} has no such bars", expected=", ".join(exchange.timeframes), found=interval
                )
            rows = exchange.fetch_ohlcv(symbol, interval, None if since is None else to_ms(since), limit)
            self._check_reply(exchange, "candles", symbol)
            found = [
                Candle(
                    at=from_ms(int(row[0])),
                    **{
                        name: _number(value)
                        for name, value in zip(
                            ("open", "high", "low", "close", "volume"), row[1:6], strict=True
                        )
                    },
                )
                for row in rows
            ]
            return sorted(found, key=lambda candle: candle.at)

        return self._read("candles", symbol, fetch)

    def status(self) -> VenueStatus:
        """What the circuit breaker says: no call is made."""
        breakers = self._shared.breakers
        if breakers is None:
            return VenueStatus.UP
        state = breakers.status(self._breaker).state.value
        return {"closed": VenueStatus.UP, "open": VenueStatus.DOWN}.get(state, VenueStatus.DEGRADED)

    def assets(self) -> list[Asset]:
        """All active spot pairs."""

        def fetch(exchange: Any) -> list[Asset]:
            return [
                Asset(
                    kind=AssetKind.SPOT,
                    symbol=symbol,
                    venue=self.name,
                    unit=str(market["base"]),
                    quote_currency=str(market["quote"]),
                )
                for symbol, market in sorted(exchange.markets.items())
                if market.get("spot") and market.get("active") is not False
            ]

        return self._read("markets", "its markets", fetch, check=False)

    def balances(self) -> list[Balance]:
        raise self._read_only()

    def positions(self) -> list[Position]:
        raise self._read_only()

    def execute(self, action: Action) -> ActionResult:
        raise self._read_only()

    def lookup(self, client_id: str) -> ActionResult | None:
        raise self._read_only()

    # ------------------------------------------------------------------------------------------------------

    @property
    def _breaker(self) -> str:
        return f"exchange.{self.name}"

    def _read(self, what: str, symbol: str, fetch: Callable[[Any], T], *, check: bool = True) -> T:
        charges = (Charge(_LIMITS[self.name], _WEIGHTS.get(self.name, {}).get(what, 1)),)

        def once() -> T:
            if self._shared.limiter is not None:
                acquire(self._shared.limiter, charges, wait_s=5.0, clock=self._clock)
            breakers = self._shared.breakers
            with nullcontext() if breakers is None else guarded(breakers, self._breaker):  # noqa: SIM117
                with self._pool.borrow() as exchange:
                    if check and symbol not in exchange.markets:
                        raise VenueNotFound(
                            f"{self.name} has no symbol {symbol}",
                            expected="a unified symbol such as BTC/USD",
                            remedy="`assets` lists all",
                        )
                    with translated(self.name, f"{what} of {symbol}"):
                        exchange.last_json_response = None
                        return fetch(exchange)

        return _RETRY.run(once)

    def _check_reply(self, exchange: Any, what: str, symbol: str) -> None:
        # ccxt reads a page of HTML as an answer with nothing in it.
        if not isinstance(exchange.last_json_response, dict | list):
            raise BadReply(f"{self.name}'s {what} of {symbol} cannot be read", expected="JSON")

    def _fresh(self, symbol: str, at: datetime | None) -> datetime:
        limit = self._settings.max_age_s
        if at is None:
            raise StaleData(f"{self.name} gives no time with its quote of {symbol}", expected="a venue time")
        age = (self._clock.now() - at).total_seconds()
        if abs(age) > limit:
            raise StaleData(
                f"{self.name}'s quote of {symbol} is not of now",
                expected=f"at most {limit:g} s away from this machine's clock",
                found=f"{age:.1f} s old",
            )
        return at

    def _read_only(self) -> ArgosyError:
        return ModeRefused(
            f"{self.name} is a venue of reference prices only", expected="quote, order_book or candles"
        )


def served_at(headers: Any) -> datetime | None:
    """When the venue made its reply: header `Date` less the `Age` a cache adds. To the second."""
    if not isinstance(headers, Mapping):
        return None
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    try:
        made = parsedate_to_datetime(lower["date"]).astimezone(UTC)
        age = int(lower.get("age", "0"))
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    return from_ms(to_ms(made) - age * 1000) if 0 <= age < 86_400 else None


def _moment(value: Any) -> datetime | None:
    return None if value is None else from_ms(int(value))


def _price(value: Any) -> Decimal | None:
    """Absent and zero prices are no prices."""
    if value is None:
        return None
    number = _number(value)
    return number if number > 0 else None


def _number(value: Any) -> Decimal:
    try:
        number = decimal(value, name="price")
    except InvalidInput as error:
        raise BadReply("a number from the exchange cannot be read", found=str(error.found)) from None
    if abs(number.adjusted()) > 30:
        raise BadReply("a number from the exchange is out of range", found=str(number)[:40])
    return number


def _levels(raw: Any, *, descending: bool) -> list[Level]:
    # Sorted here: ccxt sorts numbers kept as text by their letters.
    levels = [Level(price=_number(level[0]), size=_number(level[1])) for level in raw]
    levels = [level for level in levels if level.price > 0 and level.size > 0]
    return sorted(levels, key=lambda level: level.price, reverse=descending)


def _currency(symbol: str) -> str:
    return symbol.partition("/")[2].partition(":")[0] or "USD"
