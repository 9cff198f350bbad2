"""Daily partitions of node executions: created ahead, dropped after retention."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text

from argosy.infrastructure.storage.engine.operation import Steps, operation

TABLE = "node_executions"
_DELETED_AT_ONCE = 20_000
_DAYS_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Maintained:
    """Outcome of one pass. `more`: old rows are left for the next pass."""

    made: list[str]
    dropped: list[str]
    deleted: dict[str, int]
    keep_from: date

    @property
    def more(self) -> bool:
        return any(count >= _DELETED_AT_ONCE for count in self.deleted.values())


def name_of(day: date) -> str:
    return f"{TABLE}_p{day:%Y%m%d}"


@operation
def existing() -> Steps[list[date]]:
    """Return the days that have a partition, in order."""
    rows = yield text(
        "SELECT relname FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = CAST(:t AS regclass)"
    ).bindparams(t=TABLE)
    days = [datetime.strptime(row.relname[-8:], "%Y%m%d").replace(tzinfo=UTC).date() for row in rows]
    return sorted(days)


@operation
def ensure(days: Iterable[date]) -> Steps[list[str]]:
    """Create the missing partitions and return their names."""
    have = set((yield from existing().steps()))
    made = []
    for day in sorted(set(days) - have):
        yield text("SELECT pg_advisory_xact_lock(hashtextextended(:t, 0))").bindparams(t=TABLE)
        # The bounds are our own dates, not user input; DDL takes no parameters.
        yield text(
            f"CREATE TABLE IF NOT EXISTS {name_of(day)} PARTITION OF {TABLE} "
            f"FOR VALUES FROM ('{day} 00:00:00+00') TO ('{day + timedelta(days=1)} 00:00:00+00')"
        )
        made.append(name_of(day))
    return made


@operation
def maintain(
    now: datetime, *, retention_days: int, ahead_days: int = 3, keep_from: date | None = None
) -> Steps[Maintained]:
    """Create the coming days' partitions, drop expired ones, delete old runs and log rows.

    One call drops at most the two oldest days: a clock that is a year fast for a moment must not cost the whole
    history. Further calls for the same hour pass the `keep_from` of the first call.

    Actions, metrics and parameter changes are an audit trail and stay. If a lock takes longer than two seconds, the
    pass ends without a change; the next pass tries again.
    """
    yield text("SET LOCAL lock_timeout = '2s'")
    today = now.astimezone(UTC).date()
    made = yield from ensure(today + timedelta(days=n) for n in range(-1, ahead_days + 1)).steps()
    days = yield from existing().steps()
    if keep_from is None:
        keep_from = today - timedelta(days=retention_days)
        if days:
            keep_from = min(keep_from, days[0] + timedelta(days=_DAYS_AT_ONCE))
    dropped = []
    for day in days:
        if day < keep_from:
            yield text(f"DROP TABLE {name_of(day)}")
            dropped.append(name_of(day))
    cutoff = datetime.combine(keep_from, datetime.min.time(), UTC)
    deleted = {}
    for table, age in _OLD:
        # Table and condition are constants of this module.
        statement = (
            f"DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE {age} LIMIT :most))"  # noqa: S608
        )
        deleted[table] = (yield text(statement).bindparams(cutoff=cutoff, most=_DELETED_AT_ONCE)).rowcount
    return Maintained(made, dropped, deleted, keep_from)


_OLD = (
    ("opportunities", "run_id IN (SELECT id FROM runs WHERE started_at < :cutoff)"),
    ("strategy_runs", "started_at < :cutoff"),
    (
        "events_log",
        "position < CAST(extract(epoch FROM CAST(:cutoff AS timestamptz)) * 1000 AS bigint) << 20",
    ),
    (
        "runs",
        "started_at < :cutoff AND NOT EXISTS (SELECT FROM opportunities o WHERE o.run_id = runs.id)",
    ),
)
"""Tables deleted by age, with the condition. A run goes after the rows that refer to it."""
