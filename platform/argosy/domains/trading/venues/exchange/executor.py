"""Orders at an exchange through ccxt: place, cancel and find again, each at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import methodcaller
from typing import Any, Protocol, TypeVar

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import MOST_AHEAD_S, Clock, from_ms, to_ms
from argosy.core.money.money import ZERO
from argosy.core.safety.emergency import LATEST_CALL_S
from argosy.core.venues.venue import Balance, OpenOrder
from argosy.domains.trading.venues.exchange.errors import found_order
from argosy.domains.trading.venues.exchange.parse import (
    fills_of,
    number,
    result_of,
    side_of,
    text,
)
from argosy.domains.trading.venues.exchange.pool import RECV_WINDOW_MS
from argosy.domains.trading.venues.exchange.sent import SentExchangeOrder, SentExchangeOrders
from argosy.domains.trading.venues.replies.fees import currency_of
from argosy.domains.trading.venues.replies.totals import filled_of
from argosy.errors import (
    ArgosyError,
    BadReply,
    OrderDenied,
    UnknownOutcome,
)
from argosy.venuekit.adapter.at_most_once import AtMostOnce, PreparedOrder
from argosy.venuekit.adapter.order_records import SentCancellation

T = TypeVar("T")
_FORCES = {"GTC": "GTC", "FAK": "IOC", "FOK": "FOK"}
_PAGE = 1000
_MOST_PAGES = 50


class ExchangeCalls(Protocol):
    """Access to the exchange with limits, breaker and our errors; only reads are retried."""

    def read(self, what: str, symbol: str | None, fetch: Callable[[Any], T]) -> T: ...

    def write(self, what: str, symbol: str, send: Callable[[Any], T], deadline: SendDeadline | None) -> T: ...


class ExchangeExecutor(AtMostOnce[SentExchangeOrder]):
    """Executor of limit orders and cancellations through one exchange object."""

    refusals = (ArgosyError,)  # `write` raises UnknownOutcome for every other error
    checks_deadline = True

    def __init__(self, name: str, calls: ExchangeCalls, sent: SentExchangeOrders, clock: Clock) -> None:
        super().__init__(name, sent, clock)
        self._calls = calls
        self._sent = sent

    # Placing ----------------------------------------------------------------------------------------------

    def prepare(self, action: Action) -> PreparedOrder[SentExchangeOrder]:
        payload = self._payload(action)
        record = SentExchangeOrder(
            symbol=action.symbol,
            sent_at=self._clock.now_ms(),
            side=action.side or "buy",
            quantity=action.quantity,
            time_in_force=action.time_in_force,
        )
        return PreparedOrder(record, payload)

    def send(
        self, action: Action, prepared: PreparedOrder[SentExchangeOrder], deadline: SendDeadline | None
    ) -> Any:
        amount, price, params = prepared.payload
        return self._calls.write(
            "order",
            action.symbol,
            lambda exchange: exchange.create_order(
                action.symbol, "limit", action.side, amount, price, params
            ),
            deadline,
        )

    def accept(self, action: Action, record: SentExchangeOrder, reply: Any) -> ActionResult:
        if not isinstance(reply, Mapping) or reply.get("clientOrderId") != action.client_id:
            raise BadReply("the exchange answers about another order", expected=action.client_id)
        venue_id = text(reply, "id")
        found = self._answered(reply, action)
        self._sent.change(action.client_id, venue_id=venue_id)
        return found

    def _answered(self, raw: Mapping[str, Any], action: Action) -> ActionResult:
        """Return the result of an accepted order.

        Executions come from the list of trades, because the answer to an order has no times for them.
        """
        fills: list[Fill] = []
        filled = filled_of(raw, action.quantity)
        if filled != ZERO:
            try:
                fills = self._fills(text(raw, "id"), action.client_id, action.symbol, filled)
            except ArgosyError:
                fills = []  # the order was accepted: a lookup adds its executions later
        return result_of(raw, fills, action.client_id, action.quantity)

    def _payload(self, action: Action) -> tuple[str, str, dict[str, Any]]:
        """Return amount and price as text, exactly on the exchange's grid, and the parameters.

        The order is never changed to fit. Raises OrderDenied.
        """
        if action.side is None or action.limit_price is None:
            raise OrderDenied("an order needs side and limit price", found=action.client_id)
        force = _FORCES.get(action.time_in_force)
        if force is None:
            raise OrderDenied(
                f"{self.name} has no such orders", expected=", ".join(_FORCES), found=action.time_in_force
            )
        amount, price = f"{action.quantity:f}", f"{action.limit_price:f}"
        params: dict[str, Any] = {"clientOrderId": action.client_id, "timeInForce": force}
        if action.parameters.get("postOnly") == "true":
            if force != "GTC":
                raise OrderDenied("a post-only order must be able to rest", expected="GTC", found=force)
            params["postOnly"] = True

        def check(exchange: Any) -> None:
            self._bounded(exchange.markets[action.symbol], number(amount), number(price))
            for what, value, cut in (
                ("quantity", amount, exchange.amount_to_precision),
                ("price", price, exchange.price_to_precision),
            ):
                if number(cut(action.symbol, value)) != number(value):
                    raise OrderDenied(
                        f"the {what} is not on {self.name}'s grid",
                        expected=str(cut(action.symbol, value)),
                        found=value,
                    )

        try:
            self._calls.read("grid", action.symbol, check)
        except OrderDenied:
            raise
        except ArgosyError as error:
            raise OrderDenied(f"{self.name} takes no such order", found=str(error)) from error
        return amount, price, params

    def _bounded(self, market: Mapping[str, Any], amount: Decimal, price: Decimal) -> None:
        if market.get("active") is False:
            raise OrderDenied(f"{self.name} does not deal in it now", found=str(market.get("symbol")))
        limits = market.get("limits") or {}
        for what, value, name in (("quantity", amount, "amount"), ("value", amount * price, "cost")):
            least = (limits.get(name) or {}).get("min")
            if least is not None and value < number(least):
                raise OrderDenied(
                    f"the {what} is below {self.name}'s minimum", expected=str(least), found=f"{value:f}"
                )

    # Finding again ----------------------------------------------------------------------------------------

    def find(self, client_id: str, record: SentExchangeOrder) -> ActionResult | None:
        """Read the order by its client id; its executions come from the list of trades."""
        raw = self._order(client_id, record)
        if raw is None:
            return None
        venue_id = text(raw, "id")
        filled = filled_of(raw, record.quantity)
        fills = [] if filled == ZERO else self._fills(venue_id, client_id, record.symbol, filled)
        self._sent.change(client_id, venue_id=venue_id)
        return result_of(raw, fills, client_id, record.quantity)

    def _order(self, client_id: str, order: SentExchangeOrder) -> Mapping[str, Any] | None:
        """Read the order by the venue's own number once it is known.

        A client id may be used again. Only the venue's reply that there is no such order means absence; a delisted
        symbol does not.
        """
        params = {} if order.venue_id else {"clientOrderId": client_id}
        raw = self._calls.read(
            "lookup",
            order.symbol,
            lambda exchange: found_order(exchange.fetch_order, order.venue_id or "", order.symbol, params),
        )
        if raw is None:
            if order.venue_id is None:
                return None
            raise UnknownOutcome(f"{self.name} does not find an order it had taken", found=order.venue_id)
        if not isinstance(raw, Mapping):
            raise BadReply(f"{self.name}'s order cannot be read", found=type(raw).__name__)
        return raw

    def _fills(self, venue_id: str, client_id: str, symbol: str, total: Decimal | None) -> list[Fill]:
        rows = self._calls.read(
            "trades",
            symbol,
            lambda exchange: exchange.fetch_my_trades(symbol, None, _PAGE, {"orderId": venue_id}),
        )
        own = [row for row in rows if row.get("order") == venue_id]
        return fills_of(own, client_id, self.name, total)

    def is_window_closed(self, action: Action) -> bool:
        """Return True if the request's window has passed by the exchange's own clock.

        The signature is at most `LATEST_CALL_S` younger than the record; later requests are stopped by their
        deadline.
        """
        record = self._sent.get(action.client_id)
        if record is None:
            return False
        told_ms = self._calls.read("time", None, methodcaller("fetch_time"))
        if isinstance(told_ms, bool) or not isinstance(told_ms, int):
            raise BadReply(f"{self.name}'s time cannot be read", found=str(told_ms)[:40])
        open_ms = RECV_WINDOW_MS + 1000 * (LATEST_CALL_S + MOST_AHEAD_S)
        sent_ms = to_ms(record.sent_at) if isinstance(record, SentCancellation) else record.sent_at
        return told_ms > sent_ms + open_ms

    # Cancelling -------------------------------------------------------------------------------------------

    def cancel(
        self,
        action: Action,
        cancellation: SentCancellation,
        order: SentExchangeOrder | None,
        deadline: SendDeadline | None,
    ) -> Any:
        assert order is not None  # `target` has checked it
        params = {} if order.venue_id else {"clientOrderId": cancellation.cancels}
        return self._calls.write(
            "cancellation",
            order.symbol,
            lambda exchange: exchange.cancel_order(order.venue_id or "", order.symbol, params),
            deadline,
        )

    def confirm(self, action: Action, cancellation: SentCancellation, reply: Any) -> ActionResult:
        if not isinstance(reply, Mapping) or reply.get("status") != "canceled":
            raise BadReply("the exchange does not confirm the cancellation", expected="canceled")
        return super().confirm(action, cancellation, reply)

    # Account ----------------------------------------------------------------------------------------------

    def balances(self) -> list[Balance]:
        raw = self._calls.read("balances", None, methodcaller("fetch_balance"))
        free, used = raw.get("free"), raw.get("used")
        if not isinstance(free, Mapping) or not isinstance(used, Mapping):
            raise BadReply(f"{self.name}'s balances cannot be read")
        return [
            Balance(
                venue=self.name,
                currency=currency_of(asset),
                free=number(amount),
                locked=number(used.get(asset) or 0),
            )
            for asset, amount in sorted(free.items())
        ]

    def open_orders(self) -> list[OpenOrder]:
        """Return open orders of every symbol for which an order was sent."""
        found: list[OpenOrder] = []
        for symbol in self._sent.symbols():
            rows = self._calls.read("open orders", symbol, methodcaller("fetch_open_orders", symbol))
            for row in rows:
                client_id = row.get("clientOrderId")
                at = row.get("timestamp")
                found.append(
                    OpenOrder(
                        venue=self.name,
                        venue_id=text(row, "id"),
                        client_id=client_id if client_id and self._sent.order(client_id) else None,
                        symbol=symbol,
                        side=side_of(row),
                        quantity=number(row.get("amount")),
                        filled=number(row.get("filled")),
                        price=None if row.get("price") is None else number(row["price"]),
                        at=from_ms(at) if isinstance(at, int) else None,
                    )
                )
        return found

    def fills(self, since: datetime) -> list[Fill]:
        """Return fills of every symbol for which an order was sent, oldest first."""
        found: list[Fill] = []
        for symbol in self._sent.symbols():
            orders: dict[str, list[Mapping[str, Any]]] = {}
            for row in self._history(symbol, since):
                orders.setdefault(text(row, "order"), []).append(row)
            for venue_id, rows in orders.items():
                found += fills_of(rows, self._owner(venue_id, symbol), self.name)
        return sorted(found, key=lambda fill: (fill.at, fill.id))

    def _history(self, symbol: str, since: datetime) -> list[Mapping[str, Any]]:
        """Read every page. Raises BadReply for a list that does not end."""
        rows: list[Mapping[str, Any]] = []
        params: dict[str, Any] = {}
        start: int | None = to_ms(since)
        for _ in range(_MOST_PAGES):
            page: list[Mapping[str, Any]] = self._calls.read(
                "trades", symbol, methodcaller("fetch_my_trades", symbol, start, _PAGE, params)
            )
            rows += page
            if len(page) < _PAGE:
                return rows
            start, params = None, {"fromId": int(text(page[-1], "id")) + 1}
        raise BadReply(f"{self.name}'s list of trades does not end", found=f"{len(rows)} rows")

    def _owner(self, venue_id: str, symbol: str) -> str:
        """Return the client id of an order; "" if it is not one of ours."""
        raw = self._calls.read("lookup", symbol, lambda exchange: exchange.fetch_order(venue_id, symbol))
        client_id = str(raw.get("clientOrderId") or "")
        return client_id if self._sent.order(client_id) is not None else ""
