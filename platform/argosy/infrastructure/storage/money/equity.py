"""Equity curves, and the levels from which drawdown and daily loss are measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from sqlalchemy import func, select, text, true
from sqlalchemy.dialects.postgresql import distinct_on, insert

from argosy.core.money.equity import EquityLevels, drawdown, local_day, midnight, observe_equity
from argosy.core.money.portfolio import Summary
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import EquityLevel, EquityPoint

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=31)
AT_ONCE = timedelta(minutes=1)
"""Largest clock difference treated as simultaneous samples of several workers.

A larger step back means that a clock was set back.
"""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class PointRecord:
    """Point of an equity curve, in base currency. `drawdown` is a fraction of `high_water`."""

    scope: str
    mode: str
    at: datetime
    capital: Decimal
    cash: Decimal
    equity: Decimal
    realised: Decimal
    unrealised: Decimal
    fees: Decimal
    high_water: Decimal
    drawdown: Decimal


_COLUMNS = columns_of(EquityPoint, PointRecord)
_LEVELS = columns_of(EquityLevel, EquityLevels)


@operation
def sample(mode: str, now: datetime, zone: tzinfo, found: Mapping[str, Summary]) -> Steps[int]:
    """Write an equity point per scope, update its levels, and return the number of new points.

    Days end at midnight in `zone`. Levels dated from `now` until one minute later (`AT_ONCE`) stay as they are: of
    two simultaneous samples the newer one counts. A clock set back by more does not stop sampling.
    """
    if not found:
        return 0
    yield select(func.pg_advisory_xact_lock(func.hashtextextended(f"equity {mode}", 0)))
    query = select(EquityLevel.scope, EquityLevel.updated_at).where(EquityLevel.mode == mode)
    looked = {row.scope: row.updated_at for row in (yield query)}
    before = yield from levels_at(mode, now, zone).steps()
    day = local_day(now, zone)
    points, after = [], []
    for scope, summary in sorted(found.items()):
        if scope in looked and now <= looked[scope] < now + AT_ONCE:
            continue
        level = observe_equity(before.get(scope), summary, day)
        after.append({"scope": scope, "mode": mode, "updated_at": now} | asdict(level))
        points.append(
            {
                "scope": scope,
                "mode": mode,
                "at": now,
                "capital": summary.capital,
                "cash": summary.cash,
                "equity": summary.equity,
                "realised": summary.realised,
                "unrealised": summary.unrealised,
                "fees": summary.fees,
                "high_water": level.high_water,
                "drawdown": drawdown(level.high_water, summary.equity),
            }
        )
    for start in range(0, len(points), _BATCH):
        yield insert(EquityPoint).values(points[start : start + _BATCH]).on_conflict_do_nothing()
        statement = insert(EquityLevel).values(after[start : start + _BATCH])
        moving = ("high_water", "day", "day_start_equity", "capital", "updated_at")
        yield statement.on_conflict_do_update(
            index_elements=[EquityLevel.scope, EquityLevel.mode],
            set_={name: statement.excluded[name] for name in moving},
        )
    return len(points)


@operation
def levels(mode: str) -> Steps[dict[str, EquityLevels]]:
    """Return the levels by scope, as of the last sample."""
    rows = yield select(EquityLevel.scope, *_LEVELS).where(EquityLevel.mode == mode)
    return {r.scope: EquityLevels(r.high_water, r.day, r.day_start_equity, r.capital) for r in rows}


@operation
def levels_at(mode: str, now: datetime, zone: tzinfo) -> Steps[dict[str, EquityLevels]]:
    """Return the levels by scope for the local day of `now`.

    The first read of a day starts the day with the last known equity from before midnight.

    A stored start of another day, or from after `now`, is ignored: a clock was or is wrong. The start of this day
    is then computed again from the points before midnight. So one wrong sample has no lasting effect.
    """
    rows = (
        yield select(EquityLevel.scope, EquityLevel.updated_at, *_LEVELS).where(EquityLevel.mode == mode)
    ).all()
    found = {r.scope: EquityLevels(r.high_water, r.day, r.day_start_equity, r.capital) for r in rows}
    day, starts = local_day(now, zone), midnight(now, zone)
    others = [r.scope for r in rows if r.day != day or r.updated_at >= now + AT_ONCE]
    if not others:
        return found
    last = (
        select(EquityPoint.equity, EquityPoint.capital)
        .where(EquityPoint.scope == EquityLevel.scope, EquityPoint.mode == mode, EquityPoint.at < starts)
        .order_by(EquityPoint.at.desc())
        .limit(1)
        .lateral()
    )
    query = select(EquityLevel.scope, last.c.equity, last.c.capital).join(last, true())
    before = {
        row.scope: row for row in (yield query.where(EquityLevel.mode == mode, EquityLevel.scope.in_(others)))
    }
    for scope in others:
        level, row = found[scope], before.get(scope)
        if row is not None:
            found[scope] = level.begun(day, row.equity, row.capital)
        elif level.day > day:  # the scope's first day, which starts with the capital
            found[scope] = level.begun(day, level.capital, level.capital)
    return found


@operation
def curve(
    scope: str, mode: str, since: datetime, until: datetime, limit: int = 10_000
) -> Steps[list[PointRecord]]:
    """Return points in [since, until), oldest first; at most the newest `limit` points."""
    query = select(*_COLUMNS).where(
        EquityPoint.scope == scope, EquityPoint.mode == mode, EquityPoint.at >= since, EquityPoint.at < until
    )
    found = records_of(PointRecord, (yield query.order_by(EquityPoint.at.desc()).limit(limit)))
    return found[::-1]


@operation
def series(
    scope: str, mode: str, since: datetime, until: datetime, *, step: timedelta
) -> Steps[list[PointRecord]]:
    """Return the last point of each `step` in [since, until), oldest first, for charts."""
    place = func.date_bin(step, EquityPoint.at, since)
    query = (
        select(*_COLUMNS)
        .ext(distinct_on(place))
        .where(
            EquityPoint.scope == scope,
            EquityPoint.mode == mode,
            EquityPoint.at >= since,
            EquityPoint.at < until,
        )
        .order_by(place, EquityPoint.at.desc())
    )
    return records_of(PointRecord, (yield query))


@operation
def last_before(scope: str, mode: str, moment: datetime) -> Steps[PointRecord | None]:
    query = select(*_COLUMNS).where(
        EquityPoint.scope == scope, EquityPoint.mode == mode, EquityPoint.at < moment
    )
    row = (yield query.order_by(EquityPoint.at.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(PointRecord, row)


_THIN = text(
    """
    DELETE FROM equity_points point USING (
        SELECT scope, mode, at,
               row_number() OVER (PARTITION BY scope, mode, date_bin(:step, at, 'epoch'::timestamptz) ORDER BY at) AS place
        FROM equity_points WHERE at >= :since AND at < :until
    ) placed
    WHERE placed.place > 1 AND point.scope = placed.scope AND point.mode = placed.mode AND point.at = placed.at
    """
)


@operation
def thin(now: datetime) -> Steps[int]:
    """Thin out old equity points and return the number of deleted points.

    After a day one point per minute stays, after a week one per 15 minutes (the first of each). Only the last 31
    days are examined: points left by a longer outage stay.
    """
    gone = (yield _THIN.bindparams(step=timedelta(minutes=1), since=now - WEEK, until=now - DAY)).rowcount
    old = yield _THIN.bindparams(step=timedelta(minutes=15), since=now - MONTH, until=now - WEEK)
    return gone + int(old.rowcount)
