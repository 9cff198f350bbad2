"""Runs of bots, and of strategy instances in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, or_, select, tuple_

from argosy.errors import NotFound
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import Run, StrategyRun
from argosy.infrastructure.storage.records import RunRecord, StrategyRunRecord

_COLUMNS = columns_of(Run, RunRecord)

Before = tuple[datetime, str]
"""Cursor of the next page: (`started_at`, `id`) of the last run shown."""


@operation
def get(run_id: str) -> Steps[RunRecord]:
    """Return the run.

    Raises NotFound, also for a run newer than the recorder's last batch.
    """
    row = (yield select(*_COLUMNS).where(Run.id == run_id)).one_or_none()
    if row is None:
        raise NotFound("there is no such run in the history", found=run_id)
    return record_of(RunRecord, row)


@operation
def newest(
    *,
    bot_id: str | None = None,
    status: str | None = None,
    before: Before | None = None,
    limit: int = 100,
) -> Steps[list[RunRecord]]:
    """Return runs, newest first; `before` fetches the next page."""
    query = select(*_COLUMNS)
    if bot_id is not None:
        query = query.where(Run.bot_id == bot_id)
    if status is not None:
        query = query.where(Run.status == status)
    if before is not None:
        query = query.where(tuple_(Run.started_at, Run.id) < tuple_(*before))
    rows = yield query.order_by(Run.started_at.desc(), Run.id.desc()).limit(limit)
    return records_of(RunRecord, rows)


@operation
def last_of_each(bot_ids: Sequence[str]) -> Steps[dict[str, RunRecord]]:
    """Return the newest run of each bot that has one."""
    found = yield from newest_of_each(bot_ids, 1).steps()
    return {bot_id: runs[0] for bot_id, runs in found.items() if runs}


@operation
def newest_of_each(bot_ids: Sequence[str], limit: int) -> Steps[dict[str, list[RunRecord]]]:
    """Return the newest runs of each bot, newest first."""
    found: dict[str, list[RunRecord]] = {}
    for bot_id in bot_ids:
        query = select(*_COLUMNS).where(Run.bot_id == bot_id)
        rows = yield query.order_by(Run.started_at.desc(), Run.id.desc()).limit(limit)
        found[bot_id] = records_of(RunRecord, rows)
    return found


@operation
def of_strategy(
    bot_id: str, strategy_id: str, *, before: Before | None = None, limit: int = 100
) -> Steps[list[StrategyRunRecord]]:
    """Return the runs of a strategy instance with its own counts, newest first."""
    query: Select[Any] = (
        select(
            *_COLUMNS,
            StrategyRun.success.label("own_success"),
            StrategyRun.failed.label("own_failed"),
            StrategyRun.skipped.label("own_skipped"),
            StrategyRun.cancelled.label("own_cancelled"),
            StrategyRun.opportunities.label("own_opportunities"),
            StrategyRun.actions.label("own_actions"),
        )
        .join(Run, Run.id == StrategyRun.run_id)
        .where(StrategyRun.bot_id == bot_id, StrategyRun.strategy_id == strategy_id)
    )
    if before is not None:
        at, run_id = before
        query = query.where(
            or_(StrategyRun.started_at < at, and_(StrategyRun.started_at == at, StrategyRun.run_id < run_id))
        )
    rows = yield query.order_by(StrategyRun.started_at.desc(), StrategyRun.run_id.desc()).limit(limit)
    return [_strategy_run(row, strategy_id) for row in rows]


@operation
def unfinished(*, started_before: datetime, limit: int = 1000) -> Steps[list[RunRecord]]:
    """Return runs without an end that started before the given time, oldest first."""
    query = select(*_COLUMNS).where(Run.status == "running", Run.started_at < started_before)
    rows = yield query.order_by(Run.started_at).limit(limit)
    return records_of(RunRecord, rows)


def _strategy_run(row: Any, strategy_id: str) -> StrategyRunRecord:
    values = dict(row._mapping)
    own = {name: values.pop(f"own_{name}") for name in ("success", "failed", "skipped", "cancelled")}
    found, acted = values.pop("own_opportunities"), values.pop("own_actions")
    return StrategyRunRecord(RunRecord(**values), strategy_id, own, found, acted)
