"""Reading the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text

from argosy.core.ledger import Entry, EntryKind
from argosy.infrastructure.storage.models import LedgerEntry
from argosy.infrastructure.storage.operation import Steps, operation

PAGE = 5000
SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
"""First statement of what reads several pages: all of them are of one moment, while others go on booking."""

_NAMES = [field.name for field in fields(Entry)]
_COLUMNS = [LedgerEntry.id, LedgerEntry.booked_at, *(getattr(LedgerEntry, name) for name in _NAMES)]


@dataclass(frozen=True, slots=True)
class Booked:
    """An entry with its place in the ledger."""

    id: int
    booked_at: datetime
    entry: Entry


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: all where nothing is said. Times are those of the flows, `since` ≤ at < `until`."""

    mode: str | None = None
    bot_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@operation
def page(wanted: Wanted, after: int = 0, limit: int = PAGE) -> Steps[list[Booked]]:
    """The next entries by id; an empty list at the end."""
    return [booked(row) for row in (yield _page(wanted, after, limit))]


@operation
def read(wanted: Wanted, take: Callable[[Booked], None]) -> Steps[int]:
    """Hands every entry of this moment to `take`, in the order of ids, and returns how many they were."""
    yield SNAPSHOT
    return (yield from each(wanted, lambda row: take(booked(row))))


@operation
def newest(wanted: Wanted, before: int | None = None, limit: int = 100) -> Steps[list[Booked]]:
    """The latest by id first; `before` (an id) pages on."""
    query = _narrowed(select(*_COLUMNS), wanted)
    if before is not None:
        query = query.where(LedgerEntry.id < before)
    return [booked(row) for row in (yield query.order_by(LedgerEntry.id.desc()).limit(limit))]


def each(wanted: Wanted, take: Callable[[Any], None]) -> Steps[int]:
    """Hands every row to `take`, in the order of ids, and returns how many they were. Part of an operation."""
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
    """What `booked` reads."""
    return list(_COLUMNS)


def booked(row: Any) -> Booked:
    """Raises InvalidInput for a row that is no entry."""
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
