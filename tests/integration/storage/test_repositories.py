"""Operations on a real Postgres, sync and async over the same statements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import anyio
import psycopg
import pytest

from argosy.core.schedule.schedule import IntervalSchedule, WindowSchedule
from argosy.errors import InvalidInput, NotFound, Unavailable
from argosy.infrastructure.storage.catalog import bots, schedules, workflows
from argosy.infrastructure.storage.engine.database import AsyncDatabase, Database, libpq_url
from argosy.infrastructure.storage.engine.leadership import Leadership, leader
from argosy.infrastructure.storage.engine.operation import together

pytestmark = pytest.mark.integration
NOW = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    yield database
    database.close()


def document(name: str = "Pair", value: int = 1) -> dict[str, Any]:
    return {
        "id": "pair",
        "name": name,
        "kind": "bot",
        "schema": 1,
        "nodes": [
            {"id": "a", "type": "core.constant", "params": {"value": value}, "position": {"x": 0, "y": 0}}
        ],
        "edges": [],
    }


def make_bot(database: Database, id: str = "b1", **changes: Any):
    saved = database.run(workflows.save(document(), "test"))
    values = {
        "id": id,
        "name": "Bot",
        "domain": "trading",
        "workflow_id": saved.workflow_id,
        "workflow_digest": saved.digest,
        "capital": Decimal("1000.10"),
        **changes,
    }
    return database.run(bots.save(**values))


def test_workflow_versions_count_up_and_the_same_document_is_one(database: Database) -> None:
    first = database.run(workflows.save(document(), "ann"))
    assert database.run(workflows.save(dict(reversed(document().items())), "bob")) == first
    second = database.run(workflows.save(document(value=2), "bob"))
    assert (first.version, second.version) == (1, 2)
    assert first.digest != second.digest
    assert database.run(workflows.newest("pair")) == second
    assert database.run(workflows.versions("pair")) == [second, first]
    assert database.run(workflows.every()) == [second]
    assert database.run(workflows.every(kind="strategy")) == []
    assert database.run(workflows.newest("none")) is None
    with pytest.raises(NotFound):
        database.run(workflows.get("0" * 64))
    with pytest.raises(InvalidInput):
        database.run(workflows.save({"id": "x"}, "ann"))


def test_bots_are_kept_exactly_and_keep_their_state(database: Database) -> None:
    bot = make_bot(database, config={"limits": {"maxLoss": "5.5"}})
    assert bot.capital == Decimal("1000.10")
    assert bot.config == {"limits": {"maxLoss": "5.5"}}
    assert database.run(bots.set_state("b1", "paused")).state == "paused"
    assert make_bot(database, name="New name").state == "paused"
    assert [each.name for each in database.run(bots.every("trading"))] == ["New name"]
    assert database.run(bots.every("compute")) == []
    assert database.run(bots.remove("b1"))
    assert not database.run(bots.remove("b1"))
    for missing in (
        bots.get("b1"),
        bots.set_state("b1", "paused"),
        bots.set_workflow("b1", bot.workflow_digest),
    ):
        with pytest.raises(NotFound):
            database.run(missing)


def test_schedules_settle_a_tick_once(database: Database) -> None:
    make_bot(database)
    spec = WindowSchedule(every_s=900, offset_s=5)
    saved = database.run(schedules.save(id="b1", bot_id="b1", spec=spec))
    assert saved.spec == spec.to_wire()
    assert saved.bot_running
    assert saved.next_due_at is None
    database.run(schedules.plan_next("b1", NOW))
    after = NOW + timedelta(minutes=15)
    tick = {"due_at": NOW, "next_due_at": after, "fired": NOW, "now": NOW, "missed": 2}
    assert database.run(schedules.settle("b1", **tick))
    assert not database.run(schedules.settle("b1", **tick))
    kept = database.run(schedules.get("b1"))
    assert (kept.dispatched, kept.misfired, kept.next_due_at, kept.last_due_at) == (1, 2, after, NOW)
    # The same spec again leaves the plan alone; another one is planned anew.
    assert database.run(schedules.save(id="b1", bot_id="b1", spec=spec)).next_due_at == after
    changed = database.run(schedules.save(id="b1", bot_id="b1", spec=IntervalSchedule(every_s=5)))
    assert changed.next_due_at is None
    assert changed.dispatched == 1
    assert not database.run(schedules.enable("b1", False)).enabled
    database.run(schedules.count_skipped("b1"))
    assert database.run(schedules.every("b1"))[0].skipped == 1
    with pytest.raises(NotFound):
        database.run(schedules.save(id="x", bot_id="nobody", spec=spec))
    assert database.run(schedules.remove("b1"))


def test_only_what_concerns_beat_is_announced(database: Database, database_url: str) -> None:
    make_bot(database)
    with psycopg.connect(libpq_url(database_url), autocommit=True) as listener:
        listener.execute(f"LISTEN {schedules.CHANNEL}")

        def heard() -> list[str]:
            return [each.payload for each in listener.notifies(timeout=0.2)]

        database.run(schedules.save(id="s", bot_id="b1", spec=IntervalSchedule(every_s=5)))
        assert heard() == ["s"]
        database.run(schedules.plan_next("s", NOW))
        database.run(schedules.settle("s", due_at=NOW, next_due_at=NOW, fired=NOW, now=NOW, missed=0))
        database.run(bots.set_workflow("b1", database.run(bots.get("b1")).workflow_digest))
        assert heard() == []
        database.run(bots.set_state("b1", "paused"))
        assert heard() == ["b1"]
        database.run(schedules.enable("s", False))
        assert heard() == ["s"]


def test_the_async_engine_runs_the_same_operations(database: Database, database_url: str) -> None:
    expected = make_bot(database)

    async def read() -> tuple[Any, Any]:
        adb = AsyncDatabase(database_url)
        try:
            with pytest.raises(NotFound):
                await adb.run(bots.get("none"))
            return await adb.run(bots.get("b1")), await adb.run(together(bots.every(), workflows.every()))
        finally:
            await adb.close()

    bot, (all_bots, all_workflows) = anyio.run(read)
    assert bot == expected
    assert all_bots == [expected]
    assert len(all_workflows) == 1


def test_together_is_all_or_nothing(database: Database) -> None:
    make_bot(database)
    with pytest.raises(NotFound):
        database.run(together(bots.set_state("b1", "paused"), bots.set_state("none", "paused")))
    assert database.run(bots.get("b1")).state == "running"


def test_an_absent_server_is_unavailable() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable, match="Postgres does not answer"):
        database.run(bots.every())

    async def read() -> None:
        adb = AsyncDatabase("postgresql://nobody@127.0.0.1:1/none")
        with pytest.raises(Unavailable):
            await adb.run(bots.every())
        await adb.close()

    anyio.run(read)


def test_one_leads_and_the_next_takes_over_when_its_session_ends(
    database: Database, database_url: str
) -> None:
    first = Leadership(database_url, channel=schedules.CHANNEL)
    second = Leadership(database_url, channel=schedules.CHANNEL)
    assert database.run(leader()) is None
    assert first.acquire(1)
    assert not second.acquire(0.1)
    holder = database.run(leader())
    assert holder is not None
    assert holder.name
    with psycopg.connect(libpq_url(database_url), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    assert second.acquire(2)
    with pytest.raises(Unavailable):
        first.verify()
    assert not first.leads
    assert not first.acquire(0.1)
    second.verify()
    assert not second.changed(0)
    second.resign()
    assert first.acquire(2)
    first.resign()
