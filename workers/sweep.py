"""Sweep runs without progress: end those past their deadline, revive the others.

Reviving a run sends its ready nodes to their queues again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.clock import MOST_AHEAD_S
from argosy.core.event import Event
from argosy.core.scope import PLATFORM_SCOPE
from argosy.errors import Unavailable
from argosy.graph.runs import RunMeta

_MOST_AHEAD_MS = MOST_AHEAD_S * 1000


@dataclass(frozen=True, slots=True)
class Swept:
    ended: int
    revived: int


class Sweeper:
    """Repeated sweeps of one process.

    Runs that began ahead of the clock are remembered.
    """

    def __init__(self) -> None:
        self._seen_s: dict[str, float] = {}

    def sweep(self, runtime: Runtime, *, meanwhile: Callable[[], None] = lambda: None) -> Swept:
        """Sweep all active runs once.

        Safe anywhere, at any time, and twice: an end is final and a second delivery is harmless. A run
        without progress for one interval is checked. Its ready nodes get a new message if no living worker
        holds them and no queue has their message. Their message was lost, or their worker died. `meanwhile`
        is called before each run: thousands of runs take longer than a worker may be silent.
        """
        if not runtime.flags.read([PLATFORM_SCOPE]):
            # Redis lost its memory: side effects are refused until the flags are restored from PostgreSQL.
            logger.warning("{} emergency flags restored from Postgres", runtime.restore_flags())
        now_ms = runtime.clock.now_ms()
        quiet_ms = int(runtime.settings.engine.sweep_interval_s * 1000)
        ended = revived = 0
        active = runtime.runs.active()
        self._seen_s = {run.run_id: self._seen_s[run.run_id] for run in active if run.run_id in self._seen_s}
        for run in active:
            meanwhile()
            meta = runtime.runs.meta(run.run_id)
            if meta is not None and self._is_past(meta, now_ms, runtime.clock.monotonic()):
                ended += _end(runtime, meta, now_ms)
                continue
            # Progress ahead of the clock was made before the clock was set back: its time is useless.
            if -_MOST_AHEAD_MS <= now_ms - run.progress_ms < quiet_ms:
                continue
            keys = runtime.runs.revive(run.run_id)
            if keys:
                revived += len(keys)
                logger.warning("run {} stood still; enqueued again: {}", run.run_id, ", ".join(keys))
        _watch_the_guard(runtime)
        return Swept(ended, revived)

    def _is_past(self, meta: RunMeta, now_ms: int, now_s: float) -> bool:
        """Return True if the run is past its deadline.

        A run that began ahead of the clock gets its whole time from its first sweep.
        """
        if meta.started_ms - now_ms <= _MOST_AHEAD_MS:
            return now_ms >= meta.deadline_ms
        seen_s = self._seen_s.setdefault(meta.run_id, now_s)
        return (now_s - seen_s) * 1000 >= meta.deadline_ms - meta.started_ms


def _end(runtime: Runtime, meta: RunMeta, now_ms: int) -> int:
    unrunnable = runtime.runs.unrunnable(meta.run_id)
    code = "run_deadline" if unrunnable is None else "unknown_node_type"
    reason = unrunnable or "the run's deadline has passed"
    if not runtime.runs.abort(meta.run_id, reason):
        return 0
    logger.warning("run {} was ended: {}", meta.run_id, reason)
    data = {"code": code, "message": f"run {meta.run_id}: {reason}"}
    runtime.events.publish(
        Event(type="alarm", timestamp=now_ms, bot_id=meta.bot_id, run_id=meta.run_id, data=data)
    )
    return 1


def _watch_the_guard(runtime: Runtime) -> None:
    """Set the platform to ALERT if the guard is lost.

    Beat sends the guard's rounds, and every worker checks for them. Without PostgreSQL no side effect happens
    anyway.
    """
    try:
        if runtime.guard.lost():
            runtime.guard.raise_alarm()
    except Unavailable as error:
        logger.warning("the emergency guard may be lost, and the alarm could not be raised: {}", error)
