"""Reading an order as a provider tells it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from argosy.core.action import Side
from argosy.core.money import ZERO
from argosy.domains.trading.legacy.reading import computed, fee_of, field, moment, number, optional, text
from argosy.domains.trading.legacy.report import OrderState, Report, Trade
from argosy.domains.trading.legacy.status import order_state
from argosy.errors import BadReply

_FILLED = ("filled", "filled_quantity", "filled_amount", "filled_size", "executed_quantity", "executed")
_AVERAGE = ("average", "average_price", "avg_price", "fill_price", "executed_price")
_TIME = ("timestamp", "created_at", "time", "at", "datetime")


def order_id_of(raw: Any) -> str | None:
    found = field(raw, "id", "order_id", "orderId")
    return None if found is None else text(found)


def client_id_of(raw: Any) -> str | None:
    found = field(raw, "client_order_id", "client_id", "clientOrderId")
    return None if found is None else text(found)


def report_of(raw: Any, quantity: Decimal | None, now: datetime, *, order_id: str | None = None) -> Report:
    """`quantity` is what was ordered, None where only the answer tells. Raises BadReply."""
    if raw is None or isinstance(raw, bool):
        raise BadReply("the provider's answer says nothing of an order", found=repr(raw))
    found_id = order_id_of(raw) or order_id
    symbol = field(raw, "symbol", "pair", "market")
    size = optional(field(raw, "amount", "quantity", "size", "qty", "original_quantity"), "quantity")
    filled = computed(field(raw, *_FILLED), "filled quantity")
    state = order_state(field(raw, "status", "state"), filled=filled, quantity=quantity or size)
    if found_id is None and state is not OrderState.REJECTED:
        raise BadReply("the provider's order has no id", found=repr(raw)[:120])
    if filled is None:
        filled = (quantity or size or ZERO) if state is OrderState.FILLED else ZERO
    price = optional(field(raw, "price", "limit_price"), "price")
    average = computed(field(raw, *_AVERAGE), "average price")
    side = field(raw, "side", "direction")
    fee, fee_currency = fee_of(field(raw, "fee", "fees", "commission"), symbol)
    reason = field(raw, "reason", "error", "message")
    return Report(
        order_id=found_id or "",
        state=state,
        filled=filled,
        average=price if average is None and filled else average,
        fee=fee,
        fee_currency=fee_currency,
        trades=_trades(raw, found_id or "", symbol, now),
        reason=None if reason is None else str(reason),
        symbol=symbol,
        side=None if side is None else cast("Side", text(side).rpartition(".")[2].lower()),
        quantity=size,
        price=price,
        at=moment(field(raw, *_TIME), zoned=True),
    )


def _trades(raw: Any, order_id: str, symbol: Any, now: datetime) -> list[Trade] | None:
    rows = field(raw, "fills", "trades", "executions")
    if rows is None:
        return None
    if not isinstance(rows, list | tuple):
        raise BadReply("the provider's executions are no list", found=repr(rows)[:80])
    found: list[Trade] = []
    for place, row in enumerate(rows):
        fee, fee_currency = fee_of(field(row, "fee", "commission"), symbol)
        found.append(
            Trade(
                id=text(field(row, "id", "trade_id", "tradeId") or f"{order_id}-{place + 1}"),
                quantity=number(field(row, "quantity", "amount", "size", "qty"), "quantity"),
                price=number(field(row, "price"), "price"),
                fee=fee,
                fee_currency=fee_currency,
                at=moment(field(row, *_TIME)) or now,
            )
        )
    return found
