"""Money, holdings and orders of a paper account at a spot venue."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TypeAlias

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.money.money import ZERO
from argosy.core.venues.venue import Level, OrderBook
from argosy.core.wire import Wire
from argosy.domains.trading.venues.replies.pairs import quote_currency

_STEP = Decimal("0.00000001")
Taken: TypeAlias = dict[str, tuple[Decimal, Decimal]]
"""By price: the shown size of a level, and the part taken of it."""


class BridgedHolding(Wire):
    quantity: Decimal
    cost: Decimal


class PaperOrder(Wire):
    action: Action
    result: ActionResult

    @property
    def open(self) -> bool:
        return not self.result.status.final


class SpotAccount(Wire):
    """Paper account.

    `taken` records by symbol the quantity taken of a size that is still shown, so that no quantity fills twice.
    """

    cash: dict[str, Decimal]
    held: dict[str, BridgedHolding] = {}
    orders: dict[str, PaperOrder] = {}
    taken: dict[str, Taken] = {}


def fee_of(notional: Decimal, rate: Decimal) -> Decimal:
    """Return the fee to eight decimals, as exchanges charge."""
    return (notional * rate).quantize(_STEP)


def uncovered(
    account: SpotAccount, action: Action, shares: Decimal, notional: Decimal, rate: Decimal, *, rests: bool
) -> str | None:
    if action.side == "sell":
        needed = action.quantity if rests else shares
        held = account.held.get(action.symbol)
        promised = sum(
            (
                o.action.quantity - o.result.filled
                for o in account.orders.values()
                if o.open and o.action.symbol == action.symbol and o.action.side == "sell"
            ),
            ZERO,
        )
        free = (ZERO if held is None else held.quantity) - promised
        return None if needed <= free else f"not enough balance: {free} free, {needed} to sell"
    currency = quote_currency(action.symbol)
    free = account.cash.get(currency, ZERO) - locked(account, rate).get(currency, ZERO)
    cost = notional
    if rests and action.limit_price is not None:
        cost += (action.quantity - shares) * action.limit_price
    cost += fee_of(cost, rate)
    return None if cost <= free else f"not enough balance: {free} {currency} free, {cost} needed"


def locked(account: SpotAccount, rate: Decimal) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in account.orders.values():
        action = order.action
        if order.open and action.side == "buy" and action.limit_price is not None:
            currency = quote_currency(action.symbol)
            open_ = (action.quantity - order.result.filled) * action.limit_price
            found[currency] = found.get(currency, ZERO) + open_ + fee_of(open_, rate)
    return found


def left_of(taken: Taken, levels: Sequence[Level]) -> list[Level]:
    """Return the levels without the quantity taken while they showed the same size."""
    found = []
    for level in levels:
        shown, gone = taken.get(str(level.price), (ZERO, ZERO))
        size = level.size - gone if shown == level.size else level.size
        found.append(Level(price=level.price, size=size))
    return found


def taken_too(taken: Taken, book: OrderBook, more: Sequence[Level]) -> Taken:
    """Return `taken` with `more` added; levels no longer shown are dropped."""
    shown = {str(level.price): level.size for level in (*book.bids, *book.asks)}
    record = {price: (size, gone) for price, (size, gone) in taken.items() if shown.get(price) == size}
    for level in more:
        price = str(level.price)
        record[price] = (shown[price], record.get(price, (ZERO, ZERO))[1] + level.size)
    return record


def booked(account: SpotAccount, fill: Fill) -> SpotAccount:
    notional = fill.quantity * fill.price
    cash = account.cash.get(fill.currency, ZERO)
    held = account.held.get(fill.symbol, BridgedHolding(quantity=ZERO, cost=ZERO))
    if fill.side == "buy":
        cash -= notional + fill.fee
        held = BridgedHolding(quantity=held.quantity + fill.quantity, cost=held.cost + notional + fill.fee)
    else:
        cash += notional - fill.fee
        left = held.quantity - fill.quantity
        held = BridgedHolding(quantity=left, cost=held.cost * left / held.quantity)
    holdings = {**account.held, fill.symbol: held}
    if not held.quantity:
        del holdings[fill.symbol]
    return account.model_copy(update={"cash": {**account.cash, fill.currency: cash}, "held": holdings})
