"""Last valid price of each asset."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, records_of
from argosy.infrastructure.storage.models import MarkRow, PositionRow

Asset = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """Last valid price of an asset.

    `price` is in `currency`. `rate` is US dollars (the common base) per unit of it at the time of the mark.
    """

    mode: str
    venue: str
    symbol: str
    price: Decimal
    currency: str
    rate: Decimal
    volatility: Decimal | None
    at: datetime


_COLUMNS = columns_of(MarkRow, MarkRecord)
_KEY = ("mode", "venue", "symbol")


@operation
def of(mode: str, assets: Collection[Asset] | None = None) -> Steps[dict[Asset, MarkRecord]]:
    """Return the marks by (venue, symbol). `assets` None returns all marks of the mode."""
    query = select(*_COLUMNS).where(MarkRow.mode == mode)
    if assets is not None:
        query = query.where(tuple_(MarkRow.venue, MarkRow.symbol).in_(list(assets)))
    return {(each.venue, each.symbol): each for each in records_of(MarkRecord, (yield query))}


@operation
def known() -> Steps[set[tuple[str, str, str]]]:
    """Return (mode, venue, symbol) of every mark."""
    return {
        (row.mode, row.venue, row.symbol)
        for row in (yield select(MarkRow.mode, MarkRow.venue, MarkRow.symbol))
    }


@operation
def save(marks: Sequence[MarkRecord], *, latest: datetime | None = None) -> Steps[int]:
    """Store the marks that are newer than the stored ones and return their number.

    A call has at most one mark per asset. A stored mark from after `latest` was dated by a wrong clock and is
    replaced.
    """
    if not marks:
        return 0
    names = [field.name for field in fields(MarkRecord)]
    ordered = sorted(marks, key=lambda mark: (mark.mode, mark.venue, mark.symbol))
    new = insert(MarkRow).values([{name: getattr(mark, name) for name in names} for mark in ordered])
    older = MarkRow.at < new.excluded.at
    newer = new.on_conflict_do_update(
        index_elements=_KEY,
        set_={name: new.excluded[name] for name in names if name not in _KEY},
        where=older if latest is None else older | (MarkRow.at > latest),
    )
    return len((yield newer.returning(MarkRow.symbol)).all())


@operation
def forget(before: datetime) -> Steps[int]:
    """Delete marks from before a time of assets without a position; return their number.

    Short-lived markets would otherwise pile up. Currency pairs stay.
    """
    held = exists().where(
        PositionRow.mode == MarkRow.mode,
        PositionRow.venue == MarkRow.venue,
        PositionRow.symbol == MarkRow.symbol,
        PositionRow.quantity != 0,
    )
    old = delete(MarkRow).where(MarkRow.at < before, ~MarkRow.symbol.contains("/"), ~held)
    return (yield old).rowcount
