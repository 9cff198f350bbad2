"""The recorder as a process: killed while events flow, its servers gone and back, nothing lost and nothing doubled."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.background import background, wait_until

from argosy.core.event import Event
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.storage.engine import migrate
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.history import activity, executions, progress, runs

pytestmark = pytest.mark.integration
RECORDER = ["workers.recorder"]
NODES = 6


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def publish_run(bus: RedisEventBus, n: int) -> None:
    run, now = f"run-{n:05d}", time.time_ns() // 1_000_000
    where: dict[str, Any] = {"bot_id": "b", "run_id": run}
    bus.publish(
        Event("run_started", now, data={"workflow": "d", "kind": "bot", "trigger": "schedule"}, **where)
    )
    for node in range(NODES):
        data = {"status": "success", "attempt": 1, "type": "t", "startedAt": now, "executionTimeMs": 1.0}
        bus.publish(Event("node_execution", now, strategy_id="s", node_id=f"n{node}", data=data, **where))
    bus.publish(Event("notify", now, data={"title": run}, **where))
    bus.publish(
        Event(
            "run_finished",
            now,
            data={"status": "success", "durationMs": 5, "counts": {"success": NODES}},
            **where,
        )
    )


def assert_complete(database: Database, count: int) -> None:
    """Every run final with all its nodes, every total right, no line twice."""
    found = database.run(runs.newest(limit=count + 10))
    assert len(found) == count
    assert {run.status for run in found} == {"success"}
    states = database.run(executions.latest("b", "s"))
    assert {node: state.executions for node, state in states.items()} == {
        f"n{n}": count for n in range(NODES)
    }
    titles = [line.data["title"] for line in database.run(activity.logged_events("notify", limit=count + 10))]
    assert sorted(titles) == [f"run-{n:05d}" for n in range(count)]
    assert database.run(progress.rejects()) == 0


def test_killed_again_and_again_it_loses_and_doubles_nothing(
    redis_url: str, database_url: str, database: Database, tmp_path: Path
) -> None:
    bus, feed, dice = RedisEventBus(redis_url), RecorderFeed(redis_url), random.Random(5)
    published = 0
    for _ in range(3):
        with background(
            RECORDER, tmp_path / "recorder.log", redis_url=redis_url, database_url=database_url
        ) as recorder:
            before = database.run(progress.of_stream())
            for _ in range(60):
                publish_run(bus, published)
                published += 1
            wait_until(lambda before=before: database.run(progress.of_stream()) != before, what="a batch")
            for _ in range(dice.randrange(40)):
                publish_run(bus, published)
                published += 1
            recorder.kill()
    with background(
        RECORDER, tmp_path / "recorder.log", redis_url=redis_url, database_url=database_url
    ) as recorder:
        wait_until(lambda: feed.pending().unrecorded == 0, what="the recorder catching up")
        assert_complete(database, published)
        assert recorder.stop() == 0
        assert "recorder: stopped after" in recorder.output


def test_two_recorders_share_the_stream(
    redis_url: str, database_url: str, database: Database, tmp_path: Path
) -> None:
    bus, feed = RedisEventBus(redis_url), RecorderFeed(redis_url)
    urls = {"redis_url": redis_url, "database_url": database_url}
    with (
        background(RECORDER, tmp_path / "first.log", **urls) as first,
        background(RECORDER, tmp_path / "second.log", **urls) as second,
    ):
        for log in (first, second):
            wait_until(lambda log=log: "recorder: started" in log.output)
        for n in range(400):
            publish_run(bus, n)
        wait_until(lambda: feed.pending().unrecorded == 0)
        assert_complete(database, 400)


def test_servers_that_go_and_come_back_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOSY_ENGINE__EVENT_STREAM_MAXLEN", "1000")
    servers = EmbeddedServers(tmp_path / "home", durable=True)
    servers.start()
    try:
        urls = {"redis_url": servers.valkey.url, "database_url": servers.postgres.database_url("argosy")}
        migrate.upgrade(urls["database_url"])
        database, bus = Database(urls["database_url"]), RedisEventBus(urls["redis_url"])
        feed = RecorderFeed(urls["redis_url"])
        with background(RECORDER, tmp_path / "recorder.log", **urls) as recorder:
            for n in range(50):
                publish_run(bus, n)
            wait_until(lambda: feed.pending().unrecorded == 0)
            servers.postgres.stop()
            for n in range(50, 170):
                publish_run(bus, n)
            wait_until(lambda: "nothing is lost" in recorder.output, what="word that Postgres is away")
            wait_until(lambda: any(e.type == "alarm" for e in bus.read(limit=5000)), what="the alarm")
            assert feed.length() > 1000
            servers.postgres.start()
            wait_until(lambda: feed.pending().unrecorded == 0)
            servers.valkey.stop()
            servers.valkey.start()
            for n in range(170, 200):
                publish_run(bus, n)
            wait_until(lambda: feed.pending().unrecorded == 0)
            assert_complete(database, 200)
            assert recorder.process.poll() is None
        database.close()
    finally:
        servers.stop()


def test_the_stream_is_kept_short_but_never_by_what_is_not_recorded(
    redis_url: str, database_url: str, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARGOSY_ENGINE__EVENT_STREAM_MAXLEN", "1000")
    bus, feed = RedisEventBus(redis_url), RecorderFeed(redis_url)
    for n in range(200):
        publish_run(bus, n)
    with (
        psycopg.connect(libpq_url(database_url)) as blocker,
        background(RECORDER, tmp_path / "r.log", redis_url=redis_url, database_url=database_url) as recorder,
    ):
        wait_until(lambda: feed.pending().unrecorded == 0)
        wait_until(lambda: feed.length() <= 250, what="the trimmed stream")
        assert_complete(database, 200)
        # Someone holds the history: what comes now cannot be recorded, and so must stay.
        blocker.execute("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        for n in range(200, 400):
            publish_run(bus, n)
        assert feed.length() > 1000
        blocker.rollback()
        wait_until(lambda: feed.pending().unrecorded == 0)
        assert_complete(database, 400)
        assert recorder.process.poll() is None
