"""Audit log as a hash chain.

Rows are only added. Each row holds the hash of the row before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, insert, select

from argosy.core.safety.audit import GENESIS, Actor, AuditEntry, AuditRecord, hash_of, plain
from argosy.infrastructure.logging import redact
from argosy.infrastructure.storage.engine.codec import clean
from argosy.infrastructure.storage.engine.locks import AUDIT_LOCK
from argosy.infrastructure.storage.engine.operation import Operation, Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, records_of
from argosy.infrastructure.storage.models import AuditRow

T = TypeVar("T")

_COLUMNS = columns_of(AuditRow, AuditRecord)


@operation
def append(entry: AuditEntry, at: datetime) -> Steps[AuditRecord]:
    """Append an entry to the audit chain, with secrets redacted, and return the new row.

    Inside another operation call `yield from append(entry, at).steps()` as the last step: every other writer of the
    chain waits until that transaction ends.
    """
    yield select(func.pg_advisory_xact_lock(AUDIT_LOCK))
    last = (yield select(AuditRow.id, AuditRow.hash).order_by(AuditRow.id.desc()).limit(1)).first()
    record = AuditRecord(
        id=1 if last is None else last.id + 1,
        at=at,
        actor=_text(entry.actor.id),
        origin=entry.actor.origin,
        address=_text(entry.actor.address),
        action=_text(entry.action),
        subject=_text(entry.subject),
        reason=_text(entry.reason),
        before=_without_secrets(entry.before),
        after=_without_secrets(entry.after),
        previous_hash=GENESIS if last is None else last.hash,
    )
    record = replace(record, hash=hash_of(record))
    yield insert(AuditRow).values(**asdict(record))
    return record


def with_audit(
    change: Operation[T],
    *,
    view: Operation[dict[str, Any] | None],
    actor: Actor,
    action: str,
    subject: str,
    at: datetime,
    reason: str = "",
) -> Operation[T]:
    """Combine `change` and its audit entry in one transaction.

    `view` reads the changed object; it returns None if the object does not exist. The entry holds the difference
    between the views before and after. A change without a difference adds no entry.
    """

    def steps() -> Steps[T]:
        before = yield from view.steps()
        result = yield from change.steps()
        after = yield from view.steps()
        if before != after:
            old, new = _difference(before, after)
            entry = AuditEntry(
                actor=actor, action=action, subject=subject, reason=reason, before=old, after=new
            )
            yield from append(entry, at).steps()
        return result

    return Operation(steps)


@dataclass(frozen=True, slots=True)
class Audited:
    """One of several audited changes in a transaction.

    `view` reads the changed object; it returns None if the object does not exist.
    """

    change: Operation[Any]
    view: Operation[dict[str, Any] | None]
    action: str
    subject: str


def audited_together(
    changes: Sequence[Audited], *, actor: Actor, at: datetime, reason: str = ""
) -> Operation[list[Any]]:
    """Run the changes in order, then append their audit entries.

    Results keep the order of the changes. The audit lock is the last lock taken.
    """

    def steps() -> Steps[list[Any]]:
        results, entries = [], []
        for each in changes:
            before = yield from each.view.steps()
            results.append((yield from each.change.steps()))
            after = yield from each.view.steps()
            if before != after:
                old, new = _difference(before, after)
                entries.append(
                    AuditEntry(
                        actor=actor,
                        action=each.action,
                        subject=each.subject,
                        reason=reason,
                        before=old,
                        after=new,
                    )
                )
        for entry in entries:
            yield from append(entry, at).steps()
        return results

    return Operation(steps)


@operation
def head() -> Steps[AuditRecord | None]:
    """Return the newest audit row, or None if the log is empty."""
    rows = records_of(AuditRecord, (yield select(*_COLUMNS).order_by(AuditRow.id.desc()).limit(1)))
    return rows[0] if rows else None


@operation
def after(id: int, limit: int = 1000) -> Steps[list[AuditRecord]]:
    """Return one page of the chain: rows after `id`, oldest first."""
    rows = yield select(*_COLUMNS).where(AuditRow.id > id).order_by(AuditRow.id).limit(limit)
    return records_of(AuditRecord, rows)


@operation
def newest(
    *,
    subject: str | None = None,
    actor: str | None = None,
    action: str | None = None,
    since: datetime | None = None,
    before_id: int | None = None,
    limit: int = 100,
) -> Steps[list[AuditRecord]]:
    """Return matching rows, newest first.

    `subject` and `action` match by prefix ("bot:").
    """
    query = select(*_COLUMNS)
    if subject is not None:
        query = query.where(AuditRow.subject.startswith(clean(subject), autoescape=True))
    if action is not None:
        query = query.where(AuditRow.action.startswith(clean(action), autoescape=True))
    if actor is not None:
        query = query.where(AuditRow.actor == clean(actor))
    if since is not None:
        query = query.where(AuditRow.at >= since)
    if before_id is not None:
        query = query.where(AuditRow.id < before_id)
    return records_of(AuditRecord, (yield query.order_by(AuditRow.id.desc()).limit(limit)))


def _difference(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    if before is None or after is None:
        return (None if before is None else dict(before)), (None if after is None else dict(after))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in names}, {name: after.get(name) for name in names}


def _text(value: str) -> str:
    return clean(str(plain(redact.text(value))))


def _without_secrets(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is None:
        return None
    found: dict[str, Any] = redact.value(plain(value))
    return found
