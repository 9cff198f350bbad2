"""Runs that stopped moving: past their deadline they are ended, else what is ready is enqueued again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from loguru import logger

from argosy.bootstrap.runtime import Runtime
from argosy.core.emergency import PLATFORM_SCOPE
from argosy.core.event import Event
from argosy.errors import Unavailable


@dataclass(frozen=True, slots=True)
class Swept:
    ended: int
    revived: int


def sweep(runtime: Runtime, *, meanwhile: Callable[[], None] = lambda: None) -> Swept:
    """Safe to run anywhere, any time, twice: ending is final and a second delivery is harmless.

    A run without progress for one interval is looked at: its nodes that are ready, that no living worker holds
    and whose message is in no queue get a new one (theirs was lost, or their worker died). `meanwhile` is called
    before each run: thousands of them take longer than a worker may be silent.
    """
    if not runtime.flags.read([PLATFORM_SCOPE]):
        # Redis lost its memory: side effects are refused until the flags are back from Postgres.
        logger.warning("{} emergency flags restored from Postgres", runtime.restore_flags())
    now_ms = runtime.clock.now_ms()
    quiet_ms = int(runtime.settings.engine.sweep_interval_s * 1000)
    ended = revived = 0
    for run in runtime.runs.active():
        meanwhile()
        meta = runtime.runs.meta(run.run_id)
        deadline_ms = None if meta is None else meta.deadline_ms
        if deadline_ms is not None and now_ms >= deadline_ms:
            reason = "the run's deadline has passed"
            if runtime.runs.abort(run.run_id, reason):
                ended += 1
                logger.warning("run {} was ended: {}", run.run_id, reason)
                runtime.events.publish(
                    Event(
                        type="alarm",
                        timestamp=now_ms,
                        run_id=run.run_id,
                        data={"code": "run_deadline", "message": f"run {run.run_id}: {reason}"},
                    )
                )
            continue
        if now_ms - run.progress_ms < quiet_ms:
            continue
        keys = runtime.runs.revive(run.run_id)
        if keys:
            revived += len(keys)
            logger.warning("run {} stood still; enqueued again: {}", run.run_id, ", ".join(keys))
    _watch_the_guard(runtime)
    return Swept(ended, revived)


def _watch_the_guard(runtime: Runtime) -> None:
    """Beat sends the guard; who notices that nobody does is every worker. Without Postgres nothing acts anyway."""
    try:
        if runtime.guard.lost():
            runtime.guard.raise_alarm()
    except Unavailable as error:
        logger.warning("the guard may be lost, and that cannot be told: {}", error)
