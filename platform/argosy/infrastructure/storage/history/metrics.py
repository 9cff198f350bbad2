"""Figures of bots and strategies over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import Metric
from argosy.infrastructure.storage.records import MetricRecord

_COLUMNS = columns_of(Metric, MetricRecord)


@operation
def latest(bot_id: str, strategy_id: str | None = None) -> Steps[MetricRecord | None]:
    """Return the newest point of a strategy instance; `strategy_id` None means the bot itself."""
    query = select(*_COLUMNS).where(Metric.bot_id == bot_id, Metric.strategy_id == (strategy_id or ""))
    row = (yield query.order_by(Metric.position.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(MetricRecord, row)


@operation
def latest_of_each(
    keys: Sequence[tuple[str, str | None]],
) -> Steps[dict[tuple[str, str | None], MetricRecord]]:
    """Return the newest point of each (bot, strategy or None) that has one."""
    found: dict[tuple[str, str | None], MetricRecord] = {}
    for bot_id, strategy_id in keys:
        query = select(*_COLUMNS).where(Metric.bot_id == bot_id, Metric.strategy_id == (strategy_id or ""))
        row = (yield query.order_by(Metric.position.desc()).limit(1)).one_or_none()
        if row is not None:
            found[bot_id, strategy_id] = record_of(MetricRecord, row)
    return found


@operation
def series(
    bot_id: str,
    strategy_id: str | None = None,
    *,
    since: datetime,
    until: datetime,
    step_s: float = 60.0,
) -> Steps[list[MetricRecord]]:
    """Return the last point of each `step_s` seconds, oldest first, for charts."""
    bucket = func.floor(func.extract("epoch", Metric.at) / step_s)
    query = (
        select(*_COLUMNS)
        .ext(distinct_on(bucket))
        .where(
            Metric.bot_id == bot_id,
            Metric.strategy_id == (strategy_id or ""),
            Metric.at >= since,
            Metric.at < until,
        )
        .order_by(bucket, Metric.position.desc())
    )
    return records_of(MetricRecord, (yield query))
