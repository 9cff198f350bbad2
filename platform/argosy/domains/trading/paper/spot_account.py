"""Money, holdings and orders of a paper account at a spot venue."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from argosy.core.actions.action import Action, ActionResult, Fill
from argosy.core.money.money import ZERO
from argosy.core.wire import Wire
from argosy.domains.trading.venues.replies.pairs import quote_currency
from argosy.venuekit.paper.consumed_depth import ConsumedDepth, Taken
from argosy.venuekit.paper.fill_kernel import rounded_fee

_STEP = Decimal("0.00000001")
SpotTaken: TypeAlias = dict[str, tuple[Decimal, Decimal]]
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
    taken: dict[str, SpotTaken] = {}


def fee_of(notional: Decimal, rate: Decimal) -> Decimal:
    """Return the fee to eight decimals, as exchanges charge."""
    return rounded_fee(notional, rate, _STEP)


def describe_uncovered(
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
    free = account.cash.get(currency, ZERO) - locked_amounts(account, rate).get(currency, ZERO)
    cost = notional
    if rests and action.limit_price is not None:
        cost += (action.quantity - shares) * action.limit_price
    cost += fee_of(cost, rate)
    return None if cost <= free else f"not enough balance: {free} {currency} free, {cost} needed"


def locked_amounts(account: SpotAccount, rate: Decimal) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for order in account.orders.values():
        action = order.action
        if order.open and action.side == "buy" and action.limit_price is not None:
            currency = quote_currency(action.symbol)
            open_ = (action.quantity - order.result.filled) * action.limit_price
            found[currency] = found.get(currency, ZERO) + open_ + fee_of(open_, rate)
    return found


def depth_of(taken: SpotTaken) -> ConsumedDepth:
    """Return the stored record as the kernel has it."""
    return ConsumedDepth({Decimal(price): Taken(*each) for price, each in taken.items()})


def taken_of(depth: ConsumedDepth) -> SpotTaken:
    """Return the kernel's record as the account stores it."""
    return {str(price): (each.shown, each.gone) for price, each in depth.levels.items()}


def book_fill(account: SpotAccount, fill: Fill) -> SpotAccount:
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
