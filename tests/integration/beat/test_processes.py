"""Two real `celery beat` processes: one ticks, and when it is killed the other goes on within seconds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from support.background import Background, background, wait_until

from argosy.core.schedule.schedule import IntervalSchedule
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.leadership import leader

pytestmark = pytest.mark.integration
BEAT = ["workers", "beat", "-S", "beat_schedule:PostgresScheduler", "--pidfile="]
PROMPT_S = 10
"""Seconds in which beat follows a change; it reads everything anew every 30 seconds."""
DOCUMENT = {
    "id": "w",
    "name": "W",
    "kind": "bot",
    "schema": 1,
    "nodes": [{"id": "a", "type": "core.constant", "params": {"value": 1}, "position": {"x": 0, "y": 0}}],
    "edges": [],
}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    digest = database.run(workflows.save(DOCUMENT, "test")).digest
    bot: dict[str, Any] = {"name": "B", "domain": "trading", "workflow_id": "w", "workflow_digest": digest}
    database.run(bots.save(id="b", capital=Decimal(1), **bot))
    database.run(schedules.save(id="s", bot_id="b", spec=IntervalSchedule(every_s=0.5)))
    yield database
    database.close()


class Queue:
    """What beat put into the control queue, by task."""

    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(url)
        self.seen: list[tuple[str, int, float]] = []

    def ticks(self) -> list[tuple[str, int, float]]:
        """All run_bot messages so far: (bot, due ms, received)."""
        while (raw := self.client.rpop("argosy.control")) is not None:
            message = json.loads(raw)
            if message["headers"]["task"] == "argosy.run_bot":
                args = json.loads(message["body"])[0]
                assert message["headers"]["expires"]
                assert message["headers"]["ignore_result"]
                self.seen.append((args[0], args[1], time.time()))
        return self.seen

    def new(self, since: int) -> list[tuple[str, int, float]]:
        return self.ticks()[since:]


def leading(database: Database, beats: list[Background]) -> Background | None:
    found = database.run(leader())
    pid = found and int(found.name.rpartition(":")[2])
    return next((beat for beat in beats if beat.process.pid == pid), None)


def passed(database: Database) -> int:
    """Quarters of a second between the last tick that was sent and the one that beat waits for, beyond the first."""
    found = database.run(schedules.get("s"))
    assert found.next_due_at is not None
    assert found.last_due_at is not None
    return round((found.next_due_at - found.last_due_at).total_seconds() / 0.25) - 1


def test_one_of_two_ticks_and_the_other_takes_over(
    redis_url: str, database_url: str, database: Database, tmp_path: Path
) -> None:
    queue, urls = Queue(redis_url), {"redis_url": redis_url, "database_url": database_url}
    with (
        background(BEAT, tmp_path / "one.log", **urls) as one,
        background(BEAT, tmp_path / "two.log", **urls) as two,
    ):
        beats = [one, two]
        wait_until(lambda: len(queue.ticks()) >= 4, what="the first ticks")
        first = leading(database, beats)
        assert first is not None
        # The other is up and waits for the lock.
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        with psycopg.connect(libpq_url(database_url), autocommit=True) as admin:
            wait_until(lambda: admin.execute(waiting).fetchone() == (1,), what="the second beat")
            before = len(queue.ticks())
            first.kill()
            wait_until(lambda: len(queue.ticks()) >= before + 4, 60, what="ticks of the second beat")
            gap = queue.seen[before][2] - queue.seen[before - 1][2]
            assert gap < PROMPT_S
            second = leading(database, beats)
            assert second is not None
            assert second is not first

            # A change at run time: paused, then every quarter of a second, without a restart.
            database.run(bots.set_state("b", "paused"))
            wait_until(lambda: database.run(schedules.get("s")).next_due_at is None, PROMPT_S)
            quiet = len(queue.ticks())
            database.run(schedules.save(id="s", bot_id="b", spec=IntervalSchedule(every_s=0.25)))
            database.run(bots.set_state("b", "running"))
            wait_until(lambda: len(queue.ticks()) >= quiet + 3, PROMPT_S)
            assert any(due % 500 == 250 for _, due, _ in queue.seen[quiet:])

            # Shut down: the ticks pass, and none is sent.
            state = (
                "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
                "VALUES ('bot:b', %s, 1, 'test', 'test', now()) ON CONFLICT (scope) DO UPDATE SET state = excluded.state"
            )
            admin.execute(state, ("SHUTDOWN",))
            wait_until(lambda: passed(database) > 0, PROMPT_S, what="a tick that is passed over")
            stopped, sent = passed(database), len(queue.ticks())
            wait_until(lambda: passed(database) >= stopped + 4, PROMPT_S, what="more of them")
            assert queue.new(sent) == []
            admin.execute(state, ("HALT",))
            wait_until(lambda: len(queue.ticks()) >= sent + 3, PROMPT_S, what="ticks after the shutdown")

            # Its session is cut: it stops leading and comes back by itself.
            again = len(queue.ticks())
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid()"
            )
            wait_until(lambda: len(queue.ticks()) >= again + 3, 60, what="ticks after the cut")
        due = [tick[1] for tick in queue.ticks()]
        assert len(due) - len(set(due)) <= 2  # one more delivery of a tick at each change of leader, at most
        assert second.stop() == 0
    assert "Traceback" not in one.output + two.output
