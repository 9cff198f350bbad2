"""Dialect of providers with get_orderbook, place_order and get_order.

Further methods are used if present: connect, get_balance, cancel_order, get_markets, disconnect, lists of orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import Clock
from argosy.core.venues.asset import Asset, AssetKind
from argosy.core.venues.venue import Balance, OrderBook, Quote
from argosy.domains.trading.candle import Candle
from argosy.domains.trading.venues.replies.fees import currency_of
from argosy.domains.trading.venues.replies.fields import field, number, optional
from argosy.domains.trading.venues.replies.pairs import pair, quote_currency
from argosy.errors import (
    ArgosyError,
    AuthFailed,
    BadReply,
    ConfigError,
    InvalidInput,
    NoQuote,
    OrderDenied,
    OrderRejected,
    PermissionRefused,
    RateLimited,
    UnknownOutcome,
    VenueError,
    VenueNotFound,
    VenueTimeout,
    VenueUnavailable,
)
from argosy.legacy.calls import Calls, takes
from argosy.legacy.orders import client_id_of, order_id_of, report_of
from argosy.legacy.reading import exact_float, levels, moment
from argosy.legacy.report import OrderNote, OrderState, ProviderReport

_REFUSALS = (OrderRejected, AuthFailed, PermissionRefused, VenueNotFound, RateLimited, OrderDenied)
_DEPTH = 50
_CLOCKS_APART = timedelta(days=1)
"""Time before the submission from which orders are listed: either clock may have been wrong."""


class PlainDialect:
    """Dialect of plain providers.

    `refusals` are the provider's own exceptions that mean a certain refusal by the venue. Every other exception leaves
    the outcome of a write unknown.
    """

    has_candles = False

    def __init__(
        self, name: str, calls: Calls, clock: Clock, *, refusals: tuple[type[Exception], ...] = ()
    ) -> None:
        missing = [
            method for method in ("get_orderbook", "place_order", "get_order") if not calls.has(method)
        ]
        if missing:
            raise ConfigError(
                f"{type(calls.target).__name__} is not a provider",
                expected="get_orderbook, place_order and get_order, or those of a ccxt exchange",
                found="no " + ", ".join(missing),
            )
        self._name = name
        self._calls = calls
        self._clock = clock
        self._refusals = refusals
        place = calls.target.place_order
        self._sends_client_id = takes(place, "client_id")
        self._sends_time_in_force = takes(place, "time_in_force")
        self._listing = [
            found
            for found in (
                calls.first("get_open_orders", "list_open_orders", "open_orders"),
                calls.first("get_orders", "list_orders", "get_order_history", "get_closed_orders"),
            )
            if found
        ]
        self._trades = calls.first("get_trades", "get_my_trades", "get_fills")
        self._by_id = calls.first("get_order_by_client_id", "find_order")
        # The list of open orders alone does not show an order that has been filled.
        complete = len(self._listing) == 2
        self.finds_by_client_id = self._sends_client_id and (self._by_id is not None or complete)
        self.finds_by_terms = not self.finds_by_client_id and complete

    def connect(self) -> None:
        if self._calls.has("connect"):
            with self._reading("connect"):
                self._calls("connect")

    def disconnect(self) -> None:
        if self._calls.has("disconnect"):
            with self._reading("disconnect"):
                self._calls("disconnect")

    # --- reading ----------------------------------------------------------------------------------------

    def assets(self) -> Sequence[Asset]:
        if not self._calls.has("get_markets"):
            return []
        with self._reading("its markets"):
            raw = self._calls("get_markets")
            rows = raw.items() if isinstance(raw, Mapping) else [(None, row) for row in raw]
            return [self._asset(key, row) for key, row in rows]

    def _asset(self, key: str | None, row: Any) -> Asset:
        symbol = row if isinstance(row, str) else key or field(row, "symbol", "pair", "id", "name", "market")
        if not isinstance(symbol, str):
            raise BadReply("a market without a name", found=repr(row)[:80])
        split = pair(symbol)
        details = None if isinstance(row, str) else row
        base = field(details, "base", "base_currency") or (split.base if split else symbol)
        quote = field(details, "quote", "quote_currency") or (split.quote if split else "USD")
        return Asset(
            kind=AssetKind.SPOT,
            symbol=symbol,
            venue=self._name,
            unit=currency_of(base),
            quote_currency=currency_of(quote),
            quantity_step=optional(field(details, "quantity_step", "lot_size", "step_size", "amount_step")),
            price_step=optional(field(details, "price_step", "tick_size", "tick")),
            minimum_quantity=optional(
                field(details, "minimum_quantity", "min_quantity", "min_size", "min_amount")
            ),
        )

    def book(self, symbol: str) -> OrderBook:
        with self._reading(f"the book of {symbol}"):
            raw = self._calls.fitted("get_orderbook", {"symbol": symbol, "depth": _DEPTH}, needed=("symbol",))
            if isinstance(raw, tuple) and len(raw) == 2:
                raw = {"bids": raw[0], "asks": raw[1]}
            bids, asks = field(raw, "bids", "buy", "bid"), field(raw, "asks", "sell", "ask")
            if bids is None and asks is None:
                raise BadReply(f"{self._name}'s book of {symbol} has neither bids nor asks")
            return OrderBook(
                venue=self._name,
                symbol=symbol,
                bids=levels(bids or [], descending=True),
                asks=levels(asks or [], descending=False),
                at=moment(field(raw, "timestamp", "time", "at", "datetime")),
                received_at=self._clock.now(),
            )

    def quote(self, symbol: str) -> Quote:
        book = self.book(symbol)
        bid, ask = book.best_bid, book.best_ask
        if bid is None or ask is None or book.crossed:
            raise NoQuote(f"{self._name}'s book of {symbol} is empty or crossed")
        return Quote(
            venue=self._name,
            symbol=symbol,
            bid=bid.price,
            ask=ask.price,
            currency=quote_currency(symbol),
            at=book.at or book.received_at,
        )

    def candles(self, symbol: str, interval: str, limit: int) -> list[Candle]:
        raise InvalidInput(f"{self._name} has no candles", found=f"{symbol} {interval} {limit}")

    def balances(self) -> Sequence[Balance]:
        with self._reading("the balances"):
            raw = self._calls("get_balance")
            if not isinstance(raw, Mapping):
                raw = vars(raw)
            return [self._balance(currency_of(currency), value) for currency, value in raw.items()]

    def _balance(self, currency: str, value: Any) -> Balance:
        if isinstance(value, Mapping) or hasattr(value, "free"):
            locked = field(value, "used", "locked", "reserved", "hold")
            free = field(value, "free", "available")
            return Balance(
                venue=self._name,
                currency=currency,
                free=number(0 if free is None else free, "balance"),
                locked=number(0 if locked is None else locked, "balance"),
            )
        return Balance(venue=self._name, currency=currency, free=number(value, "balance"))

    # --- orders -----------------------------------------------------------------------------------------

    def check(self, action: Action) -> None:
        if action.time_in_force == "FOK" and not self._sends_time_in_force:
            raise OrderDenied(
                f"{self._name}'s orders know no time in force: one that is filled whole or not at all cannot be sent",
                expected="FAK or GTC",
                found="FOK",
            )
        if action.limit_price is None and not takes(self._calls.target.place_order, "type"):
            raise OrderDenied(f"{self._name}'s orders have no type: a limit price is needed")
        try:
            exact_float(action.quantity, "the quantity")
            if action.limit_price is not None:
                exact_float(action.limit_price, "the price")
        except InvalidInput as error:
            raise OrderDenied(error.message, expected=error.expected, found=error.found) from None

    def place(self, action: Action, deadline: SendDeadline | None = None) -> ProviderReport:
        values: dict[str, Any] = {
            "symbol": action.symbol,
            "side": action.side,
            "amount": float(action.quantity),
            "type": "market" if action.limit_price is None else "limit",
            "client_id": action.client_id,
            "time_in_force": {"FAK": "IOC"}.get(action.time_in_force, action.time_in_force),
        }
        needed: tuple[str, ...] = ("symbol", "side", "amount")
        if action.limit_price is not None:
            values["price"] = float(action.limit_price)
            needed = (*needed, "price")
        with self._writing("the order"):
            raw = self._calls.write_fitted(deadline, "place_order", values, needed=needed)
            if isinstance(raw, str | int) and not isinstance(raw, bool):
                return self._killed(action, self._placed_report(str(raw), action))
            try:
                now, limit = self._clock.now(), action.limit_price
                return self._killed(
                    action, report_of(raw, action.quantity, now, limit=limit, symbol=action.symbol)
                )
            except BadReply as error:
                raise UnknownOutcome(
                    f"{self._name}'s answer to the order cannot be read",
                    found=error.found or error.message,
                    order_id=order_id_of(raw),
                ) from error

    def _placed_report(self, order_id: str, action: Action) -> ProviderReport:
        """Return the report of an order known by its id only.

        If reading it fails, it counts as open.
        """
        try:
            found = self._ask(order_id, action.symbol, action.quantity, action.limit_price)
        except VenueError:
            found = None
        return found or ProviderReport(order_id=order_id, state=OrderState.OPEN)

    def _killed(self, action: Action, report: ProviderReport) -> ProviderReport:
        """Cancel the unfilled rest of a FAK order at a provider whose orders have no time in force."""
        if action.time_in_force != "FAK" or self._sends_time_in_force or report.state is not OrderState.OPEN:
            return report
        try:
            self._calls.fitted(
                "cancel_order", {"order_id": report.order_id, "symbol": action.symbol}, needed=("order_id",)
            )
            return self._ask(report.order_id, action.symbol, action.quantity, action.limit_price) or report
        except Exception:  # noqa: BLE001 - the first report stands; the next look-up reads the rest
            return report

    def order(self, note: OrderNote) -> ProviderReport | None:
        assert note.order_id is not None  # the caller has checked
        return self._ask(note.order_id, note.symbol, note.quantity, note.price)

    def _ask(
        self, order_id: str, symbol: str, quantity: Decimal | None, limit: Decimal | None
    ) -> ProviderReport | None:
        with self._reading(f"order {order_id}"):
            raw = self._calls.fitted(
                "get_order", {"order_id": order_id, "symbol": symbol}, needed=("order_id",)
            )
            now = self._clock.now()
            return (
                None
                if raw is None
                else report_of(raw, quantity, now, order_id=order_id, limit=limit, symbol=symbol)
            )

    def find(self, note: OrderNote) -> Sequence[ProviderReport]:
        found: list[ProviderReport] = []
        with self._reading("its orders"):
            if self.finds_by_client_id and self._by_id is not None:
                raw = self._calls.fitted(
                    self._by_id, {"client_id": note.client_id, "symbol": note.symbol}, needed=("client_id",)
                )
                return [] if raw is None else [self._found(raw, note)]
            since = note.sent_at - _CLOCKS_APART
            for method in self._listing:
                listed = self._calls.fitted(method, {"symbol": note.symbol, "since": since.timestamp()})
                for raw in listed.values() if isinstance(listed, Mapping) else listed:
                    if self.finds_by_client_id:
                        if client_id_of(raw) == note.client_id:
                            return [self._found(raw, note)]
                    else:
                        found.append(report_of(raw, None, self._clock.now()))
        return list({report.order_id: report for report in found}.values())

    def _found(self, raw: Any, note: OrderNote) -> ProviderReport:
        return report_of(raw, note.quantity, self._clock.now(), limit=note.price, symbol=note.symbol)

    def cancel(self, note: OrderNote, deadline: SendDeadline | None = None) -> None:
        with self._writing("the cancellation"):
            done = self._calls.write_fitted(
                deadline,
                "cancel_order",
                {"order_id": note.order_id, "symbol": note.symbol},
                needed=("order_id",),
            )
            if done is False:
                raise UnknownOutcome(f"{self._name} does not say why it did not cancel order {note.order_id}")

    # --- what goes wrong --------------------------------------------------------------------------------

    @contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        try:
            yield
        except ArgosyError:
            raise
        except TimeoutError as error:
            raise VenueTimeout(
                f"{self._name} did not give {what} in time", found=str(error) or None
            ) from None
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BadReply(f"{self._name} cannot give {what}", found=_named(error)) from error
        except Exception as error:
            raise VenueUnavailable(f"{self._name} cannot give {what}", found=_named(error)) from error

    @contextmanager
    def _writing(self, what: str) -> Iterator[None]:
        try:
            yield
        except (UnknownOutcome, *_REFUSALS):
            raise
        except self._refusals as error:
            raise OrderRejected(f"{self._name} refused {what}", found=_named(error)) from error
        except ConfigError as error:  # raised before the call
            raise OrderDenied(error.message, expected=error.expected, remedy=error.remedy) from error
        except Exception as error:  # the venue may have the order, whatever the error
            raise UnknownOutcome(
                f"{self._name} gave no certain answer to {what}",
                found=_named(error),
                remedy="wait: reconciliation queries the outcome",
            ) from error


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
