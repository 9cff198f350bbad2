"""Maintain the history; beat sends the task every hour."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from loguru import logger

from argosy.infrastructure.storage.engine import partitions
from argosy.infrastructure.storage.money import equity
from workers.process import runtime

_MOST_PASSES = 50
_OLD_MARK = timedelta(days=1)


@shared_task(name="argosy.maintain", ignore_result=True)
def maintain() -> None:
    """Make the coming days' partitions, and drop those past retention.

    Also thins equity curves, and deletes unused old prices. Safe to run twice.
    """
    ports = runtime()
    if thinned := ports.database.run(equity.thin(ports.clock.now())):
        logger.info("equity: dropped {} fine points", thinned)
    if forgotten := ports.marks.forget(ports.clock.now() - _OLD_MARK):
        logger.info("marks: forgot {} old prices", forgotten)
    days, keep_from = ports.settings.history.retention_days, None
    for _ in range(_MOST_PASSES):
        done = ports.database.run(
            partitions.maintain(ports.clock.now(), retention_days=days, keep_from=keep_from)
        )
        keep_from = done.keep_from
        if done.made or done.dropped or any(done.deleted.values()):
            logger.info("history: made {}, dropped {}, deleted {}", done.made, done.dropped, done.deleted)
        if not done.more:
            return
