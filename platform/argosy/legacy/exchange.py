"""Dialect of ccxt exchange objects, sync or async, used as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock, to_ms
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.core.venues.asset import Asset
from argosy.core.venues.venue import Balance, OrderBook, Quote
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.exchange.errors import found_order, translate_errors, translated_write
from argosy.domains.trading.venues.exchange.parse import TICK_SIZE, asset_of, candles_of
from argosy.domains.trading.venues.replies.fees import currency_of
from argosy.domains.trading.venues.replies.fields import number
from argosy.domains.trading.venues.replies.pairs import quote_currency
from argosy.domains.trading.venues.replies.totals import filled_of
from argosy.errors import (
    ArgosyError,
    BadReply,
    InvalidInput,
    NoQuote,
    OrderDenied,
    UnknownOutcome,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.legacy.calls import Calls
from argosy.legacy.orders import report_of
from argosy.legacy.reading import exact_float, levels, moment
from argosy.legacy.report import OrderNote, OrderState, ProviderReport
from argosy.venuekit.adapter.send_guard import guard_fetch

_DEPTH = 100
_CLOCKS_APART_MS = 60_000
_DAY_MS = 86_400_000
# Exchanges whose `fetch_order` finds orders by `clientOrderId` (read in the sources of ccxt 4.5.90). An order not found
# there does not exist. At other exchanges the missing order id may look like an unknown order.
_ASKED_BY_CLIENT_ID = frozenset(
    {"binance", "binanceus", "bitget", "bitvavo", "coinbaseexchange", "htx", "kucoin", "mexc", "okx"}
)


def is_exchange(provider: Any) -> bool:
    """Return True if `provider` has the methods of a ccxt exchange, of any version or imitation."""
    return all(
        callable(getattr(provider, name, None))
        for name in ("load_markets", "fetch_order_book", "create_order", "fetch_order")
    )


class ExchangeDialect:
    """Dialect of ccxt exchanges.

    Orders carry the client id as `clientOrderId` and are found by it.
    """

    finds_by_terms = False

    def __init__(self, name: str, calls: Calls, clock: Clock) -> None:
        self._name = name
        self._calls = calls
        self._clock = clock
        guard_fetch(calls.target)
        self.has_candles = self._has("fetchOHLCV")
        self._asked = getattr(calls.target, "id", None) in _ASKED_BY_CLIENT_ID
        self.finds_by_client_id = self._asked or (
            self._has("fetchOpenOrders") and (self._has("fetchOrders") or self._has("fetchClosedOrders"))
        )

    def connect(self) -> None:
        self._markets()

    def disconnect(self) -> None:
        if self._calls.has("close"):
            self._calls("close")

    # --- reading ----------------------------------------------------------------------------------------

    def assets(self) -> Sequence[Asset]:
        steps = self._calls.target.precisionMode == TICK_SIZE
        return [
            asset_of(symbol, market, self._name, steps=steps)
            for symbol, market in sorted(self._markets().items())
            if market.get("spot") is not False and market.get("active") is not False
        ]

    def book(self, symbol: str) -> OrderBook:
        self._known(symbol)
        with self._reading(f"book of {symbol}"):
            raw = self._calls("fetch_order_book", symbol, _DEPTH)
            return OrderBook(
                venue=self._name,
                symbol=symbol,
                bids=levels(raw["bids"], descending=True),
                asks=levels(raw["asks"], descending=False),
                at=moment(raw.get("timestamp")),
                received_at=self._clock.now(),
            )

    def quote(self, symbol: str) -> Quote:
        book = self.book(symbol)
        if book.best_bid is None or book.best_ask is None or book.crossed:
            raise NoQuote(f"{self._name}'s book of {symbol} is empty or crossed")
        return Quote(
            venue=self._name,
            symbol=symbol,
            bid=book.best_bid.price,
            ask=book.best_ask.price,
            currency=quote_currency(symbol),
            at=book.at or book.received_at,
        )

    def candles(self, symbol: str, interval: str, limit: int) -> list[Candle]:
        if not self.has_candles:
            raise InvalidInput(f"{self._name} has no candles")
        self._known(symbol)
        with self._reading(f"candles of {symbol}"):
            return candles_of(self._calls("fetch_ohlcv", symbol, interval, None, limit))

    def balances(self) -> Sequence[Balance]:
        with self._reading("balances"):
            raw = self._calls("fetch_balance")
            return [
                Balance(
                    venue=self._name,
                    currency=currency_of(currency),
                    free=number(free, "balance"),
                    locked=number((raw.get("used") or {}).get(currency) or 0, "balance"),
                )
                for currency, free in sorted(raw["free"].items())
                if free is not None
            ]

    # --- orders -----------------------------------------------------------------------------------------

    def check(self, action: Action) -> None:
        """Refuse a quantity or price off the market's grid. ccxt would cut it to another order.

        Raises OrderDenied.
        """
        self._known(action.symbol)
        target = self._calls.target
        for what, value, cut in (
            ("quantity", action.quantity, target.amount_to_precision),
            ("price", action.limit_price, target.price_to_precision),
        ):
            if value is None:
                continue
            try:
                sent = number(cut(action.symbol, exact_float(value, f"the {what}")), what)
            except (InvalidInput, ArgosyError) as error:
                raise OrderDenied(error.message, expected=error.expected, found=error.found) from None
            except Exception as error:  # noqa: BLE001 - ccxt refuses by classes of its own
                raise OrderDenied(f"{self._name} takes no such {what}", found=f"{value}: {error}") from None
            if sent != value:
                raise OrderDenied(
                    f"the {what} is not on {self._name}'s grid", expected=str(sent), found=str(value)
                )

    def place(self, action: Action, deadline: SendDeadline | None = None) -> ProviderReport:
        params: dict[str, Any] = {"clientOrderId": action.client_id, "maxRetriesOnFailure": 0}
        if action.limit_price is not None:
            params["timeInForce"] = {"FAK": "IOC"}.get(action.time_in_force, action.time_in_force)
        with self._writing("the order"):
            raw = self._calls.write(
                deadline,
                "create_order",
                action.symbol,
                "market" if action.limit_price is None else "limit",
                action.side,
                float(action.quantity),
                None if action.limit_price is None else float(action.limit_price),
                params,
            )
            order_id = raw["id"]
            if order_id is None:
                raise BadReply("an order without an id")
        try:
            return self._complete(raw, action.symbol, action.quantity, action.limit_price)
        except ArgosyError:
            # The exchange has the order; the next look-up reads the rest.
            return ProviderReport(order_id=str(order_id), state=OrderState.OPEN)

    def order(self, note: OrderNote) -> ProviderReport | None:
        try:
            with self._reading(f"order {note.order_id}"):
                raw = self._calls("fetch_order", note.order_id, note.symbol)
        except VenueNotFound:
            return None
        return self._complete(raw, note.symbol, note.quantity, note.price)

    def find(self, note: OrderNote) -> Sequence[ProviderReport]:
        """Return the order with the note's client id; empty if there is none.

        Exchanges in `_ASKED_BY_CLIENT_ID` are asked by it. At others the order is searched in the lists. Open orders
        are read first, then orders since the submission. So an order that fills between both reads is in the second.
        """
        if self._asked:
            named = {"clientOrderId": note.client_id}
            with self._reading("the order"):
                raw = found_order(self._calls, "fetch_order", "", note.symbol, named)
            return [] if raw is None else [self._complete(raw, note.symbol, note.quantity, note.price)]
        sent = to_ms(note.sent_at)
        for raw in self._listed(note.symbol, (sent - _CLOCKS_APART_MS, sent - _DAY_MS)):
            if raw.get("clientOrderId") == note.client_id:
                return [self._complete(raw, note.symbol, note.quantity, note.price)]
        return []

    def _listed(self, symbol: str, since: Sequence[int]) -> Iterator[Any]:
        """Yield open orders, then orders since each moment in `since`, given in Unix ms.

        There are several moments because either clock may have been wrong.
        """
        listings: list[tuple[str, tuple[Any, ...]]] = [("fetch_open_orders", (symbol,))]
        for first in since:
            if self._has("fetchOrders"):
                listings.append(("fetch_orders", (symbol, first)))
                continue
            listings.append(("fetch_closed_orders", (symbol, first)))
            if self._has("fetchCanceledOrders"):
                listings.append(("fetch_canceled_orders", (symbol, first)))
        for method, arguments in listings:
            with self._reading("orders"):
                rows = list(self._calls(method, *arguments))
            yield from rows

    def cancel(self, note: OrderNote, deadline: SendDeadline | None = None) -> None:
        with self._writing("the cancellation"):
            self._calls.write(deadline, "cancel_order", note.order_id, note.symbol)

    def _complete(self, raw: Any, symbol: str, quantity: Decimal, limit: Decimal | None) -> ProviderReport:
        """Return the order with its executions.

        An answer with the id alone is completed by another read.
        """
        with self._reading("the order"):
            order_id = str(raw["id"])
            if raw.get("status") is None or filled_of(raw, None) is None:
                raw = self._calls("fetch_order", order_id, symbol)
            filled = filled_of(raw, quantity)
            rows = [] if filled == ZERO else self._trades(raw, order_id, symbol)
            if rows and filled is not None and _amount(rows) > filled:
                # An execution happened between both reads: the order is read once more.
                raw = self._calls("fetch_order", order_id, symbol)
            report = report_of(
                raw, quantity, self._clock.now(), order_id=order_id, limit=limit, rows=rows, symbol=symbol
            )
            return replace(report, symbol=None, side=None, quantity=None, price=None, reason=None)

    def _trades(self, raw: Any, order_id: str, symbol: str) -> list[Any] | None:
        """Return the executions, with ids if the exchange has them; None without any list of them."""
        rows = list(raw.get("trades") or [])
        if rows and not _nameless(rows):
            return rows
        found: list[Any] | None = None
        if self._has("fetchOrderTrades"):
            found = list(self._calls("fetch_order_trades", order_id, symbol))
        elif self._has("fetchMyTrades"):
            listed = self._calls("fetch_my_trades", symbol, raw.get("timestamp"))
            found = [row for row in listed if str(row.get("order")) == order_id]
        return found or rows or found

    # ----------------------------------------------------------------------------------------------------

    def _has(self, what: str) -> bool:
        return bool((getattr(self._calls.target, "has", None) or {}).get(what))

    def _markets(self) -> Any:
        with self._reading("list of markets"):
            markets = self._calls("load_markets")
            if not markets:
                raise ValueError("an empty list")
            return markets

    def _known(self, symbol: str) -> None:
        if symbol not in self._markets():
            raise VenueNotFound(
                f"{self._name} has no symbol {symbol}", expected="a unified symbol such as BTC/USDT"
            )

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        try:
            with translate_errors(self._name, what):
                yield
        except ArgosyError:
            raise
        except TimeoutError as error:
            raise VenueTimeout(f"{self._name} did not give its {what} in time") from error
        except Exception as error:  # a client's own exceptions: nothing was read
            raise VenueUnavailable(
                f"{self._name} gave no {what}", found=f"{type(error).__name__}: {error}"[:200]
            ) from error

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            with translated_write(self._name, what):
                yield
        except TimeoutError as error:
            raise UnknownOutcome(f"{self._name} did not answer {what} in time") from error


def _nameless(rows: Sequence[Any]) -> bool:
    return any(row.get("id") is None for row in rows)


def _amount(rows: Sequence[Any]) -> Decimal:
    return exact.total(number(row["amount"], "quantity") for row in rows)
