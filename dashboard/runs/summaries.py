"""Summaries of runs, from history, from the run's own state and from events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from argosy.core.clock import from_ms
from argosy.core.event import Event
from argosy.graph.runs import RunSnapshot
from argosy.infrastructure.storage.records import RunRecord, StrategyRunRecord
from dashboard.runs.wire import RunCounts, RunStatus, RunSummary

_FINAL = frozenset({"success", "failed", "cancelled"})


def final(status: str) -> bool:
    return status in _FINAL


def of_record(record: RunRecord) -> RunSummary:
    return RunSummary(
        id=record.id,
        bot_id=record.bot_id,
        kind="strategy" if record.kind == "strategy" else "bot",
        trigger=record.trigger,
        status=_status(record.status),
        reason=record.reason,
        correlation_id=record.correlation_id,
        scheduled_at=record.scheduled_at,
        started_at=record.started_at,
        finished_at=record.finished_at,
        duration_ms=record.duration_ms,
        counts=counts_of(record.counts),
        opportunities=record.opportunities,
        actions=record.actions,
    )


def of_strategy(record: StrategyRunRecord) -> RunSummary:
    return as_strategy(of_record(record.run), counts_of(record.counts), record.opportunities, record.actions)


def as_strategy(run: RunSummary, counts: RunCounts, opportunities: int, actions: int) -> RunSummary:
    """Return the run as one strategy instance saw it.

    A run that failed or was cancelled only in other nodes is a success here.
    """
    innocent = run.status in ("failed", "cancelled") and counts.failed == counts.cancelled == 0
    return run.model_copy(
        update={
            "counts": counts,
            "opportunities": opportunities,
            "actions": actions,
            **({"status": "success", "reason": None} if innocent else {}),
        }
    )


def of_snapshot(run: RunSnapshot) -> RunSummary:
    meta = run.meta
    return RunSummary(
        id=meta.run_id,
        bot_id=meta.bot_id,
        kind="strategy" if meta.kind == "strategy" else "bot",
        trigger=meta.trigger,
        status=_status(run.status),
        reason=run.reason,
        correlation_id=meta.correlation_id,
        scheduled_at=None if meta.due_ms is None else from_ms(meta.due_ms),
        started_at=from_ms(meta.started_ms),
        finished_at=None if run.finished_ms is None else from_ms(run.finished_ms),
        duration_ms=None if run.finished_ms is None else float(run.finished_ms - meta.started_ms),
        counts=counts_of(run.counts),
        opportunities=run.opportunities,
        actions=run.actions,
    )


def of_started(event: Event) -> RunSummary:
    data = event.data
    due = data.get("scheduledAt")
    return RunSummary(
        id=event.run_id or "",
        bot_id=event.bot_id or "",
        kind="strategy" if data.get("kind") == "strategy" else "bot",
        trigger=str(data.get("trigger", "schedule")),
        status="running",
        reason=None,
        correlation_id=data.get("correlationId"),
        scheduled_at=None if due is None else from_ms(int(due)),
        started_at=from_ms(int(data.get("startedAt") or event.timestamp)),
        finished_at=None,
        duration_ms=None,
        counts=RunCounts(),
        opportunities=0,
        actions=0,
    )


def apply_end(run: RunSummary, event: Event) -> RunSummary:
    data = event.data
    return run.model_copy(
        update={
            "status": _status(str(data.get("status"))),
            "reason": data.get("reason"),
            "finished_at": from_ms(event.timestamp),
            "duration_ms": data.get("durationMs"),
            "counts": counts_of(data.get("counts") or {}),
            "opportunities": int(data.get("opportunities") or 0),
            "actions": int(data.get("actions") or 0),
        }
    )


def counts_of(counts: Mapping[str, Any]) -> RunCounts:
    return RunCounts(**{name: int(counts.get(name) or 0) for name in RunCounts.model_fields})


def _status(status: str) -> RunStatus:
    return cast("RunStatus", status) if final(status) else "running"
