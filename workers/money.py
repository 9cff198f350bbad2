"""Sample equity curves; beat sends the task every few seconds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from celery import shared_task

from argosy.infrastructure.money.sampling import sample_equity as sample
from workers.process import runtime


@shared_task(name="argosy.sample_equity", ignore_result=True)
def sample_equity() -> None:
    """Save one equity point of every scope; safe to run twice."""
    ports = runtime()
    money = ports.settings.money
    sample(
        ports.database,
        ports.clock.now(),
        zone=ZoneInfo(money.timezone),
        mark_max_age_s=money.mark_max_age_s,
    )
