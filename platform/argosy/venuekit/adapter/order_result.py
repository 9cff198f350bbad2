"""Result of an order, from its executions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, Field

from argosy.core.actions.action import ActionResult, ActionStatus, Fill, Side
from argosy.core.money import exact
from argosy.core.money.money import ZERO
from argosy.errors import BadReply, VenueError
from argosy.venuekit.adapter.order_records import Sent


class SentLimitOrder(Sent):
    """Record of an order, stored before it is sent."""

    symbol: str
    side: Side
    quantity: Decimal
    currency: str = "USD"
    """Quote currency of the symbol."""


class VenueExecution(BaseModel):
    """Execution as a venue lists it; `price` and `fee` are in quote currency.

    A whole number in `at` counts milliseconds since 1970.
    """

    id: Annotated[str, Field(min_length=1)]
    quantity: Annotated[Decimal, Field(gt=0)]
    price: Annotated[Decimal, Field(ge=0)]
    fee: Decimal = ZERO
    at: AwareDatetime


def result_from_fills(
    client_id: str,
    status: ActionStatus,
    fills: Sequence[Fill],
    *,
    venue_id: str | None = None,
    reason: str | None = None,
    by_amount: bool = False,
) -> ActionResult:
    """Return a result with the totals of `fills`."""
    filled = exact.total(fill.quantity for fill in fills)
    money = exact.total(exact.multiply(fill.quantity, fill.price) for fill in fills)
    return ActionResult(
        client_id=client_id,
        status=status,
        filled=filled,
        average_price=money / filled if filled else None,
        fee=exact.total(fill.quote_fee for fill in fills),
        fills=list(fills),
        venue_id=venue_id,
        by_amount=by_amount,
        reason=reason,
    )


def order_result(
    venue: str,
    client_id: str,
    order: SentLimitOrder,
    status: ActionStatus,
    executions: Iterable[VenueExecution],
    *,
    venue_id: str | None = None,
    reason: str | None = None,
) -> ActionResult:
    """Return the result of an order whose venue lists all executions.

    Raises BadReply if more was filled than ordered, and VenueError while a filled order lacks executions.
    """
    fills = [
        Fill(
            client_id=client_id,
            venue=venue,
            symbol=order.symbol,
            side=order.side,
            currency=order.currency,
            id=each.id,
            quantity=each.quantity,
            price=each.price,
            fee=each.fee,
            at=each.at,
        )
        for each in executions
    ]
    result = result_from_fills(client_id, status, fills, venue_id=venue_id, reason=reason)
    if result.filled > order.quantity:
        raise BadReply(
            f"{venue} reports more filled than ordered",
            expected=str(order.quantity),
            found=str(result.filled),
        )
    if status is ActionStatus.FILLED and result.filled < order.quantity:
        raise VenueError(
            f"{venue} does not list all executions of the order yet",
            expected=str(order.quantity),
            found=str(result.filled),
        )
    if status is ActionStatus.OPEN and fills:
        return result.model_copy(update={"status": ActionStatus.PARTIALLY_FILLED})
    return result
