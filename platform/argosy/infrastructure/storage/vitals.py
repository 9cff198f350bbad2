"""Signs by which the guard judges how bots are doing, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select

from argosy.core import exact
from argosy.infrastructure.storage.models import (
    Bot,
    Intent,
    LedgerEntry,
    MarkRow,
    PositionRow,
    Reconciliation,
)
from argosy.infrastructure.storage.operation import Steps, operation

_DAY = timedelta(days=1)
_CALL = timedelta(seconds=60)
"""A call that began longer ago has ended: its action is as unknown as if that had been noted."""


@dataclass(frozen=True, slots=True)
class OldPrice:
    """The last price of an asset that a bot holds; where it never had one, `at` is since when it is held."""

    bot: str
    venue: str
    symbol: str
    at: datetime
    known: bool = True


@dataclass(frozen=True, slots=True)
class Vitals:
    """By bot: domain and mode; since when the fate of an action is not known; since when our record differs from
    the venue's; how many actions were sent lately and how many of them rejected."""

    bots: Mapping[str, tuple[str, str]]
    unknown: Mapping[str, datetime]
    drifting: Mapping[str, datetime]
    sent: Mapping[str, tuple[int, int]]
    prices: Sequence[OldPrice]


@operation
def read(now: datetime, *, window_s: float) -> Steps[Vitals]:
    """`window_s`: actions of runs sent within it count; what operators and the liquidator send says nothing of
    a bot."""
    bots = (yield select(Bot.id, Bot.domain, Bot.mode)).all()
    unknown = yield (
        select(Intent.bot_id, func.min(Intent.submitted_at).label("since"))
        .where(
            (Intent.status == "unknown")
            | ((Intent.status == "submitted") & (Intent.submitted_at < now - _CALL))
        )
        .group_by(Intent.bot_id)
    )
    unknowns = {row.bot_id: row.since or now for row in unknown}
    rejected = func.sum(case((Intent.status == "rejected", 1), else_=0))
    sent = yield (
        select(Intent.bot_id, func.count().label("sent"), rejected.label("rejected"))
        .where(
            Intent.decided_at >= now - timedelta(seconds=window_s),
            Intent.submitted_at.is_not(None),
            Intent.run_id.is_not(None),
        )
        .group_by(Intent.bot_id)
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
        .join(Bot, (Bot.id == PositionRow.bot_id) & (Bot.mode == PositionRow.mode))
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
    """When the position was last begun from nothing; a day ago where that is longer ago: any price would be old."""
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
