"""Count consecutive failures of maintenance tasks, and raise and end their alarm.

The alarm has the task's name, its error and the time of the first failure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import orjson
from celery.signals import task_failure, task_success
from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import from_ms
from argosy.core.event import Event
from argosy.infrastructure import redis as connections
from argosy.infrastructure.state.overview import FAILING_KEY
from workers.process import runtime

TIMES = 5
"""Consecutive failures, over all workers, that raise an alarm."""

_REMINDERS = (50, 500, 5_000)
_OTHERS = ("argosy.node", "argosy.run_bot")
_MOST_TEXT = 500


def note_failure(ports: Runtime, task: str, error: BaseException) -> None:
    """Count one consecutive failure of a task.

    An alarm is raised at `TIMES` failures, and again at each number in `_REMINDERS`.
    """
    client, now_ms = connections.client(ports.endpoints.redis_url), ports.clock.now_ms()
    known = _known(client, task)
    count, since_ms = int(known.get("count", 0)) + 1, int(known.get("since", now_ms))
    text = f"{type(error).__name__}: {error}"[:_MOST_TEXT]
    client.hset(FAILING_KEY, task, orjson.dumps({"count": count, "since": since_ms, "error": text}))
    if count == TIMES or count in _REMINDERS:
        _alarm(
            ports,
            task,
            f"maintenance {task} fails again and again",
            f"{count} times in a row since {from_ms(since_ms):%Y-%m-%d %H:%M:%S} UTC: {text}. What it does is not done; "
            "`argosy doctor` checks database and settings",
            "error",
        )


def note_success(ports: Runtime, task: str) -> None:
    """Reset the count of failures, and announce the end of an alarm."""
    client = connections.client(ports.endpoints.redis_url)
    known = _known(client, task)
    if not client.hdel(FAILING_KEY, task) or int(known.get("count", 0)) < TIMES:
        return
    since = from_ms(int(known["since"]))
    text = f"it had failed {known['count']} times since {since:%Y-%m-%d %H:%M:%S} UTC"
    _alarm(ports, task, f"maintenance {task} works again", text, "info")


def _known(client: Any, task: str) -> Mapping[str, Any]:
    try:
        return cast("Mapping[str, Any]", orjson.loads(client.hget(FAILING_KEY, task) or b"{}"))
    except ValueError:
        return {}


def _alarm(ports: Runtime, task: str, title: str, text: str, level: str) -> None:
    logger.log(level.upper(), "{}: {}", title, text)
    data = {"code": "maintenance_failing", "title": title, "text": text, "level": level, "task": task}
    ports.events.publish(Event(type="alarm", timestamp=ports.clock.now_ms(), data=data))


def _is_maintenance(task: str) -> bool:
    return task.startswith("argosy.") and task not in _OTHERS


@task_failure.connect(weak=False)
def _failed(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    if sender is not None and exception is not None and _is_maintenance(sender.name):
        _guarded(note_failure, sender.name, exception)


@task_success.connect(weak=False)
def _succeeded(sender: Any = None, **_: Any) -> None:
    if sender is not None and _is_maintenance(sender.name):
        _guarded(note_success, sender.name)


def _guarded(note: Any, task: str, *arguments: Any) -> None:
    try:
        note(runtime(), task, *arguments)
    except Exception as error:  # noqa: BLE001 - a failed count must not fail a task that succeeded
        logger.warning("the result of {} could not be stored: {}", task, error)
