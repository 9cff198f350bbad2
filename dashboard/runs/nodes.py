"""State of a node, from an event, from history or from the run's own state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

import orjson

from argosy.core.clock import from_ms
from argosy.core.event import Event
from argosy.graph.runs import NodeSnapshot
from argosy.infrastructure.storage.records import NodeExecutionRecord, NodeStateRecord
from dashboard.runs.wire import NodeFailure, NodeState, NodeStatus

_STATUSES = frozenset({"pending", "running", "success", "failed", "skipped", "cancelled"})


def of_event(event: Event) -> NodeState:
    data = event.data
    started = data.get("startedAt")
    return NodeState(
        node_id=event.node_id or "",
        strategy_id=event.strategy_id,
        run_id=event.run_id,
        type=data.get("type"),
        status=status_of(data.get("status")),
        attempt=int(data.get("attempt") or 1),
        started_at=from_ms(int(started)) if started is not None else from_ms(event.timestamp),
        execution_time_ms=data.get("executionTimeMs"),
        outputs=_object(data.get("outputs")) or {},
        inputs=_object(data.get("inputs")),
        truncated=bool(data.get("truncated")),
        tweaked=bool(data.get("tweaked")),
        error=error_of(data.get("error")),
        reason=data.get("reason"),
        branch=data.get("branch"),
        worker=data.get("worker"),
    )


def of_record(record: NodeExecutionRecord) -> NodeState:
    return NodeState(
        node_id=record.node_id,
        strategy_id=record.strategy_id,
        run_id=record.run_id,
        type=record.type,
        status=status_of(record.status),
        attempt=record.attempt,
        started_at=record.started_at,
        execution_time_ms=record.execution_time_ms,
        outputs=dict(record.outputs or {}),
        inputs=None if record.inputs is None else dict(record.inputs),
        truncated=record.truncated,
        tweaked=record.tweaked,
        error=error_of(record.error),
        reason=record.reason,
        branch=record.branch,
        worker=record.worker,
    )


def of_latest(record: NodeStateRecord) -> NodeState:
    return of_record(record.last).model_copy(
        update={"executions": record.executions, "success_rate": record.success_rate}
    )


def of_snapshot(run_id: str, node: NodeSnapshot, type: str | None = None) -> NodeState:
    """Return a node's state from the run's own state, with complete outputs."""
    strategy, _, node_id = node.key.rpartition("/")
    return NodeState(
        node_id=node_id,
        strategy_id=strategy or None,
        run_id=run_id,
        type=type,
        status=status_of(node.status.value),
        attempt=node.attempt,
        started_at=None if node.started_ms is None else from_ms(node.started_ms),
        execution_time_ms=node.execution_ms,
        outputs={} if node.outputs is None else orjson.loads(node.outputs),
        inputs=None,
        truncated=False,
        tweaked=False,
        error=None,
        reason=node.reason,
        branch=node.branch,
        worker=node.worker,
    )


def status_of(status: Any) -> NodeStatus:
    """Return the status on the wire; a node that waits for its next attempt is running."""
    if status in _STATUSES:
        return cast("NodeStatus", status)
    return "running" if status == "retrying" else "pending"


def error_of(error: Mapping[str, Any] | str | None) -> NodeFailure | None:
    if not error:
        return None
    if isinstance(error, str):
        return NodeFailure(code="node_failed", message=error)
    found = error.get("traceback")
    return NodeFailure(
        code=str(error.get("code", "node_failed")),
        message=str(error.get("message", "")),
        traceback=found if isinstance(found, str) else None,
    )


def newer(first: datetime | None, second: datetime | None) -> bool:
    """Return True if `first` is later than `second`; a missing time is the earliest."""
    return first is not None and (second is None or first > second)


def _object(value: Any) -> dict[str, Any] | None:
    """Return the value as an object; a preview cut to a text gets the name `preview`."""
    if value is None or isinstance(value, dict):
        return value
    return {"preview": value}
