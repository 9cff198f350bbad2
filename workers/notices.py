"""Deliver messages to people; beat sends the task every few seconds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from celery import shared_task

from argosy.bootstrap.runtime import Runtime
from argosy.infrastructure.notify.watch import ConditionWatch
from argosy.infrastructure.safety.anchor import RedisAnchor
from argosy.infrastructure.safety.chain import follow
from argosy.infrastructure.state.overview import RedisOverview
from workers.process import runtime

_watch: tuple[Runtime, ConditionWatch] | None = None


@shared_task(name="argosy.deliver_notices", ignore_result=True)
def deliver_notices() -> None:
    """Post messages about new conditions, move the audit's anchor, and deliver due messages.

    Safe to run twice.
    """
    ports = runtime()
    try:
        watch_of(ports).round()
    finally:  # deliver queued messages even if a check failed
        ports.courier.round()


def watch_of(ports: Runtime) -> ConditionWatch:
    """Return this process's watchdog, which remembers the last summarised day."""
    global _watch
    if _watch is None or _watch[0] is not ports:
        overview = RedisOverview(ports.endpoints.redis_url)
        made = ConditionWatch(
            ports.database,
            overview.unrecorded,
            lambda: [sign.owner for sign in overview.workers()],
            ports.clock,
            chain=lambda: follow(ports.database, RedisAnchor(ports.endpoints.redis_url)),
            zone=ZoneInfo(ports.settings.money.timezone),
            daily_summary=ports.settings.notify.daily_summary,
        )
        _watch = (ports, made)
    return _watch[1]
