"""Close runs that history has as running but that have ended or lost their state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.graph.runs import RunSnapshot
from argosy.infrastructure.storage.history import runs
from argosy.infrastructure.storage.records import RunRecord

REASON = "the run's state was lost"


def close_lost(runtime: Runtime) -> list[str]:
    """Publish the end of runs that history still has as running, and return their ids.

    Two kinds of runs are closed. Redis lost the state of some. For others, a restored database lost the end,
    which Redis still has. Recorder and dashboards read the published event.

    Safe to repeat: final states do not change. Only runs older than the longest possible run count, so a run
    that is being recorded is left alone.
    """
    now = runtime.clock.now()
    oldest = now - timedelta(seconds=runtime.settings.engine.run_deadline_s + 60)
    closed: list[str] = []
    for run in runtime.database.run(runs.unfinished(started_before=oldest)):
        known = runtime.runs.snapshot(run.id)
        if known is not None and known.status == "running":
            continue
        end = _lost(run) if known is None else _known(known)
        ended_ms = to_ms(now) if known is None or known.finished_ms is None else known.finished_ms
        runtime.events.publish(
            Event(
                type="run_finished",
                timestamp=to_ms(now),
                bot_id=run.bot_id,
                run_id=run.id,
                data={
                    **end,
                    "correlationId": run.correlation_id,
                    "startedAt": to_ms(run.started_at),
                    "durationMs": ended_ms - to_ms(run.started_at),
                },
            )
        )
        logger.warning(
            "run {} was closed as {}: {}", run.id, end["status"], end["reason"] or "history lost its end"
        )
        closed.append(run.id)
    return closed


def _lost(run: RunRecord) -> dict[str, Any]:
    return {
        "status": "failed",
        "reason": REASON,
        "counts": dict(run.counts),
        "opportunities": run.opportunities,
        "actions": run.actions,
    }


def _known(snapshot: RunSnapshot) -> dict[str, Any]:
    return {
        "status": snapshot.status,
        "reason": snapshot.reason,
        "counts": dict(snapshot.counts),
        "opportunities": snapshot.opportunities,
        "actions": snapshot.actions,
    }
