"""What a venue's answer makes of an intent: pure, and harmless when the same answer comes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from argosy.core.action import ActionKind, ActionResult, ActionStatus, Fill
from argosy.core.intent import NEVER_ARRIVED, Intent
from argosy.core.money import ZERO

_WORKING = frozenset({ActionStatus.OPEN, ActionStatus.PARTIALLY_FILLED})
_BOOKED_BY_FILL = frozenset({ActionKind.PLACE_ORDER, ActionKind.PURCHASE})


@dataclass(frozen=True, slots=True)
class Settlement:
    """The intent after the answer, and the fills that were not known before."""

    intent: Intent
    fills: Sequence[Fill]


def settled(before: Intent, result: ActionResult, now: datetime) -> Settlement:
    """Takes in `result`. A final status stays as it is; fills that come late are taken in all the same.

    What was filled never shrinks. An answer that names more filled than its fills explain leaves an order open until
    they are all known, for only fills are booked. What is still to come stays reserved, and nothing of what is final.
    One end is no end: an action that was given up because its venue did not know it lives again when it does.
    """
    if _given_up(before) and result.status is not ActionStatus.UNKNOWN and result.code != NEVER_ARRIVED:
        before = _alive_again(before)
    known = {} if before.result is None else {fill.id: fill for fill in before.result.fills}
    new = [fill for fill in _named(result.fills) if fill.id not in known]
    fills = [*known.values(), *new]
    explained = sum((fill.quantity for fill in fills), ZERO)
    filled = max(before.filled, result.filled, _filled_by(before, fills))
    status = before.status if before.status.final else _status(before, result, filled > 0)
    if status.final and before.action.kind in _BOOKED_BY_FILL and explained < filled:
        status = ActionStatus.PARTIALLY_FILLED
    if status is ActionStatus.FILLED and before.action.kind in _BOOKED_BY_FILL and not filled:
        status = ActionStatus.OPEN  # how much, and at what price, is still to be told
    money = sum((fill.quantity * fill.price for fill in fills), ZERO)
    taken = result.model_copy(
        update={
            "status": status,
            "filled": filled,
            "fills": fills,
            "fee": sum((fill.fee for fill in fills), ZERO) if fills else result.fee,
            "average_price": money / explained
            if explained and before.action.kind in _BOOKED_BY_FILL
            else result.average_price,
        }
    )
    reserved = (
        ZERO if status.final else _still_reserved(before, replace(before, filled=filled, status=status))
    )
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
    """Reserved by its limit, in the currency of the action: what it was at the decision is no longer known."""
    worth = max(before.delta, ZERO) * (before.action.limit_price or ZERO) + before.action.max_fee
    return replace(before, status=ActionStatus.UNKNOWN, reserved=worth, code=None, settled_at=None)


def _status(before: Intent, result: ActionResult, some: bool) -> ActionStatus:
    status = result.status
    if status in (ActionStatus.SUBMITTED, ActionStatus.PLANNED):  # taken by the venue, nothing said yet
        status = ActionStatus.OPEN
    if status is ActionStatus.UNKNOWN and before.status in _WORKING:
        return before.status  # it was there: not hearing of it now does not make its fate unknown
    if status is ActionStatus.OPEN and some:
        return ActionStatus.PARTIALLY_FILLED
    return status


def _filled_by(before: Intent, fills: Sequence[Fill]) -> Decimal:
    if before.action.kind not in _BOOKED_BY_FILL:
        return ZERO
    return sum((fill.quantity for fill in fills), ZERO)


def _still_reserved(before: Intent, after: Intent) -> Decimal:
    was, left = abs(before.remaining), abs(after.remaining)
    return before.reserved if left >= was else before.reserved * left / was


def _named(fills: Sequence[Fill]) -> list[Fill]:
    """A venue that names no executions has them numbered in the order it tells them."""
    return [
        fill if fill.id else fill.model_copy(update={"id": f"#{number}"})
        for number, fill in enumerate(fills, 1)
    ]
