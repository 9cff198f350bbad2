"""The last sane price of each asset."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from sqlalchemy import delete, exists, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from argosy.infrastructure.storage.models import MarkRow, PositionRow
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.rows import columns_of, records_of

Asset = tuple[str, str]


@dataclass(frozen=True, slots=True)
class MarkRecord:
    """`price` in `currency`; `rate` US dollars (the common base) a unit of it, when the mark was made."""

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
    """By (venue, symbol); every one of the mode when `assets` is None."""
    query = select(*_COLUMNS).where(MarkRow.mode == mode)
    if assets is not None:
        query = query.where(tuple_(MarkRow.venue, MarkRow.symbol).in_(list(assets)))
    return {(each.venue, each.symbol): each for each in records_of(MarkRecord, (yield query))}


@operation
def known() -> Steps[set[tuple[str, str, str]]]:
    """(mode, venue, symbol) of every mark."""
    return {
        (row.mode, row.venue, row.symbol)
        for row in (yield select(MarkRow.mode, MarkRow.venue, MarkRow.symbol))
    }


@operation
def save(marks: Sequence[MarkRecord], *, latest: datetime | None = None) -> Steps[int]:
    """Keeps those that are newer than what is known; returns how many were. One mark an asset in a call.

    What is known from after `latest` is from a clock that was wrong, and older than any.
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
    """Removes prices from before that moment of what nobody holds: markets of minutes would pile up. Pairs of
    currencies stay. Returns how many went."""
    held = exists().where(
        PositionRow.mode == MarkRow.mode,
        PositionRow.venue == MarkRow.venue,
        PositionRow.symbol == MarkRow.symbol,
        PositionRow.quantity != 0,
    )
    old = delete(MarkRow).where(MarkRow.at < before, ~MarkRow.symbol.contains("/"), ~held)
    return (yield old).rowcount
