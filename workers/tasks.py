"""The tasks. All that they do is hand over to the engine; results live in the run's state."""

from __future__ import annotations

from collections.abc import Mapping

from celery import shared_task
from loguru import logger

from argosy.bootstrap.dispatch import new_run_id
from argosy.core.event import Event, EventType
from argosy.errors import InvalidInput, UnknownNodeType
from argosy.infrastructure.storage import schedules
from workers.lost import close_lost as close_lost_runs
from workers.process import runtime

_LONGEST_HAND_BACK_S = 30.0
_TURN_S = 0.25
"""How long a tick that waits for the end of another run waits before it asks again."""


@shared_task(name="argosy.node", ignore_result=True, send_events=False)
def node(run_id: str, key: str) -> None:
    """One node of one run. Its outcome is data; only an unreachable Redis raises, and then it is redelivered."""
    runtime().executor.execute(run_id, key)


@shared_task(name="argosy.run_bot", ignore_result=True)
def run_bot(
    bot_id: str,
    due_ms: int | None = None,
    trigger: str = "schedule",
    run_id: str | None = None,
    handed_back: int = 0,
) -> None:
    """Launches a run of a bot: a tick of its schedule, or asked for by a person.

    `handed_back` counts workers that could not, for want of a node type.
    """
    ports = runtime()
    try:
        result = ports.launcher.run_bot(bot_id, trigger=trigger, due_ms=due_ms, run_id=run_id)
    except UnknownNodeType as error:
        run_id = run_id or new_run_id(bot_id, ports.clock.now_ms(), due_ms)
        if not _to_another_worker([bot_id, due_ms, trigger, run_id], handed_back, error):
            _skipped(bot_id, run_id, trigger, error)
        return
    except InvalidInput as error:  # a workflow that no worker can run
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
    """Hands the launch to another worker, ever later; False once a run's own deadline would have passed."""
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
    """A run that cannot start is an event and an alarm, not a line in a log alone."""
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
    """Ends in history what Redis has lost; what stands still in Redis is the keeper's sweep."""
    close_lost_runs(runtime())
