"""Ledger entries that a list of trades has not counted yet."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from argosy.core.money.trades import Key
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import LedgerEntry, PositionRow
from argosy.infrastructure.storage.money.entries import Booked, Wanted, columns, page, read_entry


@operation
def first(mode: str, bot_id: str, after: int, limit: int) -> Steps[list[Booked]]:
    """Return the next entries of a bot by id, at most `limit`."""
    return (yield from page(Wanted(mode, bot_id), after, limit).steps())


@operation
def news(mode: str, bot_id: str, known: Mapping[Key, int]) -> Steps[list[Booked]]:
    """Return entries of positions that have newer entries than counted.

    `known` maps each position to its last counted entry id. Ids of one position follow the order of booking; ids of
    several positions do not. So each position is compared by itself.
    """
    held = yield select(
        PositionRow.strategy_id, PositionRow.venue, PositionRow.symbol, PositionRow.entry_id
    ).where(PositionRow.mode == mode, PositionRow.bot_id == bot_id)
    behind = {
        key: known.get(key, 0)
        for row in held.all()
        if row.entry_id > known.get(key := (row.strategy_id, row.venue, row.symbol), 0)
    }
    if not behind:
        return []
    query = select(*columns()).where(
        LedgerEntry.mode == mode,
        LedgerEntry.bot_id == bot_id,
        LedgerEntry.symbol.in_(sorted({symbol for _, _, symbol in behind})),
        LedgerEntry.id > min(behind.values()),
    )
    rows = [read_entry(row) for row in (yield query.order_by(LedgerEntry.id))]
    return [
        row
        for row in rows
        if row.id > behind.get((row.entry.strategy_id, row.entry.venue, row.entry.symbol), row.id)
    ]
