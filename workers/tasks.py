"""The tasks. All that they do is hand over to the engine; results live in the run's state."""

from __future__ import annotations

from celery import shared_task
from loguru import logger

from argosy.core.event import Event
from argosy.infrastructure.storage import schedules
from workers.lost import close_lost as close_lost_runs
from workers.process import runtime

_TURN_S = 0.25
"""How long a tick that waits for the end of another run waits before it asks again."""


@shared_task(name="argosy.node", ignore_result=True, send_events=False)
def node(run_id: str, key: str) -> None:
    """One node of one run. Its outcome is data; only an unreachable Redis raises, and then it is redelivered."""
    runtime().executor.execute(run_id, key)


@shared_task(name="argosy.run_bot", ignore_result=True)
def run_bot(
    bot_id: str, due_ms: int | None = None, trigger: str = "schedule", run_id: str | None = None
) -> None:
    """Launches a run of a bot: a tick of its schedule, or asked for by a person."""
    ports = runtime()
    result = ports.launcher.run_bot(bot_id, trigger=trigger, due_ms=due_ms, run_id=run_id)
    if result.started or result.reason == "duplicate":
        return
    if result.waits:
        ports.dispatcher.later(result.run_id, [bot_id, due_ms, trigger, result.run_id], delay_s=_TURN_S)
        return
    logger.info("bot {}: no run ({})", bot_id, result.reason)
    if result.reason == "overlap" and trigger == "schedule":
        ports.database.run(schedules.count_skipped(bot_id))
    data = {"reason": result.reason, "trigger": trigger}
    if result.active_run is not None:
        data["activeRun"] = result.active_run
    ports.events.publish(
        Event(
            type="run_skipped",
            timestamp=ports.clock.now_ms(),
            bot_id=bot_id,
            run_id=result.run_id,
            data=data,
        )
    )


@shared_task(name="argosy.close_lost", ignore_result=True)
def close_lost() -> None:
    """Ends in history what Redis has lost; what stands still in Redis is the keeper's sweep."""
    close_lost_runs(runtime())
