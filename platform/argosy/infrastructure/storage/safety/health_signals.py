"""Health signals of bots for the guard, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from argosy.core.money import exact
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import (
    BotRow,
    IntentRow,
    LedgerEntry,
    MarkRow,
    PositionRow,
    Reconciliation,
)

_DAY = timedelta(days=1)
_CALL = timedelta(seconds=60)
"""Longest duration of a call.

An action in an older call counts as unknown even if that is not stored.
"""


@dataclass(frozen=True, slots=True)
class OldPrice:
    """Last price of an asset that a bot holds.

    `known` False: there was never a price, and `at` is the start of the position.
    """

    bot: str
    venue: str
    symbol: str
    at: datetime
    known: bool = True


@dataclass(frozen=True, slots=True)
class Vitals:
    """Health signals by bot.

    `bots`: domain and mode. `unknown`: time since an action's outcome is unknown. `drifting`: time since our record
    differs from the venue's. `sent`: number of actions sent lately, and of those rejected. `prices`: oldest price
    of each held asset.
    """

    bots: Mapping[str, tuple[str, str]]
    unknown: Mapping[str, datetime]
    drifting: Mapping[str, datetime]
    sent: Mapping[str, tuple[int, int]]
    prices: Sequence[OldPrice]


@operation
def read(now: datetime, *, window_s: float) -> Steps[Vitals]:
    """Read the signals. Actions of runs sent within `window_s` seconds count.

    Actions of operators and of the liquidator say nothing about a bot and are left out.
    """
    bots = (yield select(BotRow.id, BotRow.domain, BotRow.mode)).all()
    unknown = yield (
        select(IntentRow.bot_id, func.min(IntentRow.submitted_at).label("since"))
        .where(
            (IntentRow.status == "unknown")
            | ((IntentRow.status == "submitted") & (IntentRow.submitted_at < now - _CALL))
        )
        .group_by(IntentRow.bot_id)
    )
    unknowns = {row.bot_id: row.since or now for row in unknown}
    rejected = func.sum(case((IntentRow.status == "rejected", 1), else_=0))
    sent = yield (
        select(IntentRow.bot_id, func.count().label("sent"), rejected.label("rejected"))
        .where(
            IntentRow.decided_at >= now - timedelta(seconds=window_s),
            IntentRow.submitted_at.is_not(None),
            IntentRow.run_id.is_not(None),
        )
        .group_by(IntentRow.bot_id)
    )
    counts = {row.bot_id: (int(row.sent), int(row.rejected)) for row in sent}
    clean = (
        select(Reconciliation.bot_id, func.max(Reconciliation.id).label("id"))
        .where(Reconciliation.status == "clean")
        .group_by(Reconciliation.bot_id)
        .subquery()
    )
    drifting = yield (
        select(Reconciliation.bot_id, func.min(Reconciliation.at).label("since"))
        .outerjoin(clean, clean.c.bot_id == Reconciliation.bot_id)
        .where(Reconciliation.status == "drift", clean.c.id.is_(None) | (Reconciliation.id > clean.c.id))
        .group_by(Reconciliation.bot_id)
    )
    drifts = {row.bot_id: row.since for row in drifting}
    prices = yield from _prices(now)
    return Vitals({bot.id: (bot.domain, bot.mode) for bot in bots}, unknowns, drifts, counts, prices)


def _prices(now: datetime) -> Steps[list[OldPrice]]:
    held = yield (
        select(
            PositionRow.mode,
            PositionRow.bot_id,
            PositionRow.strategy_id,
            PositionRow.venue,
            PositionRow.symbol,
            PositionRow.quantity,
            MarkRow.at,
        )
        .join(BotRow, (BotRow.id == PositionRow.bot_id) & (BotRow.mode == PositionRow.mode))
        .outerjoin(
            MarkRow,
            (MarkRow.mode == PositionRow.mode)
            & (MarkRow.venue == PositionRow.venue)
            & (MarkRow.symbol == PositionRow.symbol),
        )
        .where(PositionRow.quantity != 0)
    )
    oldest: dict[tuple[str, str, str], OldPrice] = {}
    for row in held.all():
        at = row.at or (yield from _held_since(row, now))
        price = OldPrice(row.bot_id, row.venue, row.symbol, at, row.at is not None)
        asset = (row.bot_id, row.venue, row.symbol)
        if asset not in oldest or at < oldest[asset].at:
            oldest[asset] = price
    return list(oldest.values())


def _held_since(position: Any, now: datetime) -> Steps[datetime]:
    """Return the time when the position was last opened from zero.

    At most a day ago: any price older than that is too old.
    """
    earliest = now - _DAY
    entries = yield (
        select(LedgerEntry.at, LedgerEntry.quantity)
        .where(
            LedgerEntry.mode == position.mode,
            LedgerEntry.bot_id == position.bot_id,
            LedgerEntry.strategy_id == position.strategy_id,
            LedgerEntry.venue == position.venue,
            LedgerEntry.symbol == position.symbol,
            LedgerEntry.at > earliest,
        )
        .order_by(LedgerEntry.id.desc())
    )
    before = position.quantity
    for entry in entries.all():
        before = exact.subtract(before, entry.quantity)
        if not before:
            since: datetime = entry.at
            return since
    return earliest
