"""Runs that history knows as running and Redis does not know at all: their state was lost with its memory."""

from __future__ import annotations

from datetime import timedelta

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.infrastructure.storage import runs

REASON = "the run's state was lost"


def close_lost(runtime: Runtime) -> list[str]:
    """Publishes their end, for recorder and dashboards; returns their ids. Safe to repeat: final states absorb.

    Only runs that are older than any run may be are looked at, so none that is being recorded is hit.
    """
    now = runtime.clock.now()
    oldest = now - timedelta(seconds=runtime.settings.engine.run_deadline_s + 60)
    closed: list[str] = []
    for run in runtime.database.run(runs.unfinished(started_before=oldest)):
        if runtime.runs.meta(run.id) is not None:
            continue
        runtime.events.publish(
            Event(
                type="run_finished",
                timestamp=to_ms(now),
                bot_id=run.bot_id,
                run_id=run.id,
                data={
                    "status": "failed",
                    "reason": REASON,
                    "correlationId": run.correlation_id,
                    "startedAt": to_ms(run.started_at),
                    "durationMs": to_ms(now) - to_ms(run.started_at),
                    "counts": dict(run.counts),
                    "opportunities": run.opportunities,
                    "actions": run.actions,
                },
            )
        )
        logger.warning("run {} was closed: {}", run.id, REASON)
        closed.append(run.id)
    return closed
