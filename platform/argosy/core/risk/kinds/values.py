"""Limits on values that actions set: least price, largest change, pause between edits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal

from argosy.core.actions.value_change import ValueChange, number
from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Proposal, ValueEdited

PARAMETER = "fields"
"""Parameter with the names of fields, by commas."""

PRICES = "price"
"""Fields that a price floor holds for, unless set."""

_MICROSECOND = timedelta(microseconds=1)


def fields(constraint: Constraint, default: str) -> list[str]:
    """Return the fields of the parameter `fields`, else of `default`."""
    names = constraint.parameters.get(PARAMETER, default).split(",")
    return [name.strip() for name in names if name.strip()]


def window_of_edits(constraints: Iterable[Constraint]) -> float:
    """Return the seconds for which these limits need past edits, 0 if they need none."""
    needed = [
        float(each.limit) if each.kind is ConstraintKind.COOLDOWN else float(each.window_s or 0)
        for each in constraints
        if each.kind in (ConstraintKind.COOLDOWN, ConstraintKind.LARGEST_CHANGE)
    ]
    return max(needed, default=0.0)


def _price_floor(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    """Measure the price that an action asks for, in base currency.

    A change that raises a price passes, because a denial would keep the lower one. The liquidator is not bound: it has a
    cap of its own, and it must be able to leave.
    """
    if proposal.liquidating:
        return None
    change, before = proposal.change, None
    if change is not None and change.field in fields(constraint, PRICES):
        asked, before = number(change.wanted), number(change.before)
        missing = f"the {change.field} asked for is no number: {change.wanted}"
    elif proposal.asks_price:
        asked, missing = proposal.asked, "the action names no price"
    else:
        return None
    if asked is None:
        raise Unknown(missing)
    asked *= proposal.rate
    before = None if before is None else before * proposal.rate
    floor = min(constraint.limit, asked) if before is not None and asked > before else constraint.limit
    now = asked if before is None else before
    return Measure(-now, -floor, base=-asked, minimum=True, what=_name(proposal))


def _largest_change(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    """Measure the change as a fraction of the value before it.

    With a window, measure it from the most distant value within the window. So neither a chain of small edits nor edits
    back and forth go beyond the limit.
    """
    change = proposal.change
    if change is None:
        return None
    before, wanted = number(change.before), number(change.wanted)
    if before is None and wanted is None:  # a text: it has no size
        return None
    if before is None or wanted is None:
        raise Unknown(
            f"a change from {change.before or 'nothing'} to {change.wanted or 'nothing'} has no size"
        )
    values = [before]
    if constraint.window_s is not None:
        values += _values(facts, proposal, change, timedelta(seconds=constraint.window_s))
    measures = [_from(value, before, wanted, constraint, proposal) for value in values if value != wanted]
    if not measures:
        return Measure(Decimal(0), constraint.limit, what=_name(proposal))
    return max(measures, key=lambda each: (each.over, each.after / each.scale))


def _from(
    value: Decimal, before: Decimal, wanted: Decimal, constraint: Constraint, proposal: Proposal
) -> Measure:
    size = abs(value)
    if not size:
        raise Unknown("the value was 0, and a change is no fraction of it: a person sets the first value")
    return Measure(
        abs(before - value),
        constraint.limit * size,
        base=abs(wanted - value),
        scale=size,
        what=_name(proposal),
    )


def _values(facts: Facts, proposal: Proposal, change: ValueChange, window: timedelta) -> Iterator[Decimal]:
    """Return the values that the field had, or may have had, within the window."""
    since = facts.snapshot.now - window
    for each in _edits(facts, proposal):
        if each.at > since and each.change.field == change.field:
            for text in (each.change.before, each.change.wanted):
                value = number(text)
                if value is None:
                    raise Unknown(f"an earlier value of {change.field} is no number: {text}")
                yield value


def _cooldown(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    """Measure the seconds since the newest edit of the asset.

    A later time comes from a wrong clock.
    """
    if proposal.change is None:
        return None
    newest = max((each.at for each in _edits(facts, proposal)), default=None)
    if newest is None:
        return None
    elapsed = Decimal((facts.snapshot.now - newest) // _MICROSECOND) / 1_000_000
    return Measure(-elapsed, -constraint.limit, minimum=True, what=_name(proposal))


def _edits(facts: Facts, proposal: Proposal) -> Iterable[ValueEdited]:
    """Return the edits of the asset by any bot."""
    return [each for each in facts.snapshot.edits if each.asset == proposal.path.asset]


def _name(proposal: Proposal) -> str:
    return "/".join(proposal.path.asset)


PRICE_FLOOR = Kind(_price_floor, stops_reducing=lambda constraint: True)
LARGEST_CHANGE = Kind(_largest_change)
COOLDOWN = Kind(_cooldown)
