"""The hourly task on a real worker: days made ahead, old ones gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from celery import Celery
from support.background import background, wait_until

from argosy.core.clock import SystemClock
from argosy.infrastructure.storage.engine import partitions
from argosy.infrastructure.storage.engine.database import Database

pytestmark = pytest.mark.integration


def test_a_worker_maintains_the_partitions(redis_url: str, database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    long_ago = datetime(2020, 1, 1, tzinfo=UTC).date()
    database.run(partitions.ensure([long_ago]))
    command = ["workers", "worker", "-P", "solo", "-Q", "argosy.control"]
    with background(command, tmp_path / "w.log", redis_url=redis_url, database_url=database_url) as worker:
        Celery(broker=redis_url).send_task("argosy.maintain", queue="argosy.control", ignore_result=True)
        wait_until(lambda: long_ago not in database.run(partitions.existing()), what="the old day's end")
        wait_until(lambda: "history: made" in worker.output, what="the log line")
    days = database.run(partitions.existing())
    today = SystemClock().now().date()
    assert {today + timedelta(days=n) for n in range(3)} <= set(days)
    database.close()
