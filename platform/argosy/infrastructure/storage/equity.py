"""Equity curves, and the levels that loss is measured from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal

from sqlalchemy import func, select, text, true
from sqlalchemy.dialects.postgresql import distinct_on, insert

from argosy.core.equity import Levels, drawdown, local_day, midnight, moved
from argosy.core.portfolio import Summary
from argosy.infrastructure.storage.models import EquityLevel, EquityPoint
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.rows import columns_of, record_of, records_of

DAY, WEEK, MONTH = timedelta(days=1), timedelta(days=7), timedelta(days=31)
AT_ONCE = timedelta(minutes=1)
"""Looks this close to each other are of several workers at once; further back, a clock was set."""

_BATCH = 500


@dataclass(frozen=True, slots=True)
class PointRecord:
    """One point of the curve of a scope, in base currency; `drawdown` is a fraction of `high_water`."""

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
_LEVELS = columns_of(EquityLevel, Levels)


@operation
def sample(mode: str, now: datetime, zone: tzinfo, found: Mapping[str, Summary]) -> Steps[int]:
    """Writes a point of each scope and moves its levels; returns how many points are new. Days end in `zone`.

    Levels that were moved at `now` or a little later (`AT_ONCE`) stay as they are: of two samples at once the newer
    one counts. A clock that was set back further stops nothing.
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
        level = moved(before.get(scope), summary, day)
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
def levels(mode: str) -> Steps[dict[str, Levels]]:
    """By scope, as they were at the last look."""
    rows = yield select(EquityLevel.scope, *_LEVELS).where(EquityLevel.mode == mode)
    return {r.scope: Levels(r.high_water, r.day, r.day_start_equity, r.capital) for r in rows}


@operation
def levels_at(mode: str, now: datetime, zone: tzinfo) -> Steps[dict[str, Levels]]:
    """By scope, in the local day of `now`: whoever looks first in a day sees it start with the last equity that is
    known from before it, and not with that of the day before.

    A start of another day, or one that was taken later than now, says nothing: the clock was wrong then or is now. The
    start of this day is found again from the points before its midnight, so a wrong look leaves nothing behind.
    """
    rows = (
        yield select(EquityLevel.scope, EquityLevel.updated_at, *_LEVELS).where(EquityLevel.mode == mode)
    ).all()
    found = {r.scope: Levels(r.high_water, r.day, r.day_start_equity, r.capital) for r in rows}
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
        elif level.day > day:  # its first day, which starts with the capital
            found[scope] = level.begun(day, level.capital, level.capital)
    return found


@operation
def curve(
    scope: str, mode: str, since: datetime, until: datetime, limit: int = 10_000
) -> Steps[list[PointRecord]]:
    """Points in [since, until), oldest first; the newest `limit` of them."""
    query = select(*_COLUMNS).where(
        EquityPoint.scope == scope, EquityPoint.mode == mode, EquityPoint.at >= since, EquityPoint.at < until
    )
    found = records_of(PointRecord, (yield query.order_by(EquityPoint.at.desc()).limit(limit)))
    return found[::-1]


@operation
def series(
    scope: str, mode: str, since: datetime, until: datetime, *, step: timedelta
) -> Steps[list[PointRecord]]:
    """One point (the last) of each `step` in [since, until), oldest first: what a chart draws."""
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
    """Keeps the first point of each minute past a day, and of each quarter of an hour past a week.

    Looks back a month; what an outage longer than that has left finer stays so. Returns how many went.
    """
    gone = (yield _THIN.bindparams(step=timedelta(minutes=1), since=now - WEEK, until=now - DAY)).rowcount
    old = yield _THIN.bindparams(step=timedelta(minutes=15), since=now - MONTH, until=now - WEEK)
    return gone + int(old.rowcount)
