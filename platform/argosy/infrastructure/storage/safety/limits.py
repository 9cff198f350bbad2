"""Risk limits with versions.

Every change adds a row to the audit chain in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core.risk.constraint import Constraint, ConstraintKind
from argosy.core.safety.audit import Actor, AuditEntry
from argosy.errors import Conflict, NotFound
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import RiskLimit
from argosy.infrastructure.storage.safety import audit


@dataclass(frozen=True, slots=True)
class LimitRecord:
    """Risk limit as saved. `version` counts its changes from 1."""

    constraint: Constraint
    version: int
    updated_at: datetime
    updated_by: str


@dataclass(frozen=True, slots=True)
class LimitChange:
    """Limit before and after a change. None: the limit did not or does not exist."""

    before: LimitRecord | None
    after: LimitRecord | None


@operation
def every(scopes: Sequence[str] | None = None, enabled_only: bool = True) -> Steps[list[Constraint]]:
    """Return the limits, ordered by id; with `scopes`, only the limits of those scopes."""
    rows = yield _query(scopes, enabled_only)
    return [_record(row).constraint for row in rows]


@operation
def records(scopes: Sequence[str] | None = None, enabled_only: bool = False) -> Steps[list[LimitRecord]]:
    """Return limits with versions and authors.

    Disabled limits are included unless `enabled_only` is set.
    """
    return [_record(row) for row in (yield _query(scopes, enabled_only))]


@operation
def get(id: str) -> Steps[LimitRecord]:
    """Return the limit. Raises NotFound."""
    found = yield from _one(id)
    if found is None:
        raise NotFound("there is no such limit", found=id, remedy="`argosy risk list` shows all")
    return found


@operation
def save(
    constraint: Constraint,
    actor: Actor,
    *,
    at: datetime,
    reason: str = "",
    expected_version: int | None = None,
) -> Steps[LimitChange]:
    """Create or change the limit. Saving an unchanged limit writes nothing.

    `expected_version` is the version that the author saw (0: the limit did not exist). Raises Conflict if the
    version differs by now.
    """
    before = yield from _one(constraint.id, locked=True)
    _check(constraint.id, before, expected_version)
    if before is not None and before.constraint == constraint:
        return LimitChange(before, before)
    values = {
        "scope": constraint.scope,
        "kind": constraint.kind.value,
        "limit": constraint.limit,
        "warning": constraint.warning,
        "mode": constraint.mode,
        "window_s": constraint.window_s,
        "parameters": constraint.parameters,
        "enabled": constraint.enabled,
        "updated_at": at,
        "updated_by": actor.id,
    }
    if before is None:
        new = insert(RiskLimit).values(
            {RiskLimit.id: constraint.id, RiskLimit.version: 1, **_columns(values)}
        )
        made = yield new.on_conflict_do_nothing(index_elements=[RiskLimit.id]).returning(RiskLimit.id)
        if made.one_or_none() is None:
            raise _changed(constraint.id, "somebody else made it a moment ago")
    else:
        change = update(RiskLimit).where(RiskLimit.id == constraint.id)
        yield change.values({RiskLimit.version: before.version + 1, **_columns(values)})
    after = yield from _one(constraint.id)
    entry = AuditEntry(
        actor=actor,
        action="risk.set",
        subject=f"risk:{constraint.id}",
        reason=reason,
        before=_wire(before),
        after=_wire(after),
    )
    yield from audit.append(entry, at).steps()
    return LimitChange(before, after)


@operation
def remove(
    id: str, actor: Actor, *, at: datetime, reason: str = "", expected_version: int | None = None
) -> Steps[LimitChange]:
    """Delete the limit. Raises NotFound, and Conflict for a version other than expected."""
    before = yield from _one(id, locked=True)
    if before is None:
        raise NotFound("there is no such limit", found=id, remedy="`argosy risk list` shows all")
    _check(id, before, expected_version)
    yield delete(RiskLimit).where(RiskLimit.id == id)
    entry = AuditEntry(
        actor=actor, action="risk.remove", subject=f"risk:{id}", reason=reason, before=_wire(before)
    )
    yield from audit.append(entry, at).steps()
    return LimitChange(before, None)


def _columns(values: dict[str, Any]) -> dict[Any, Any]:
    return {getattr(RiskLimit, name): value for name, value in values.items()}


def _query(scopes: Sequence[str] | None, enabled_only: bool) -> Any:
    query = select(RiskLimit.__table__).order_by(RiskLimit.id)
    if scopes is not None:
        query = query.where(RiskLimit.scope.in_(scopes))
    return query.where(RiskLimit.enabled) if enabled_only else query


def _one(id: str, *, locked: bool = False) -> Steps[LimitRecord | None]:
    query = select(RiskLimit.__table__).where(RiskLimit.id == id)
    row = (yield query.with_for_update() if locked else query).one_or_none()
    return None if row is None else _record(row)


def _record(row: Any) -> LimitRecord:
    constraint = Constraint(
        id=row.id,
        scope=row.scope,
        kind=ConstraintKind(row.kind),
        limit=row.max,
        warning=row.warning,
        mode=row.mode,
        window_s=row.window_s,
        parameters=row.parameters,
        enabled=row.enabled,
    )
    return LimitRecord(constraint, row.version, row.updated_at, row.updated_by)


def _wire(record: LimitRecord | None) -> dict[str, Any] | None:
    return None if record is None else record.constraint.to_wire() | {"version": record.version}


def _check(id: str, before: LimitRecord | None, expected: int | None) -> None:
    have = 0 if before is None else before.version
    if expected is not None and expected != have:
        raise _changed(id, f"version {have}", expected=f"version {expected}")


def _changed(id: str, found: str, expected: str = "nobody else's change") -> Conflict:
    return Conflict(
        f"the limit {id} changed meanwhile",
        expected=expected,
        found=found,
        remedy="read it again, then change it",
    )
