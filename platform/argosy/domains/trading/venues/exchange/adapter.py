"""Crypto exchange as a venue, through ccxt: reference prices, and orders with a key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, from_ms, to_ms
from argosy.core.money.portfolio import Position
from argosy.core.ports import Documents
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import (
    Balance,
    Capability,
    Level,
    OpenOrder,
    OrderBook,
    OrderRecord,
    Quote,
    VenueStatus,
)
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.settings import ExchangeSettings
from argosy.domains.trading.venues.exchange.errors import never_sent, translate_errors, translated_write
from argosy.domains.trading.venues.exchange.executor import ExchangeExecutor
from argosy.domains.trading.venues.exchange.parse import TICK_SIZE, asset_of, candles_of
from argosy.domains.trading.venues.exchange.parse import number as _number
from argosy.domains.trading.venues.exchange.parse import quote_of as _currency
from argosy.domains.trading.venues.exchange.pool import ExchangePool
from argosy.domains.trading.venues.exchange.sent import SentExchangeOrders
from argosy.errors import (
    BadReply,
    InvalidInput,
    ModeRefused,
    NoQuote,
    RateLimited,
    StaleData,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueUnavailable,
)
from argosy.infrastructure.resilience.breaker import guard_call
from argosy.infrastructure.resilience.http.reply import retry_after
from argosy.infrastructure.resilience.limits import Charge, Limit, acquire
from argosy.infrastructure.resilience.retry import CallRetryPolicy
from argosy.infrastructure.resilience.shared import Shared
from argosy.venuekit.adapter.send_guard import sending

T = TypeVar("T")
EXCHANGES = ("binance", "coinbase", "kraken")
# Public limits per IP (2026-10), minus a fifth: Binance weighs requests, 6000 per minute; Coinbase 10 per
# second; Kraken about one per second.
_LIMITS = {
    "binance": Limit("exchange.binance", 4800, 60),
    "coinbase": Limit("exchange.coinbase", 8, 1),
    "kraken": Limit("exchange.kraken", 4, 5),
}
_WEIGHTS: Mapping[str, Mapping[str, int]] = {
    "binance": {
        "ticker": 2, "book": 5, "candles": 2, "markets": 20, "lookup": 4, "trades": 20, "balances": 20, "open orders": 6, "all open orders": 80,
    }
}  # fmt: skip
_RETRY = CallRetryPolicy(attempts=2, timeout_s=15.0)
_MAX_LEVELS = 100
TRADABLE = frozenset({"binance"})
"""Exchanges whose order, trade and error formats have been read and are tested."""
ABSENCE_S = 20.0
"""Seconds after which an unknown order proves never to have arrived.

