"""A maintenance task that fails five times in a row is an alarm, and said to be over when it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from celery import Celery
from support.engine import Engine, engine, wait_for

from argosy.cli.stack.checks.redis import maintenance
from argosy.infrastructure.state.overview import RedisOverview
from argosy.infrastructure.storage.engine.database import libpq_url

pytestmark = pytest.mark.integration


@pytest.fixture
def stack(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    with engine(redis_url, database_url, tmp_path) as made:
        yield made


def test_five_failures_in_a_row_are_an_alarm_until_it_works_again(stack: Engine, database_url: str) -> None:
    redis_url = stack.runtime.endpoints.redis_url
    overview, client = RedisOverview(redis_url), Celery(broker=redis_url, set_as_current=False)

    def alarms() -> list[dict[str, Any]]:
        return [event.data for event in stack.runtime.events.read(limit=10_000) if event.type == "alarm"]

    def run(times: int, count: int | None) -> None:
        for _ in range(times):
            client.send_task("argosy.close_lost", queue="argosy.control", ignore_result=True)
        wait_for(
            lambda: overview.failing().get("argosy.close_lost", (None,))[0] == count,
            why=f"{count} failures",
        )

    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        connection.execute("ALTER TABLE runs RENAME TO gone")
        stack.start("solo")
        run(4, 4)
        assert alarms() == []
        assert "4 times in a row" in maintenance(redis_url).found
        run(3, 7)
        (alarm,) = alarms()
        assert (alarm["level"], alarm["task"]) == ("error", "argosy.close_lost")
        assert "5 times in a row since" in alarm["text"]
        assert "runs" in alarm["text"]
        connection.execute("ALTER TABLE gone RENAME TO runs")
    client.send_task("argosy.close_lost", queue="argosy.control", ignore_result=True)
    wait_for(lambda: len(alarms()) == 2, why="it works again")
    assert (alarms()[1]["level"], "7 times" in alarms()[1]["text"]) == ("info", True)
    assert overview.failing() == {}
    assert maintenance(redis_url).status == "ok"
