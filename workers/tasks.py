"""Celery tasks: each only calls the engine, and the run's state has the result."""

from __future__ import annotations

from collections.abc import Mapping

from celery import shared_task
from loguru import logger

from argosy.bootstrap.dispatch import new_run_id
from argosy.core.event import Event, EventType
from argosy.errors import InvalidInput, UnknownNodeType
from argosy.infrastructure.storage.catalog import schedules
from workers.lost import close_lost as close_lost_runs
from workers.process import runtime

_LONGEST_HAND_BACK_S = 30.0
_TURN_S = 0.25
"""Seconds before a tick that waits for another run's end tries again."""


@shared_task(name="argosy.node", ignore_result=True, send_events=False)
def node(run_id: str, key: str) -> None:
    """Run one node of one run.

    The node's outcome is data. Only an unreachable Redis raises, and then the message is redelivered.
    """
    runtime().executor.execute(run_id, key)


@shared_task(name="argosy.run_bot", ignore_result=True)
def run_bot(
    bot_id: str,
    due_ms: int | None = None,
    trigger: str = "schedule",
    run_id: str | None = None,
    handed_back: int = 0,
) -> None:
    """Launch a run of a bot, for a tick of its schedule or a person's request.

    `handed_back` is the number of workers that lacked a node type for this launch.
    """
    ports = runtime()
    try:
        result = ports.launcher.run_bot(bot_id, trigger=trigger, due_ms=due_ms, run_id=run_id)
    except UnknownNodeType as error:
        run_id = run_id or new_run_id(bot_id, ports.clock.now_ms(), due_ms)
        if not _to_another_worker([bot_id, due_ms, trigger, run_id], handed_back, error):
            _skipped(bot_id, run_id, trigger, error)
        return
    except InvalidInput as error:  # no worker can run the workflow
        _skipped(bot_id, run_id or new_run_id(bot_id, ports.clock.now_ms(), due_ms), trigger, error)
        return
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
    _publish("run_skipped", bot_id, result.run_id, data)


def _to_another_worker(arguments: list[object], handed_back: int, error: UnknownNodeType) -> bool:
    """Send the launch to another worker, with a growing delay.

    Returns False once the delays would exceed `engine.run_deadline_s`.
    """
    ports = runtime()
    delay_s = min(2.0**handed_back, _LONGEST_HAND_BACK_S)
    waited_s = sum(min(2.0**n, _LONGEST_HAND_BACK_S) for n in range(handed_back))
    if waited_s + delay_s > ports.settings.engine.run_deadline_s:
        return False
    logger.warning(
        "bot {}: this worker cannot launch it, another may in {:g} s: {}", arguments[0], delay_s, error
    )
    ports.dispatcher.later(str(arguments[3]), [*arguments, handed_back + 1], delay_s=delay_s)
    return True


def _skipped(bot_id: str, run_id: str, trigger: str, error: InvalidInput) -> None:
    """Publish an event and an alarm for a run that cannot start, and log it."""
    logger.error("bot {}: no run: {}", bot_id, error)
    _publish("run_skipped", bot_id, run_id, {"reason": f"{error.code}: {error}"[:500], "trigger": trigger})
    message = f"no run of {bot_id} starts: {error}"[:500]
    _publish("alarm", bot_id, run_id, {"code": error.code, "title": "a run cannot start", "message": message})


def _publish(type_: EventType, bot_id: str, run_id: str, data: Mapping[str, object]) -> None:
    ports = runtime()
    ports.events.publish(
        Event(type=type_, timestamp=ports.clock.now_ms(), bot_id=bot_id, run_id=run_id, data=data)
    )


@shared_task(name="argosy.close_lost", ignore_result=True)
def close_lost() -> None:
    """End runs in history whose state Redis has lost.

    Runs that stand still in Redis are left to the sweep of `Keeper`.
    """
    close_lost_runs(runtime())
