"""Health: servers answer, a beat leads, workers take runs, a recorder writes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from loguru import logger

from argosy.core.clock import Clock
from argosy.errors import ArgosyError
from argosy.infrastructure.storage.engine import leadership
from argosy.infrastructure.storage.history import progress
from dashboard.live.now import Now
from dashboard.ports import Ports
from dashboard.system.outside import call
from dashboard.system.wire import Health

PATIENCE_S = 3.0
RECORDER_SILENT_S = 15.0
RECORDER_STUCK_S = 60.0
NEEDED = {
    "argosy.control": "no run starts",
    "argosy.venue": "actions at venues are not settled, and books are not compared",
}
"""Queues that some worker must take, and the consequence if none does."""


class Unmoved:
    """Seconds since a value last changed, by the monotonic clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[object, float] | None = None

    def seconds(self, value: object) -> float:
        now = self._clock.monotonic()
        if self._seen is None or self._seen[0] != value:
            self._seen = (value, now)
        return now - self._seen[1]


class HealthCheck:
    """Health check that answers within a few seconds, even when servers do not."""

    def __init__(self, ports: Ports, now: Now) -> None:
        self._ports = ports
        self._now = now
        self._recorded = Unmoved(ports.clock)
        self._told: list[str] | None = None

    async def ask(self) -> Health:
        """Return the health with every reason at once."""
        found = await asyncio.gather(
            self._bounded("Redis", self._redis()),
            self._bounded("Postgres", self._postgres()),
        )
        reasons = [reason for reasons in found for reason in reasons]
        if reasons != self._told:
            self._told = reasons
            logger.log(
                "WARNING" if reasons else "INFO", "health: {}", "; ".join(reasons) or "runs can happen"
            )
        return Health(status="unavailable" if reasons else "ok", reasons=reasons)

    async def _bounded(self, name: str, asked: Awaitable[list[str]]) -> list[str]:
        try:
            return await asyncio.wait_for(asked, PATIENCE_S)
        except TimeoutError:
            return [f"{name}: no answer in time"]
        except ArgosyError as error:
            return [f"{name}: {error}"]

    async def _redis(self) -> list[str]:
        overview = self._ports.overview
        await call(overview.ping, patience_s=2)
        reasons = []
        alive = {sign.owner for sign in await call(overview.workers)}
        queues = {
            str(event.data.get("owner")): event.data.get("queues") for event in self._now.workers.values()
        }
        if not alive:
            reasons.append("workers: none is alive, so no run starts")
        else:
            taken = {queue for owner in alive for queue in queues.get(owner) or NEEDED}
            reasons += [
                f"workers: none takes from {queue}, so {consequence}"
                for queue, consequence in NEEDED.items()
                if queue not in taken
            ]
        idle_s = await call(overview.recorder_idle_s)
        if idle_s is None or idle_s > RECORDER_SILENT_S:
            since = "" if idle_s is None else f" for {idle_s:.0f} s"
            reasons.append(f"recorder: none has read events{since}, so no history is written")
        return reasons

    async def _postgres(self) -> list[str]:
        database, reasons = self._ports.database, []
        done = await database.run(progress.of_stream())
        if await database.run(leadership.leader()) is None:
            reasons.append("beat: none leads, so no bot ticks")
        try:
            waiting = await call(self._ports.overview.unrecorded)
        except ArgosyError:
            return reasons  # the check of Redis reports this
        unmoved_s = self._recorded.seconds((None if done is None else done.last_seq) if waiting else object())
        if unmoved_s > RECORDER_STUCK_S:
            reasons.append(f"recorder: {waiting} events wait, and none was written for {unmoved_s:.0f} s")
        return reasons