Binance refuses a request older than its `recvWindow` (5 s here) and drops one after 10 s. An order unknown to
Binance this long after sending never appears.
"""
_TRADES = frozenset(
    {
        Capability.PLACE_ORDER,
        Capability.CANCEL_ORDER,
        Capability.BALANCES,
        Capability.LOOKUP_BY_CLIENT_ID,
        Capability.OPEN_ORDERS,
    }
)


class ExchangeVenue:
    """Exchange venue.

    `name` is `binance`, `coinbase` or `kraken`; symbols are ccxt's unified ones (`BTC/USDT`). It trades if it has
    `documents` to record orders, a key and the trading switch; else it only reads.
    """

    absence_proves_after_s = ABSENCE_S

    def __init__(
        self,
        name: str,
        settings: ExchangeSettings,
        clock: Clock,
        shared: Shared,
        *,
        documents: Documents | None = None,
    ) -> None:
        if name not in EXCHANGES:
            raise InvalidInput("not an exchange offered here", expected=", ".join(EXCHANGES), found=name)
        self.name = name
        self._settings = settings
        self._clock = clock
        self._shared = shared
        self._pool = ExchangePool(name, settings, clock)
        self._desk: ExchangeExecutor | None = None
        self.capabilities = frozenset({Capability.QUOTES, Capability.ORDER_BOOK, Capability.CANDLES})
        key = settings.api_key
        if documents is not None and settings.tradable and key is not None and name in TRADABLE:
            account = hashlib.sha256(key.get_secret_value().encode()).hexdigest()[:16]
            self._desk = ExchangeExecutor(name, self, SentExchangeOrders(documents, name, account), clock)
            self.capabilities |= _TRADES

    def quote(self, symbol: str) -> Quote:
        """Return the present best bid and ask.

        Raises StaleData if the venue's time is missing or more than `max_age_s` off. Raises NoQuote for a crossed
        or empty quote, and the errors of reading.
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
        """Return up to 100 levels per side. `at` is None if the exchange gives no time."""

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
        """Return bars in time order; the last one is usually still forming.

        `interval` is in ccxt's form (1m, 5m, 1h).
        """

        def fetch(exchange: Any) -> list[Candle]:
            if interval not in exchange.timeframes:
                raise InvalidInput(
                    f"{self.name} has no such bars", expected=", ".join(exchange.timeframes), found=interval
                )
            rows = exchange.fetch_ohlcv(symbol, interval, None if since is None else to_ms(since), limit)
            self._check_reply(exchange, "candles", symbol)
            return candles_of(rows)

        return self._read("candles", symbol, fetch)

    def status(self) -> VenueStatus:
        """Return the status from the circuit breaker, without a call."""
        breakers = self._shared.breakers
        if breakers is None:
            return VenueStatus.UP
        state = breakers.status(self._breaker).state.value
        return {"closed": VenueStatus.UP, "open": VenueStatus.DOWN}.get(state, VenueStatus.DEGRADED)

    def assets(self) -> list[Asset]:
        """Return all active spot pairs."""

        def fetch(exchange: Any) -> list[Asset]:
            steps = exchange.precisionMode == TICK_SIZE
            return [
                asset_of(symbol, market, self.name, steps=steps)
                for symbol, market in sorted(exchange.markets.items())
                if market.get("spot") and market.get("active") is not False
            ]

        return self._read("markets", "its markets", fetch, check=False)

    # Account and orders -----------------------------------------------------------------------------------

    def balances(self) -> list[Balance]:
        return self._trading().balances()

    def positions(self) -> list[Position]:
        """Return an empty list: a spot account's holdings are its balances."""
        self._trading()
        return []

    def open_orders(self) -> list[OpenOrder]:
        return self._trading().open_orders()

    def fills(self, since: datetime) -> list[Fill]:
        return self._trading().fills(since)

    def execute(self, action: Action, *, deadline: SendDeadline | None = None) -> ActionResult:
        """Place or cancel a limit order.

        Raises OrderDenied if no request was sent, else UnknownOutcome.
        """
        return self._trading().execute(action, deadline=deadline)

    def withdraw(self, action: Action) -> bool:
        return self._trading().withdraw(action)

    def is_window_closed(self, action: Action) -> bool:
        """Return True if the `recvWindow` signed into the request has passed."""
        return self._trading().is_window_closed(action)

    def query_action(self, client_id: str) -> ActionResult | None:
        return self._trading().query_action(client_id)

    def order_record(self, client_id: str) -> OrderRecord | None:
        return self._trading().order_record(client_id)

    # Calls ------------------------------------------------------------------------------------------------

    @property
    def _breaker(self) -> str:
        return f"exchange.{self.name}"

    def read(self, what: str, symbol: str | None, fetch: Callable[[Any], T]) -> T:
        """Call `fetch` with a ccxt object, with retries if they can help."""

        def once() -> T:
            return self._once(
                what, symbol, fetch, translate_errors(self.name, f"{what} of {symbol or 'the account'}")
            )

        return _RETRY.run(once)

    def write(
        self, what: str, symbol: str, send: Callable[[Any], T], deadline: SendDeadline | None = None
    ) -> T:
        """Call `send` with a ccxt object, once.

        Raises UnknownOutcome for all but a certain answer.
        """

        def sent(exchange: Any) -> T:
            exchange.last_status = None
            try:
                with translated_write(self.name, f"the {what}"), sending(deadline):
                    found = send(exchange)
                    if not isinstance(exchange.last_json_response, dict):
                        raise BadReply("no JSON object")
                    return found
            except UnknownOutcome as error:
                if never_sent(error):
                    raise VenueUnavailable(f"{self.name} cannot be reached", sent=False) from error
                raise
            except VenueError as error:
                if exchange.last_status is not None and 400 <= exchange.last_status < 500:
                    raise
                # A refusal in the body of a 5xx reply, or without a status, is not certain.
                raise UnknownOutcome(
                    f"{self.name} gave no certain answer to the {what}",
                    found=str(error),
                    remedy="wait: reconciliation queries the outcome",
                ) from error

        return self._once(what, symbol, sent, nullcontext())

    def _read(self, what: str, symbol: str, fetch: Callable[[Any], T], *, check: bool = True) -> T:
        return self.read(what, symbol if check else None, fetch)

    def _once(
        self, what: str, symbol: str | None, fetch: Callable[[Any], T], meaning: AbstractContextManager[None]
    ) -> T:
        charges = (Charge(_LIMITS[self.name], _WEIGHTS.get(self.name, {}).get(what, 1)),)
        if self._shared.limiter is not None:
            acquire(self._shared.limiter, charges, wait_s=5.0, clock=self._clock)
        breakers = self._shared.breakers
        with nullcontext() if breakers is None else guard_call(breakers, self._breaker):  # noqa: SIM117
            with self._pool.borrow() as exchange:
                if symbol is not None and symbol not in exchange.markets:
                    raise VenueNotFound(
                        f"{self.name} has no symbol {symbol}",
                        expected="a unified symbol such as BTC/USD",
                        remedy="`assets` lists all",
                    )
                try:
                    with meaning:
                        exchange.last_json_response = None
                        return fetch(exchange)
                except RateLimited as error:
                    raise self._slowed(exchange, error) from None

    def _slowed(self, exchange: Any, error: RateLimited) -> RateLimited:
        """Return the error with the exchange's waiting time, and slow down all workers.

        A client that keeps asking is banned.
        """
        headers = {
            str(name).lower(): str(value) for name, value in (exchange.last_response_headers or {}).items()
        }
        wait_s = retry_after(headers, {}, self._clock)
        wait_s = error.retry_after_s if wait_s is None else wait_s
        if self._shared.limiter is not None:
            self._shared.limiter.penalise(_LIMITS[self.name].name, wait_s)
        return RateLimited(error.message, found=error.found, retry_after_s=wait_s)

    def _check_reply(self, exchange: Any, what: str, symbol: str) -> None:
        # ccxt reads an HTML page as an answer without content.
        if not isinstance(exchange.last_json_response, dict | list):
            raise BadReply(f"{self.name}'s {what} of {symbol} cannot be read", expected="JSON")

    def _fresh(self, symbol: str, at: datetime | None) -> datetime:
        limit = self._settings.max_age_s
        if at is None:
            raise StaleData(f"{self.name} gives no time with its quote of {symbol}", expected="a venue time")
        age = (self._clock.now() - at).total_seconds()
        if abs(age) > limit:
            raise StaleData(
                f"{self.name}'s quote of {symbol} is outdated",
                expected=f"at most {limit:g} s away from this machine's clock",
                found=f"{age:.1f} s old",
            )
        return at

    def _trading(self) -> ExchangeExecutor:
        if self._desk is None:
            raise ModeRefused(
                f"trading at {self.name} is off",
                expected=f"one of {', '.join(sorted(TRADABLE))} with api_key, api_secret and trading_enabled = true",
                remedy=f"set them in trading.{self.name}, or use it for reference prices",
            )
        return self._desk


def served_at(headers: Any) -> datetime | None:
    """Return the time when the venue made its reply: header `Date` minus `Age` of a cache.

    The precision is one second.
    """
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
    """Return the price; None if absent or zero."""
    if value is None:
        return None
    number = _number(value)
    return number if number > 0 else None


def _levels(raw: Any, *, descending: bool) -> list[Level]:
    # Sorted here: ccxt sorts numbers kept as text alphabetically.
    levels = [Level(price=_number(level[0]), size=_number(level[1])) for level in raw]
    levels = [level for level in levels if level.price > 0 and level.size > 0]
    return sorted(levels, key=lambda level: level.price, reverse=descending)
