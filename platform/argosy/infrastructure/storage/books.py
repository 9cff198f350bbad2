"""Compares the database with what is remembered of it elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from sqlalchemy import null, select

from argosy.core.books import Remembered, missing, overtaken, stop
from argosy.core.emergency import EmergencyFlag
from argosy.infrastructure.storage.models import AuditRow, EmergencyRow, IntentChange
from argosy.infrastructure.storage.operation import Operation, Steps, operation

T = TypeVar("T")


def stops(
    remembered: Remembered, seen: Sequence[EmergencyFlag] = (), flags: Sequence[EmergencyFlag] = ()
) -> Steps[list[EmergencyFlag]]:
    """A HALT where the database went back in time, else nothing.

    `seen` are flags in Redis, `flags` those of the database in the same scopes.
    """
    why = overtaken(seen, {each.scope: each.epoch for each in flags}) or (yield from _missing(remembered))
    return [] if why is None else [stop(why)]


@operation
def behind(remembered: Remembered, seen: Sequence[EmergencyFlag] = ()) -> Steps[str | None]:
    """Why the database is older than what is remembered; None when it is not."""
    epochs = {}
    if seen:
        query = select(EmergencyRow.scope, EmergencyRow.epoch)
        epochs = {row.scope: row.epoch for row in (yield query)}
    return overtaken(seen, epochs) or (yield from _missing(remembered))


def checked(change: Operation[T], remembered: Remembered) -> Operation[tuple[T, bool]]:
    """`change`, and whether the database has all that is remembered of it: only then may more be remembered."""

    def steps() -> Steps[tuple[T, bool]]:
        whole = (yield from _missing(remembered)) is None
        return (yield from change.steps()), whole

    return Operation(steps)


@operation
def newest() -> Steps[Remembered]:
    """The newest rows there are."""
    change = (
        yield select(IntentChange.id, IntentChange.at).order_by(IntentChange.id.desc()).limit(1)
    ).one_or_none()
    row = (yield select(AuditRow.id, AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)).one_or_none()
    return Remembered(
        change=None if change is None else (change.id, change.at),
        audit=None if row is None else (row.id, row.hash),
    )


def _missing(remembered: Remembered) -> Steps[str | None]:
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
