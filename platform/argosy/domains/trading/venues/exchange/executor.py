"""Orders at an exchange through ccxt: place, cancel and find again, each at most once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from operator import methodcaller
from typing import Any, Protocol, TypeVar

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import MOST_AHEAD_S, Clock, from_ms, to_ms
from argosy.core.money.money import ZERO
from argosy.core.safety.emergency import LATEST_CALL_S
from argosy.core.venues.venue import Balance, OpenOrder, OrderRecord
from argosy.domains.trading.venues.exchange.errors import found_order
from argosy.domains.trading.venues.exchange.parse import (
    fills_of,
    number,
    refused,
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
    DuplicateOrder,
    NeverSent,
    OrderDenied,
    UnknownOutcome,
)
from argosy.venuekit.adapter.order_records import unsent

T = TypeVar("T")
_FORCES = {"GTC": "GTC", "FAK": "IOC", "FOK": "FOK"}
_PAGE = 1000
_MOST_PAGES = 50


class ExchangeCalls(Protocol):
    """Access to the exchange with limits, breaker and our errors; only reads are retried."""

    def read(self, what: str, symbol: str | None, fetch: Callable[[Any], T]) -> T: ...

    def write(self, what: str, symbol: str, send: Callable[[Any], T], deadline: SendDeadline | None) -> T: ...


class ExchangeExecutor:
    """Order executor.

    An order is recorded before it is sent; a second call with its client id sends nothing.
    """

    def __init__(self, name: str, calls: ExchangeCalls, sent: SentExchangeOrders, clock: Clock) -> None:
        self._name = name
        self._calls = calls
        self._sent = sent
        self._clock = clock

    def execute(self, action: Action, deadline: SendDeadline | None = None) -> ActionResult:
        """Carry out the action.

        Raises only OrderDenied (no request was sent) and UnknownOutcome (the outcome is unknown).
        """
        if action.kind is ActionKind.PLACE_ORDER:
            return self._place(action, deadline)
        if action.kind is ActionKind.CANCEL_ORDER:
            return self._cancel(action, deadline)
        raise OrderDenied(
            f"{self._name} does not offer {action.kind.value}", expected="place_order or cancel_order"
        )

    # Placing ----------------------------------------------------------------------------------------------

    def _place(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        if self._sent.get(action.client_id) is not None:
            return self._repeated(action.client_id)
        amount, price, params = self._prepared(action)
        order = SentExchangeOrder(
            symbol=action.symbol,
            sent_at=self._clock.now_ms(),
            side=action.side or "buy",
            quantity=action.quantity,
            time_in_force=action.time_in_force,
        )
        if not self._sent.add(action.client_id, order):
            return self._repeated(action.client_id)
        try:
            raw = self._calls.write(
                "order",
                action.symbol,
                lambda exchange: exchange.create_order(
                    action.symbol, "limit", action.side, amount, price, params
                ),
                deadline,
            )
        except UnknownOutcome:
            raise
        except NeverSent as error:
            return self._settle(action.client_id, unsent(action.client_id, error))
        except DuplicateOrder:
            return self._repeated(action.client_id)
        except ArgosyError as error:
            return self._settle(action.client_id, refused(action, str(error)))
        try:
            if not isinstance(raw, Mapping) or raw.get("clientOrderId") != action.client_id:
                raise BadReply("the exchange answers about another order", expected=action.client_id)
            venue_id = text(raw, "id")
            found = self._answered(raw, action)
        except ArgosyError as error:
            raise UnknownOutcome(
                f"{self._name}'s answer to an order cannot be read",
                found=str(error),
                remedy="wait: reconciliation queries the outcome",
            ) from error
        self._sent.change(action.client_id, venue_id=venue_id)
        return self._settle(action.client_id, found)

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

    def _prepared(self, action: Action) -> tuple[str, str, dict[str, Any]]:
        """Return amount and price as text, exactly on the exchange's grid, and the parameters.

        The order is never changed to fit. Raises OrderDenied.
        """
        if action.side is None or action.limit_price is None:
            raise OrderDenied("an order needs side and limit price", found=action.client_id)
        force = _FORCES.get(action.time_in_force)
        if force is None:
            raise OrderDenied(
                f"{self._name} has no such orders", expected=", ".join(_FORCES), found=action.time_in_force
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
                        f"the {what} is not on {self._name}'s grid",
                        expected=str(cut(action.symbol, value)),
                        found=value,
                    )

        try:
            self._calls.read("grid", action.symbol, check)
        except OrderDenied:
            raise
        except ArgosyError as error:
            raise OrderDenied(f"{self._name} takes no such order", found=str(error)) from error
        return amount, price, params

    def _bounded(self, market: Mapping[str, Any], amount: Decimal, price: Decimal) -> None:
        if market.get("active") is False:
            raise OrderDenied(f"{self._name} does not deal in it now", found=str(market.get("symbol")))
        limits = market.get("limits") or {}
        for what, value, name in (("quantity", amount, "amount"), ("value", amount * price, "cost")):
            least = (limits.get(name) or {}).get("min")
            if least is not None and value < number(least):
                raise OrderDenied(
                    f"the {what} is below {self._name}'s minimum", expected=str(least), found=f"{value:f}"
                )

    # Finding again ----------------------------------------------------------------------------------------

    def lookup(self, client_id: str) -> ActionResult | None:
        """Look up the order by its client id; its executions come from the list of trades.

        Returns None if the exchange does not know the order.
        """
        order = self._sent.get(client_id)
        if order is None:
            return None
        if order.result is not None and order.result.status.final:
            return order.result
        if order.cancels is not None:
            return self._cancellation(client_id, order)
        raw = self._order(client_id, order)
        if raw is None:
            return None
        venue_id = text(raw, "id")
        filled = filled_of(raw, order.quantity)
        fills = [] if filled == ZERO else self._fills(venue_id, client_id, order.symbol, filled)
        self._sent.change(client_id, venue_id=venue_id)
        return self._settle(client_id, result_of(raw, fills, client_id, order.quantity))

    def order_record(self, client_id: str) -> OrderRecord | None:
        """Read the order anew from the exchange, whatever is recorded. Raises as `lookup` does."""
        order = self._sent.get(client_id)
        raw = None if order is None or order.cancels is not None else self._order(client_id, order)
        if raw is None or order is None:
            return None
        filled = filled_of(raw, order.quantity)
        venue_id = text(raw, "id")
        fills = [] if filled == ZERO else self._fills(venue_id, client_id, order.symbol, filled)
        found = result_of(raw, fills, client_id, order.quantity)
        return OrderRecord(client_id, fills, ended=found.status.final)

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
            raise UnknownOutcome(f"{self._name} does not find an order it had taken", found=order.venue_id)
        if not isinstance(raw, Mapping):
            raise BadReply(f"{self._name}'s order cannot be read", found=type(raw).__name__)
        return raw

    def _fills(self, venue_id: str, client_id: str, symbol: str, total: Decimal | None) -> list[Fill]:
        rows = self._calls.read(
            "trades",
            symbol,
            lambda exchange: exchange.fetch_my_trades(symbol, None, _PAGE, {"orderId": venue_id}),
        )
        own = [row for row in rows if row.get("order") == venue_id]
        return fills_of(own, client_id, self._name, total)

    def withdraw(self, action: Action) -> bool:
        """Withdraw an unsent action. Return False if its call may have begun."""
        return self._sent.withdraw(action.client_id)

    def is_window_closed(self, action: Action) -> bool:
        """Return True if the request's window has passed by the exchange's own clock.

        The signature is at most `LATEST_CALL_S` younger than the record; later requests are stopped by their
        deadline.
        """
        order = self._sent.get(action.client_id)
        if order is None:
            return False
        told_ms = self._calls.read("time", None, methodcaller("fetch_time"))
        if isinstance(told_ms, bool) or not isinstance(told_ms, int):
            raise BadReply(f"{self._name}'s time cannot be read", found=str(told_ms)[:40])
        open_ms = RECV_WINDOW_MS + 1000 * (LATEST_CALL_S + MOST_AHEAD_S)
        return told_ms > order.sent_at + open_ms

    def _repeated(self, client_id: str) -> ActionResult:
        try:
            found = self.lookup(client_id)
        except ArgosyError as error:
            raise UnknownOutcome(
                "this order was sent before, and what became of it cannot be read", found=str(error)
            ) from error
        if found is None:
            raise UnknownOutcome(
                "this order may have been sent before, and the exchange does not know it (yet)",
                remedy="look it up again later; it is not sent a second time",
            )
        return found

    # Cancelling -------------------------------------------------------------------------------------------

    def _cancel(self, action: Action, deadline: SendDeadline | None) -> ActionResult:
        """Cancel the order named by the parameter "clientId"."""
        target = action.parameters.get("clientId", "")
        order = self._sent.get(target)
        if order is None:
            raise OrderDenied("nothing to cancel", expected='parameters "clientId" of an order of ours')
        note = SentExchangeOrder(symbol=order.symbol, sent_at=self._clock.now_ms(), cancels=target)
        if not self._sent.add(action.client_id, note):
            return self._repeated(action.client_id)
        params = {} if order.venue_id else {"clientOrderId": target}
        try:
            raw = self._calls.write(
                "cancellation",
                order.symbol,
                lambda exchange: exchange.cancel_order(order.venue_id or "", order.symbol, params),
                deadline,
            )
        except UnknownOutcome:
            raise
        except NeverSent as error:
            return self._settle(action.client_id, unsent(action.client_id, error))
        except ArgosyError as error:
            return self._settle(action.client_id, refused(action, str(error), order.venue_id))
        if not isinstance(raw, Mapping) or raw.get("status") != "canceled":
            raise UnknownOutcome(f"{self._name}'s answer to a cancellation cannot be read")
        return self._settle(action.client_id, _gone(action.client_id, order.venue_id))

    def _cancellation(self, client_id: str, note: SentExchangeOrder) -> ActionResult | None:
        """Return the cancellation's result: it has happened when its order no longer works."""
        target = self.lookup(note.cancels or "")
        if target is None or not target.status.final:
            return None
        return self._settle(client_id, _gone(client_id, target.venue_id))

    # Account ----------------------------------------------------------------------------------------------

    def balances(self) -> list[Balance]:
        raw = self._calls.read("balances", None, methodcaller("fetch_balance"))
        free, used = raw.get("free"), raw.get("used")
        if not isinstance(free, Mapping) or not isinstance(used, Mapping):
            raise BadReply(f"{self._name}'s balances cannot be read")
        return [
            Balance(
                venue=self._name,
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
                        venue=self._name,
                        venue_id=text(row, "id"),
                        client_id=client_id if client_id and self._sent.get(client_id) else None,
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
                found += fills_of(rows, self._owner(venue_id, symbol), self._name)
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
        raise BadReply(f"{self._name}'s list of trades does not end", found=f"{len(rows)} rows")

    def _owner(self, venue_id: str, symbol: str) -> str:
        """Return the client id of an order; "" if it is not one of ours."""
        raw = self._calls.read("lookup", symbol, lambda exchange: exchange.fetch_order(venue_id, symbol))
        client_id = str(raw.get("clientOrderId") or "")
        return client_id if self._sent.get(client_id) is not None else ""

    def _settle(self, client_id: str, result: ActionResult) -> ActionResult:
        self._sent.change(client_id, result=result)
        return result


def _gone(client_id: str, venue_id: str | None) -> ActionResult:
    return ActionResult(
        client_id=client_id, status=ActionStatus.FILLED, venue_id=venue_id, reason="cancelled"
    )
