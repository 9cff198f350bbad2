"""Filled quantity and cost of an order, from whichever numbers a provider reports."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple

from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.domains.trading.venues.replies.fields import field, figure, is_present, text
from argosy.errors import InconsistentReply

_FILLED = ("filled", "filled_quantity", "filled_amount", "filled_size", "filled_qty", "executed_quantity",
           "executed_amount", "executed_qty", "executedQty", "executed")  # fmt: skip
_LEFT = ("remaining", "remaining_quantity", "remaining_amount", "remaining_size", "remaining_qty", "leaves_quantity",
         "leaves_qty", "leavesQty", "unfilled", "left")  # fmt: skip
_SIZE = ("amount", "quantity", "size", "qty", "original_quantity", "original_size", "orig_qty", "origQty")
_AVERAGE = ("average", "average_price", "avg_price", "avgPrice", "fill_price", "executed_price")
_COST = ("cost", "filled_cost", "filled_value", "executed_value", "executed_cost", "executed_notional",
         "filled_notional", "quote_filled", "executed_quote_quantity", "cumulative_quote_quantity",
         "cummulative_quote_qty", "cummulativeQuoteQty")  # fmt: skip
_WORKING = ("open", "new", "active", "partially_filled", "partial")
_NOISE = Decimal("1e-9")
"""Fraction of an amount by which float arithmetic may be off."""


class FilledCost(NamedTuple):
    """Cost of the filled quantity, and its possible error."""

    cost: Decimal
    slack: Decimal


def size_of(raw: Any) -> Decimal | None:
    return figure(raw, "quantity", *_SIZE)


def filled_of(raw: Any, ordered: Decimal | None) -> Decimal | None:
    """Return the filled quantity, or the ordered one minus the rest; None without either.

    Raises InconsistentReply if both are reported and the numbers of a working order do not add up.
    """
    filled, left = figure(raw, "filled quantity", *_FILLED), figure(raw, "remaining quantity", *_LEFT)
    size = size_of(raw) or ordered
    if left is None or size is None:
        return filled
    found = exact.subtract(size, left)
    if filled is None:
        if not ZERO <= found <= size:
            raise InconsistentReply(
                "the remaining quantity is negative or larger than the order",
                expected=f"0 to {size}",
                found=str(left),
            )
        return found
    works = text(field(raw, "status", "state") or "").rpartition(".")[2].lower() in _WORKING
    if works and abs(exact.subtract(found, filled)) > exact.multiply(size, _NOISE):
        raise InconsistentReply(
            "filled and remaining quantity do not add up to the order's quantity",
            expected=str(size),
            found=f"{filled} and {left}",
        )
    return filled


def money_of(raw: Any, filled: Decimal, limit: Decimal | None, side: Any) -> FilledCost | None:
    """Return the reported cost, else average price times `filled`; None without either.

    The limit price is not the price of an execution. Raises InconsistentReply if cost and average contradict each
    other, and for a cost alone that is worse than the limit.
    """
    average, cost = _above_zero(raw, "average price", _AVERAGE), _above_zero(raw, "cost", _COST)
    if not filled or (average is None and cost is None):
        return None
    if average is None:
        return _within_limit(_money(cost or ZERO, _half_unit(cost or ZERO)), filled, limit, side)
    by_average = _money(exact.multiply(average, filled), exact.multiply(_half_unit(average), filled))
    if cost is None:
        return by_average
    by_cost = _money(cost, _half_unit(cost))
    slack = exact.add(by_average.slack, by_cost.slack)
    if abs(exact.subtract(by_average.cost, cost)) > slack:
        raise InconsistentReply(
            "the cost of the order is not its average price times the filled quantity",
            expected=str(by_average.cost),
            found=str(cost),
        )
    return FilledCost(cost, slack)


def _within_limit(money: FilledCost, filled: Decimal, limit: Decimal | None, side: Any) -> FilledCost:
    if limit is None or side not in ("buy", "sell"):
        return money
    worst = exact.multiply(limit, filled)
    over = exact.subtract(money.cost, worst) if side == "buy" else exact.subtract(worst, money.cost)
    if over > money.slack:
        raise InconsistentReply(
            "the order cost more than its limit allows"
            if side == "buy"
            else "the order brought less than its limit",
            expected=str(worst),
            found=str(money.cost),
            remedy="check whether the provider's cost includes fees or the unfilled quantity",
        )
    return money


def _above_zero(raw: Any, what: str, names: tuple[str, ...]) -> Decimal | None:
    """Return the first number above zero: many providers write 0 for unknown."""
    for name in names:
        if is_present(field(raw, name)):
            found = figure(raw, what, name)
            if found:
                return found
    return None


def _money(cost: Decimal, slack: Decimal) -> FilledCost:
    return FilledCost(cost, exact.add(slack, exact.multiply(cost.copy_abs(), _NOISE)))


def _half_unit(value: Decimal) -> Decimal:
    """Return half a unit of the last digit: the largest rounding error."""
    exponent = value.as_tuple().exponent
    return Decimal(5).scaleb((exponent if isinstance(exponent, int) else 0) - 1)
