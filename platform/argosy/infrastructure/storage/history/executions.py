"""Node executions of a run or of a node, and the newest state of every node."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, select

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.engine.stream_position import seq_of
from argosy.infrastructure.storage.models import NodeExecution, NodeStateRow, Run
from argosy.infrastructure.storage.records import NodeExecutionRecord, NodeStateRecord

_COLUMNS = columns_of(NodeExecution, NodeExecutionRecord)
_STATE = columns_of(NodeStateRow, NodeExecutionRecord)

LONGEST_RUN = timedelta(days=2)
"""Time around a run's start in which its nodes are searched.

A longer time would read more partitions.
"""


@operation
def of_run(run_id: str, strategy_id: str | None = None) -> Steps[list[NodeExecutionRecord]]:
    """Return the nodes of the run, or of one strategy instance in it, ordered by start."""
    started: datetime | None = (yield select(Run.started_at).where(Run.id == run_id)).scalar_one_or_none()
    query = _around(select(*_COLUMNS).where(NodeExecution.run_id == run_id), started)
    if strategy_id is not None:
        query = query.where(NodeExecution.strategy_id == strategy_id)
    rows = yield query.order_by(NodeExecution.started_at, NodeExecution.node_id)
    return records_of(NodeExecutionRecord, rows)


@operation
def of_node(run_id: str, node_id: str, strategy_id: str | None = None) -> Steps[NodeExecutionRecord | None]:
    """Return one node of one run. `strategy_id` None means a node of the bot itself."""
    started: datetime | None = (yield select(Run.started_at).where(Run.id == run_id)).scalar_one_or_none()
    query = _around(
        select(*_COLUMNS).where(
            NodeExecution.run_id == run_id,
            NodeExecution.strategy_id == (strategy_id or ""),
            NodeExecution.node_id == node_id,
        ),
        started,
    )
    row = (yield query.order_by(NodeExecution.started_at.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(NodeExecutionRecord, row)


@operation
def history(
    bot_id: str, strategy_id: str | None, node_id: str, *, before: datetime | None = None, limit: int = 100
) -> Steps[list[NodeExecutionRecord]]:
    """Return the executions of one node over all runs, newest first."""
    query = select(*_COLUMNS).where(
        NodeExecution.bot_id == bot_id,
        NodeExecution.strategy_id == (strategy_id or ""),
        NodeExecution.node_id == node_id,
    )
    if before is not None:
        query = query.where(NodeExecution.started_at < before)
    rows = yield query.order_by(NodeExecution.started_at.desc()).limit(limit)
    return records_of(NodeExecutionRecord, rows)


@operation
def latest(bot_id: str, strategy_id: str | None) -> Steps[dict[str, NodeStateRecord]]:
    """Return the newest state and the totals of every node, by node id.

    `strategy_id` None means the nodes of the bot itself.
    """
    query = select(
        *_STATE,
        NodeStateRow.position,
        NodeStateRow.executions,
        NodeStateRow.successes,
        NodeStateRow.skips,
        NodeStateRow.total_time_ms,
    ).where(NodeStateRow.bot_id == bot_id, NodeStateRow.strategy_id == (strategy_id or ""))
    rows = yield query.order_by(NodeStateRow.node_id)
    return {row.node_id: _state(row) for row in rows}


def _around(query: Select[Any], started: datetime | None) -> Select[Any]:
    if started is None:
        return query
    return query.where(NodeExecution.started_at.between(started - LONGEST_RUN, started + LONGEST_RUN))


def _state(row: Any) -> NodeStateRecord:
    values = dict(row._mapping)
    values["strategy_id"] = values["strategy_id"] or None
    own = {name: values.pop(name) for name in ("executions", "successes", "skips", "total_time_ms")}
    seq = seq_of(values.pop("position"))
    return NodeStateRecord(NodeExecutionRecord(**values), seq, **own)
