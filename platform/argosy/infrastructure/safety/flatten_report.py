"""Lines of the report on ended and remaining obligations."""

from __future__ import annotations

from decimal import Decimal

from argosy.core.money.money import ZERO
from argosy.core.safety.unwinding import Obligation, Remainder
from argosy.infrastructure.storage.safety.flatten_progress import FlattenedPosition


def lines(
    key: FlattenedPosition, held: Obligation, left: Obligation | None, before: Decimal, remainder: Remainder
) -> list[str]:
    """Return a line for the position of `held`, and one for its commitment if that still runs.

    `left` is the obligation as it is now, `before` the quantity that earlier steps closed.
    """
    found = []
    rest = ZERO if left is None else left.quantity
    if held.quantity or before:
        found.append(_line(key, abs(held.quantity) - abs(rest) + before, rest, remainder))
    if left is not None and left.commitment is not None:
        found.append(
            f"{_named(key)}: {left.commitment.kind} STANDS{_why(remainder)}{_cost(remainder, lasting=True)}"
        )
    return found


def sold(key: FlattenedPosition, quantity: Decimal) -> str:
    """Return the line of a position that earlier steps closed."""
    return _line(key, quantity, ZERO, Remainder(""))


def ended(key: FlattenedPosition, kind: str) -> str:
    """Return the line of a commitment that an action of this kind ended."""
    return f"{_named(key)}: ended by {kind}"


def _line(key: FlattenedPosition, closed: Decimal, left: Decimal, remainder: Remainder) -> str:
    gone = f"{closed.normalize():f} gone" if closed else ""
    if not left:
        return f"{_named(key)}: flat" + (f", {gone}" if gone else "")
    rest = f"{left.normalize():f} LEFT{_why(remainder)}{_cost(remainder, lasting=False)}"
    return f"{_named(key)}: {gone}{', ' if gone else ''}{rest}"


def _named(key: FlattenedPosition) -> str:
    return f"{key.bot}/{key.strategy} {key.venue} {key.symbol} ({key.mode})"


def _why(remainder: Remainder) -> str:
    return f" ({remainder.reason})" if remainder.reason else ""


def _cost(remainder: Remainder, *, lasting: bool) -> str:
    cost = remainder.cost
    if cost is not None:
        return f", it costs {cost.per_day.normalize():f} {cost.currency} a day"
    return ", its cost a day is not known" if lasting else ""
