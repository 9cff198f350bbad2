"""Reading of a provider's order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from argosy.core.actions.action import Side
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.domains.trading.venues.replies.fees import Charged, fees_of
from argosy.domains.trading.venues.replies.fields import field, figure, number, optional, text
from argosy.domains.trading.venues.replies.totals import filled_of, money_of, size_of
from argosy.errors import BadReply, InconsistentReply
from argosy.legacy.reading import moment
from argosy.legacy.report import OrderState, ProviderReport, ReportedTrade
from argosy.legacy.status import order_state

_TIME = ("timestamp", "created_at", "time", "at", "datetime")


def order_id_of(raw: Any) -> str | None:
    found = field(raw, "id", "order_id", "orderId")
    return None if found is None else text(found)


def client_id_of(raw: Any) -> str | None:
    found = field(raw, "client_order_id", "client_id", "clientOrderId")
    return None if found is None else text(found)


def report_of(
    raw: Any,
    quantity: Decimal | None,
    now: datetime,
    *,
    order_id: str | None = None,
    limit: Decimal | None = None,
    rows: Iterable[Any] | None = None,
    symbol: str | None = None,
) -> ProviderReport:
    """Read a provider's order.

    quantity: the ordered quantity; None if only the answer has it.
    limit: the ordered price; None for a market order.
    rows: the executions, if the answer itself has none.
    symbol: the ordered symbol, for answers without one.

    Raises BadReply for an invalid order, and InconsistentReply for one that contradicts itself.
    """
    if raw is None or isinstance(raw, bool):
        raise BadReply("the provider's answer says nothing of an order", found=repr(raw))
    found_id = order_id_of(raw) or order_id
    try:
        return _report(raw, quantity, now, found_id, limit, rows, symbol)
    except InconsistentReply:
        raise
    except BadReply as error:
        if found_id is None:
            raise
        # An order was found, but it has an unreadable value: waiting alone does not correct it.
        raise InconsistentReply(
            error.message, expected=error.expected, found=error.found, order_id=found_id
        ) from error


def _report(
    raw: Any,
    quantity: Decimal | None,
    now: datetime,
    found_id: str | None,
    limit: Decimal | None,
    rows: Iterable[Any] | None,
    ordered: str | None,
) -> ProviderReport:
    symbol = field(raw, "symbol", "pair", "market")
    traded = symbol or ordered
    size = size_of(raw)
    side = field(raw, "side", "direction")
    word = None if side is None else cast("Side", text(side).rpartition(".")[2].lower())
    trades = trades_of(raw, traded, now, rows)
    filled = filled_of(raw, quantity)
    counted = filled is not None
    if filled is None and trades:
        filled = exact.total(trade.quantity for trade in trades)
    word_of_state = field(raw, "status", "state")
    state = order_state(word_of_state, filled=filled, quantity=quantity or size, counted=counted)
    if found_id is None and state is not OrderState.REJECTED:
        raise BadReply("the provider's order has no id", found=repr(raw)[:120])
    if not counted and state is OrderState.FILLED:
        filled, counted = quantity or size, (quantity or size) is not None
    filled = filled or ZERO
    price = optional(field(raw, "price", "limit_price"), "price")
    money = money_of(raw, filled, limit or price, word)
    if money is None and filled and limit is None and quantity is not None and price:
        money = money_of({"average": field(raw, "price", "limit_price")}, filled, None, word)
    reason = field(raw, "reason", "error", "message")
    return ProviderReport(
        order_id=found_id or "",
        state=state,
        filled=filled,
        cost=None if money is None else money.cost,
        slack=ZERO if money is None else money.slack,
        fees=fees_of(raw, Charged(traded, filled, None if money is None else money.cost)),
        counted=counted,
        trades=trades,
        reason=None if reason is None else str(reason),
        symbol=symbol,
        side=word,
        quantity=size,
        price=price,
        at=moment(field(raw, *_TIME), zoned=True),
    )


def trades_of(raw: Any, symbol: Any, now: datetime, rows: Any = None) -> list[ReportedTrade] | None:
    """Return the executions in an order, or those of `rows`; None without a list of them.

    Raises BadReply.
    """
    listed = (field(raw, "fills", "trades", "executions") or None) if rows is None else rows
    if listed is None:  # an empty list in the order itself proves nothing: many providers never fill it
        return None
    if not isinstance(listed, list | tuple):
        raise BadReply("the provider's executions are no list", found=repr(listed)[:80])
    found = [_trade(row, symbol, now) for row in listed]
    return [trade for trade in found if trade.quantity]


def _trade(row: Any, symbol: Any, now: datetime) -> ReportedTrade:
    name = field(row, "id", "trade_id", "tradeId")
    quantity = number(field(row, "quantity", "amount", "size", "qty"), "quantity")
    price = figure(row, "price", "price")
    cost = figure(row, "cost", "cost")
    if price is None and cost is not None and quantity:
        price = exact.ratio(cost, quantity)
    if quantity < 0 or price is None or price <= 0:
        raise BadReply("an impossible execution", found=f"{quantity} at {price}")
    charged = Charged(field(row, "symbol", "pair") or symbol, quantity, exact.multiply(quantity, price))
    return ReportedTrade(
        id="" if name is None else text(name),
        quantity=quantity,
        price=price,
        fees=fees_of(row, charged),
        at=moment(field(row, *_TIME)) or now,
    )
