"""Check that the database was not restored from an older backup.

The newest rows known to Redis are compared with the rows in Postgres.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import null, select

from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.safety.restored_database import RememberedRows, missing, stop, unrecorded_flag
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.models import AuditRow, EmergencyRow, IntentChange

T = TypeVar("T")


def stops(
    remembered: RememberedRows, seen: Sequence[EmergencyFlag] = (), flags: Sequence[EmergencyFlag] = ()
) -> Steps[list[EmergencyFlag]]:
    """Return a HALT flag if the database lost rows that Redis remembers, else an empty list.

    `seen` are flags in Redis, `flags` those of the database for the same scopes.
    """
    why = unrecorded_flag(seen, {each.scope: each.epoch for each in flags}) or (
        yield from _missing(remembered)
    )
    return [] if why is None else [stop(why)]


@operation
def behind(remembered: RememberedRows, seen: Sequence[EmergencyFlag] = ()) -> Steps[str | None]:
    """Return the reason if the database is older than Redis remembers, else None."""
    epochs = {}
    if seen:
        query = select(EmergencyRow.scope, EmergencyRow.epoch)
        epochs = {row.scope: row.epoch for row in (yield query)}
    return unrecorded_flag(seen, epochs) or (yield from _missing(remembered))


def with_restore_check(change: Operation[T], remembered: RememberedRows) -> Operation[tuple[T, bool]]:
    """Run `change` and also return True if the database holds every remembered row.

    The caller may store a newer `RememberedRows` only if this is True.
    """

    def steps() -> Steps[tuple[T, bool]]:
        whole = (yield from _missing(remembered)) is None
        return (yield from change.steps()), whole

    return Operation(steps)


@operation
def newest() -> Steps[RememberedRows]:
    """Return the newest rows of intent changes and of the audit log."""
    change = (
        yield select(IntentChange.id, IntentChange.at).order_by(IntentChange.id.desc()).limit(1)
    ).one_or_none()
    row = (yield select(AuditRow.id, AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)).one_or_none()
    return RememberedRows(
        change=None if change is None else (change.id, change.at),
        audit=None if row is None else (row.id, row.hash),
    )


def _missing(remembered: RememberedRows) -> Steps[str | None]:
    if remembered.change is None and remembered.audit is None:
        return None
    change, row = remembered.change, remembered.audit
    at = (
        null()
        if change is None
        else select(IntentChange.at).where(IntentChange.id == change[0]).scalar_subquery()
    )
    digest = null() if row is None else select(AuditRow.hash).where(AuditRow.id == row[0]).scalar_subquery()
    found = (yield select(at.label("at"), digest.label("digest"))).one()
    return missing(remembered, found.at, found.digest)
