"""Effect of a venue's answer on an intent: pure and idempotent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.actions.action_spec import spec_of
from argosy.core.actions.executions import recognise
from argosy.core.actions.intent import NEVER_ARRIVED, NEVER_SENT, Intent
from argosy.core.money.money import ZERO
from argosy.errors import InconsistentReply

_WORKING = frozenset({ActionStatus.OPEN, ActionStatus.PARTIALLY_FILLED})
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Settlement:
    """Intent after the answer, and the fills that were not known before."""

    intent: Intent
    fills: Sequence[Fill]


def settle_intent(before: Intent, result: ActionResult, now: datetime) -> Settlement:
    """Apply the answer `result` to an intent.

    A final status stays; late fills are still booked. The filled quantity never shrinks. An order stays open
    while the known fills explain less than the filled quantity, because only fills are booked. The open part
    stays reserved; a final action reserves nothing. An action closed as `NEVER_ARRIVED` becomes open again when
    the venue does know it.

    Executions are matched by `core.executions`. An answer that contradicts itself is not booked. The action is
    then `unknown`, even if it was open before, until a later answer is consistent.
    """
    by_fill = spec_of(before.action.kind).booked_by_fill
    told = result.status is not ActionStatus.UNKNOWN and result.code not in (NEVER_ARRIVED, NEVER_SENT)
    if _given_up(before) and told:
        before = _alive_again(before)
    result, new = _recognised(before, result)
    fills = [*(() if before.result is None else before.result.fills), *new]
    explained = sum((fill.quantity for fill in fills), ZERO)
    filled = max(before.filled, result.filled, _filled_by(before, fills))
    status = before.status if before.status.final else _status(before, result, filled > 0)
    if status.final and by_fill and explained < filled:
        status = ActionStatus.PARTIALLY_FILLED
    if status is ActionStatus.FILLED and by_fill and not filled:
        status = ActionStatus.OPEN  # quantity and price are not known yet
    money = sum((fill.quantity * fill.price for fill in fills), ZERO)
    taken = result.model_copy(
        update={
            "status": status,
            "filled": filled,
            "fills": fills,
            "fee": sum((fill.quote_fee for fill in fills), ZERO) if fills else result.fee,
            "venue_id": result.venue_id or (None if before.result is None else before.result.venue_id),
            "average_price": money / explained if explained and by_fill else result.average_price,
        }
    )
    reserved = ZERO
    if not status.final:
        reserved = _still_reserved(before, replace(before, filled=filled, status=status))
        if result.by_amount:
            reserved = _still_to_spend(before, money)
    after = replace(
        before,
        status=status,
        filled=filled,
        reserved=reserved,
        reason=before.reason if before.status.final else result.reason,
        code=before.code if before.status.final else result.code,
        result=taken if not before.status.final or new else before.result,
        settled_at=(before.settled_at or now) if status.final else None,
    )
    return Settlement(after, new)


def _given_up(before: Intent) -> bool:
    return before.status is ActionStatus.CANCELLED and before.code == NEVER_ARRIVED


def _alive_again(before: Intent) -> Intent:
    """Reopen the intent; reserve by its limit, because the reserve of the decision is lost.

    The amount is in the action's currency.
    """
    worth = max(before.delta, ZERO) * (before.action.limit_price or ZERO) + before.action.max_fee
    return replace(before, status=ActionStatus.UNKNOWN, reserved=worth, code=None, settled_at=None)


def _status(before: Intent, result: ActionResult, some: bool) -> ActionStatus:
    status = result.status
    if status in (ActionStatus.SUBMITTED, ActionStatus.PLANNED):  # accepted by the venue, no details yet
        status = ActionStatus.OPEN
    contradicts = result.code == InconsistentReply.code
    if status is ActionStatus.UNKNOWN and before.status in _WORKING and not contradicts:
        return before.status  # the order was working: a missing answer does not make its outcome unknown
    if status is ActionStatus.OPEN and some:
        return ActionStatus.PARTIALLY_FILLED
    return status


def _filled_by(before: Intent, fills: Sequence[Fill]) -> Decimal:
    if not spec_of(before.action.kind).booked_by_fill:
        return ZERO
    return sum((fill.quantity for fill in fills), ZERO)


def _still_reserved(before: Intent, after: Intent) -> Decimal:
    was, left = abs(before.remaining), abs(after.remaining)
    return before.reserved if left >= was else before.reserved * left / was


def _still_to_spend(before: Intent, money: Decimal) -> Decimal:
    """Return the reserve for the unspent part of an order by amount.

    The number of units bought so far does not count.
    """
    known = [] if before.result is None else before.result.fills
    amount = before.action.quantity * (before.action.limit_price or ZERO)
    was = amount - sum((fill.quantity * fill.price for fill in known), ZERO)
    left = max(amount - money, ZERO)
    return before.reserved if left >= was else before.reserved * left / was


def _is_exceeded(action: Action, result: ActionResult, fills: Sequence[Fill]) -> bool:
    """Return True if the executions exceed the order.

    The money, rounded up to a cent, bounds a purchase by amount that matches at once.
    """
    price = action.limit_price
    immediate = action.time_in_force in ("FOK", "FAK") and action.side == "buy"
    if result.by_amount and immediate and price is not None:
        money = sum((fill.quantity * fill.price for fill in fills), ZERO)
        return money > action.quantity * price + _CENT
    return sum((fill.quantity for fill in fills), ZERO) > action.quantity


def _recognised(before: Intent, result: ActionResult) -> tuple[ActionResult, Sequence[Fill]]:
    """Return the answer and its new executions.

    A contradictory answer becomes an `unknown` result without executions.
    """
    by_fill = spec_of(before.action.kind).booked_by_fill
    known = [] if before.result is None else before.result.fills
    total = max(before.filled, result.filled) if by_fill else None
    found = recognise(result.fills, known, total)
    doubt = found.doubt
    if by_fill and found.new and _is_exceeded(before.action, result, found.fills):
        doubt = "more executions are listed than were ordered"
    if doubt is None:
        return result, found.new
    unknown = {"status": ActionStatus.UNKNOWN, "code": InconsistentReply.code, "reason": doubt}
    return result.model_copy(update={**unknown, "filled": before.filled}), []
