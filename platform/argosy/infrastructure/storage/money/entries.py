"""Reads of the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text

from argosy.core.money.ledger import Entry, EntryKind
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import LedgerEntry

PAGE = 5000
SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
"""First statement of an operation that reads several pages.

All pages come from one snapshot while other processes keep booking.
"""

_NAMES = [field.name for field in fields(Entry)]
_COLUMNS = [LedgerEntry.id, LedgerEntry.booked_at, *(getattr(LedgerEntry, name) for name in _NAMES)]


@dataclass(frozen=True, slots=True)
class Booked:
    """Ledger entry with its id and the time of its booking."""

    id: int
    booked_at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Wanted:
    """Filter for entries; an empty filter matches all.

    Times are those of the cash flows: `since` ≤ at < `until`.
    """

    mode: str | None = None
    bot_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@operation
def page(wanted: Wanted, after: int = 0, limit: int = PAGE) -> Steps[list[Booked]]:
    """Return the next entries by id; an empty list marks the end."""
    return [read_entry(row) for row in (yield _page(wanted, after, limit))]


@operation
def read(wanted: Wanted, take: Callable[[Booked], None]) -> Steps[int]:
    """Pass every matching entry of one snapshot to `take`, in id order, and return their number."""
    yield SNAPSHOT
    return (yield from each(wanted, lambda row: take(read_entry(row))))


@operation
def newest(wanted: Wanted, before: int | None = None, limit: int = 100) -> Steps[list[Booked]]:
    """Return the newest entries by id first; `before` (an id) fetches the next page."""
    query = _narrowed(select(*_COLUMNS), wanted)
    if before is not None:
        query = query.where(LedgerEntry.id < before)
    return [read_entry(row) for row in (yield query.order_by(LedgerEntry.id.desc()).limit(limit))]


def each(wanted: Wanted, take: Callable[[Any], None]) -> Steps[int]:
    """Pass every matching row to `take`, in id order, and return their number.

    For use inside an operation.
    """
    after = count = 0
    while True:
        rows = (yield _page(wanted, after, PAGE)).all()
        for row in rows:
            take(row)
        count += len(rows)
        if len(rows) < PAGE:
            return count
        after = rows[-1].id


def columns() -> list[Any]:
    """Return the columns that `read_entry` reads."""
    return list(_COLUMNS)


def read_entry(row: Any) -> Booked:
    """Convert a row to an entry. Raises InvalidInput for a row that is not a valid entry."""
    values = {name: getattr(row, name) for name in _NAMES}
    return Booked(row.id, row.booked_at, Entry(**values | {"kind": EntryKind(row.kind)}))


def _page(wanted: Wanted, after: int, limit: int) -> Select[Any]:
    query = _narrowed(select(*_COLUMNS).where(LedgerEntry.id > after), wanted)
    return query.order_by(LedgerEntry.id).limit(limit)


def _narrowed(query: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.mode is not None:
        query = query.where(LedgerEntry.mode == wanted.mode)
    if wanted.bot_id is not None:
        query = query.where(LedgerEntry.bot_id == wanted.bot_id)
    if wanted.since is not None:
        query = query.where(LedgerEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(LedgerEntry.at < wanted.until)
    return query
