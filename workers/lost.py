"""Close runs that history has as running and Redis does not know: their state was lost."""

from __future__ import annotations

from datetime import timedelta

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import to_ms
from argosy.core.event import Event
from argosy.infrastructure.storage import runs

REASON = "the run's state was lost"


def close_lost(runtime: Runtime) -> list[str]:
    """Publish the end of lost runs, for recorder and dashboards; return their ids.

    Safe to repeat: final states do not change. Only runs older than the longest possible run count, so a run
    that is being recorded is left alone.
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
