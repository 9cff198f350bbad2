"""Limit on a measure, or of a kind, that a package brings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

from argosy.core.risk.constraint import Constraint
from argosy.core.risk.custom import kind_of, value_of
from argosy.core.risk.facts import Facts
from argosy.core.risk.kinds.kind import Kind
from argosy.core.risk.measure import Measure, Unknown
from argosy.core.risk.snapshot import Open, Proposal, Snapshot

PARAMETER = "measure"


def _value(constraint: Constraint, snapshot: Snapshot) -> Decimal:
    name = constraint.parameters.get(PARAMETER, "")
    if not name:
        raise Unknown("the constraint names no measure")
    return value_of(name, constraint.scope, snapshot)


def _own(constraint: Constraint) -> Kind | None:
    return kind_of(constraint.parameters.get(PARAMETER, ""))


@contextmanager
def _guarded(constraint: Constraint) -> Iterator[None]:
    """Turn every error of a package's kind into Unknown: it must deny, not end the decision."""
    try:
        yield
    except (Unknown, ArithmeticError):
        raise
    except Exception as error:
        raise Unknown(f"the kind {constraint.parameters[PARAMETER]} failed: {error!r}") from error


def _action(constraint: Constraint, facts: Facts, proposal: Proposal) -> Measure | None:
    """Measure twice: as is, and with the action among the open ones. A kind measures by itself."""
    own = _own(constraint)
    if own is not None:
        with _guarded(constraint):
            return own.action(constraint, facts, proposal)
    now = facts.snapshot
    opened = Open(
        proposal.client_id, proposal.path, proposal.delta, proposal.reserve, proposal.reducing, now.now
    )
    then = replace(now, open=[*now.open, opened], decided=[*now.decided, (now.now, proposal.path)])
    before, after = _value(constraint, now), _value(constraint, then)
    return Measure(before, constraint.limit, base=after, what=constraint.parameters[PARAMETER])


def _state(constraint: Constraint, facts: Facts) -> Iterable[Measure]:
    own = _own(constraint)
    if own is not None:
        with _guarded(constraint):
            yield from () if own.state is None else own.state(constraint, facts)
        return
    amount = _value(constraint, facts.snapshot)
    yield Measure(amount, constraint.limit, what=constraint.parameters[PARAMETER])


def _stops_reducing(constraint: Constraint) -> bool:
    own = _own(constraint)
    return own is not None and own.stops_reducing(constraint)


CUSTOM = Kind(_action, _state, stops_reducing=_stops_reducing)
