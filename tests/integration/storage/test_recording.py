"""History from events: the same whatever the order, the batches, the repeats; read back by each screen's query."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from psycopg import sql

from argosy.core.event import Event
from argosy.errors import NotFound, Unavailable
from argosy.infrastructure.storage.engine import partitions
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.history import actions, activity, executions, metrics, progress, runs
from argosy.infrastructure.storage.history.recording import HistoryWriter
from argosy.infrastructure.storage.safety import emergency

pytestmark = pytest.mark.integration
START = datetime(2026, 2, 2, 23, 59, 58, tzinfo=UTC)  # the runs cross midnight, and so a partition
T = int(START.timestamp() * 1000)
TABLES = (
    "runs",
    "strategy_runs",
    "node_executions",
    "node_states",
    "actions",
    "opportunities",
    "metrics",
    "param_changes",
    "events_log",
    "recorder_rejects",
)


@pytest.fixture
def database(database_url: str):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def writer(database_url: str):
    writer = HistoryWriter(database_url)
    yield writer
    writer.close()


class Story:
    """Events in the order they were published."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def tell(self, type: Any, data: dict[str, Any], **where: Any) -> Event:
        n = len(self.events)
        at = T + n * 37
        event = Event(type, at, bot_id=where.pop("bot_id", "b1"), seq=f"{at}-{n % 3}", data=data, **where)
        self.events.append(event)
        return event

    def node(self, run: str, node: str, status: str, strategy: str | None = "s1", **data: Any) -> None:
        body = {
            "status": status,
            "attempt": 1,
            "type": "core.noop",
            "startedAt": T + len(self.events) * 37,
            "executionTimeMs": 2.5,
            "worker": "w",
            **data,
        }
        self.tell("node_execution", body, strategy_id=strategy, run_id=run, node_id=node)

    def run(self, run: str, *, fails: bool = False) -> None:
        self.tell(
            "run_started",
            {
                "workflow": "d" * 64,
                "kind": "bot",
                "trigger": "schedule",
                "correlationId": run,
                "scheduledAt": T,
            },
            run_id=run,
        )
        self.node(run, "gate", "success", None, outputs={"ok": True})
        self.node(run, "book", "running")
        self.node(run, "book", "running", attempt=2, retryIn=0.5)
        self.node(run, "book", "success", attempt=2, outputs={"ask": "0.48"}, tweaked=True)
        self.node(
            run,
            "edge",
            "failed" if fails else "success",
            error={"code": "stale_data", "message": "a\\b\tc\n\x00"} if fails else None,
            branch=None if fails else "true",
        )
        self.node(run, "act", "skipped" if fails else "success", reason="input dead" if fails else None)
        if not fails:
            where = {"strategy_id": "s1", "run_id": run, "node_id": "act"}
            self.tell(
                "opportunity", {"id": f"o-{run}", "type": "arbitrage", "expectedProfit": "1.25"}, **where
            )
            self.tell("opportunity", {"id": f"o-{run}", "type": "arbitrage", "taken": True}, **where)
            order = {
                "clientId": f"c-{run}",
                "venue": "pm",
                "kind": "place_order",
                "symbol": "UP",
                "quantity": "5",
            }
            self.tell("action", {**order, "status": "submitted", "price": "0.48", "paper": True}, **where)
            filled = {
                "status": "filled",
                "filled": "5",
                "averagePrice": "0.479",
                "fee": "0.01",
                "paper": True,
            }
            self.tell("action", {**order, **filled}, **where)
        self.tell("bot_metrics", {"metrics": {"equity": "1000.5", "pnl": "0.5", "trades": 1}}, run_id=run)
        self.tell(
            "run_finished",
            {
                "status": "failed" if fails else "success",
                "startedAt": T,
                "durationMs": 300.0,
                "counts": {"success": 2 if fails else 4},
                "opportunities": 0 if fails else 1,
                "actions": 0 if fails else 1,
            },
            run_id=run,
        )


def story() -> list[Event]:
    told = Story()
    for n in range(6):
        told.run(f"run{n}", fails=n % 3 == 2)
    told.tell("param_change", {"param": "minEdge", "old": 1, "new": 2, "actor": "ann"}, strategy_id="s1")
    told.tell("emergency", {"scope": "platform", "state": "HALT", "epoch": 2, "actor": "ann", "reason": "x"})
    told.tell("emergency", {"scope": "platform", "state": "NORMAL", "epoch": 3, "actor": "ann", "reason": ""})
    told.tell("breaker", {"name": "pm", "state": "open"}, bot_id=None)
    told.tell("node_execution", {"status": "odd"}, run_id="run0", node_id="n")
    return told.events


def contents(database_url: str) -> dict[str, list[Any]]:
    """Every row, less what says when the recorder came by."""
    with psycopg.connect(libpq_url(database_url)) as connection:
        return {
            table: connection.execute(
                sql.SQL("SELECT to_jsonb(t) FROM {} t ORDER BY to_jsonb(t)::text").format(
                    sql.Identifier(table)
                )
            ).fetchall()
            for table in TABLES
        }


def write_in(writer: HistoryWriter, events: Sequence[Event], size: int) -> None:
    for first in range(0, len(events), size):
        writer.write(events[first : first + size])


def test_batches_of_any_size_and_repeats_give_the_same_history(
    writer: HistoryWriter, database_url: str
) -> None:
    events = story()
    writer.write(events)
    expected = contents(database_url)
    assert len(expected["runs"]) == 6
    assert len(expected["node_executions"]) == 24
    assert len(expected["actions"]) == len(expected["opportunities"]) == 4
    assert len(expected["recorder_rejects"]) == 1
    write_in(writer, events, 1)
    write_in(writer, events, 7)
    assert contents(database_url) == expected


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_one_event_at_a_time_is_the_same_as_all_at_once(
    writer: HistoryWriter, database_url: str, size: int
) -> None:
    events = story()
    write_in(writer, events, size)
    once = contents(database_url)
    final = {row[0]["id"]: row[0]["status"] for row in once["runs"]}
    assert set(final.values()) == {"success", "failed"}
    states = {row[0]["node_id"]: row[0] for row in once["node_states"] if row[0]["strategy_id"] == "s1"}
    assert (states["edge"]["executions"], states["edge"]["successes"]) == (6, 4)
    assert (states["act"]["executions"], states["act"]["skips"]) == (4, 2)
    assert (states["book"]["executions"], states["book"]["attempt"]) == (6, 2)
    assert all(row[0]["success"] in (1, 3) for row in once["strategy_runs"])
    assert [row[0]["opportunities"] for row in once["strategy_runs"]].count(1) == 4


def test_out_of_order_and_doubled_deliveries_end_in_the_same_states(
    writer: HistoryWriter, database_url: str
) -> None:
    events = story()
    writer.write(events)
    expected = contents(database_url)
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        for table in TABLES:
            connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
    shuffled = events + events[::3]
    random.Random(11).shuffle(shuffled)
    write_in(writer, shuffled, 9)
    found = contents(database_url)
    # A node's first start is the first one heard of; all else must agree.
    for table in TABLES:
        drop = {"started_at"} if table in ("node_executions", "node_states", "strategy_runs") else set()
        # Fields that only an earlier, absorbed state of an action or opportunity carried may be missing.
        drop |= {"at", "price"} if table == "actions" else set()
        drop |= {"expected_profit", "at"} if table == "opportunities" else set()
        strip = [sorted((k, str(v)) for k, v in row[0].items() if k not in drop) for row in found[table]]
        wanted = [sorted((k, str(v)) for k, v in row[0].items() if k not in drop) for row in expected[table]]
        assert sorted(strip) == sorted(wanted), table


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (0, 2, 1)])
def test_an_action_that_lives_again_is_shown_so_whatever_the_order_of_its_events(
    writer: HistoryWriter, database: Database, order: tuple[int, ...]
) -> None:
    changes: list[dict[str, Any]] = [
        {"change": 3, "status": "cancelled", "reason": "never seen"},
        {"change": 5, "status": "open", "filled": "0"},
        {"change": 2**33, "status": "partially_filled", "filled": "3"},
    ]
    told = Story()
    for at in order:
        told.tell("action", {"clientId": "c-1", "venue": "pm", "kind": "place_order", **changes[at]})
    write_in(writer, told.events, 1)
    found = database.run(actions.get("c-1"))
    assert (found.status, found.filled, found.reason) == ("partially_filled", Decimal(3), None)


def test_the_screens_queries_read_it_back(writer: HistoryWriter, database: Database) -> None:
    events = story()
    writer.write(events)
    newest = database.run(runs.newest(bot_id="b1"))
    assert [run.id for run in newest] == [f"run{n}" for n in reversed(range(6))]
    assert database.run(runs.newest(status="failed"))[0].id == "run5"
    page = database.run(runs.newest(before=(newest[2].started_at, newest[2].id), limit=2))
    assert [run.id for run in page] == ["run2", "run1"]
    run = database.run(runs.get("run0"))
    assert run == database.run(runs.last_of_each(["b1", "none"]))["b1"] or run.id == "run0"
    assert (run.status, run.trigger, run.duration_ms, run.scheduled_at) == (
        "success",
        "schedule",
        300.0,
        START,
    )
    assert (run.counts, run.opportunities, run.actions) == ({"success": 4}, 1, 1)
    with pytest.raises(NotFound):
        database.run(runs.get("none"))

    nodes = database.run(executions.of_run("run0"))
    assert [node.node_id for node in nodes] == ["gate", "book", "edge", "act"]
    assert nodes[0].strategy_id is None
    assert (nodes[1].status, nodes[1].attempt, nodes[1].outputs, nodes[1].tweaked) == (
        "success", 2, {"ask": "0.48"}, True,
    )  # fmt: skip
    assert [node.node_id for node in database.run(executions.of_run("run0", "s1"))] == ["book", "edge", "act"]
    failed = database.run(executions.of_node("run2", "edge", "s1"))
    assert failed is not None
    assert failed.error == {"code": "stale_data", "message": "a\\b\tc\n\ufffd"}
    assert database.run(executions.of_node("run2", "none", "s1")) is None
    assert [each.run_id for each in database.run(executions.history("b1", "s1", "act", limit=2))] == [
        "run5",
        "run4",
    ]
    latest = database.run(executions.latest("b1", "s1"))
    assert latest["edge"].success_rate == pytest.approx(4 / 6)
    assert latest["edge"].last.run_id == "run5"
    assert latest["book"].total_time_ms == pytest.approx(15.0)
    assert set(database.run(executions.latest("b1", None))) == {"gate"}

    strategy = database.run(runs.of_strategy("b1", "s1", limit=2))
    assert [each.run.id for each in strategy] == ["run5", "run4"]
    assert strategy[0].counts == {"success": 1, "failed": 1, "skipped": 1, "cancelled": 0}
    assert (strategy[1].opportunities, strategy[1].actions) == (1, 1)

    order = database.run(actions.get("c-run0"))
    assert order is not None
    assert (order.status, order.price, order.average_price) == ("filled", Decimal("0.48"), Decimal("0.479"))
    assert [each.client_id for each in database.run(actions.newest("b1", "s1", limit=1))] == ["c-run4"]
    assert database.run(actions.of_run("run0")) == [order]
    (found,) = [each for each in database.run(actions.opportunities("b1", "s1")) if each.run_id == "run0"]
    assert found.taken
    assert len(database.run(actions.opportunities("b1", "s1", before=found.seq))) == 0

    point = database.run(metrics.latest("b1"))
    assert point is not None
    assert point.equity == Decimal("1000.5")
    series = database.run(metrics.series("b1", since=START, until=START + timedelta(hours=1), step_s=1))
    assert 1 < len(series) < 6
    assert series[-1] == point

    lines = database.run(activity.newest(limit=3))
    assert [line.type for line in lines] == ["breaker", "emergency", "emergency"]
    older = database.run(activity.newest(before=lines[-1].seq, limit=2))
    assert [line.type for line in older] == ["param_change", "action"]
    assert older[1].data["averagePrice"] == "0.479"
    assert database.run(activity.param_changes("b1", "s1"))[0].new == 2
    # What binds is written by the desk alone, never from an event.
    assert database.run(emergency.every()) == []
    done = database.run(progress.of_stream())
    assert done is not None
    assert done.last_seq == events[-1].seq
    assert database.run(progress.rejects()) == 1


def test_an_event_that_postgres_refuses_holds_up_nothing(writer: HistoryWriter, database: Database) -> None:
    told = Story()
    told.run("good")
    told.node(
        "x" * 9000 + "".join(str(n) for n in random.Random(1).sample(range(10**6), 2000)), "n", "success"
    )
    told.tell("notify", {"title": "hello"})
    written = writer.write(told.events)
    assert written.rejected == 1
    assert database.run(runs.get("good")).status == "success"
    assert database.run(activity.logged_events("notify"))[0].data == {"title": "hello"}
    assert database.run(progress.rejects()) == 1


def test_a_writer_outlives_its_connection(
    writer: HistoryWriter, database_url: str, database: Database
) -> None:
    events = story()
    writer.write(events[:20])
    with psycopg.connect(libpq_url(database_url), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'argosy-recorder' AND datname = current_database()"
        )
    with pytest.raises(Unavailable):
        writer.write(events[20:])
    writer.write(events[20:])
    assert len(database.run(runs.newest())) == 6


def test_old_days_are_dropped_and_coming_ones_made(writer: HistoryWriter, database: Database) -> None:
    writer.write(story())
    assert database.run(partitions.existing()) == [START.date(), START.date() + timedelta(days=1)]
    now = START + timedelta(days=10)
    kept = database.run(partitions.maintain(now, retention_days=30))
    assert len(kept.made) == 5
    assert not kept.dropped
    assert len(database.run(runs.newest())) == 6
    later = START + timedelta(days=40)
    done = database.run(partitions.maintain(later, retention_days=30))
    assert partitions.name_of(START.date()) in done.dropped
    assert done.deleted["runs"] == 6
    assert not done.more
    assert database.run(runs.newest()) == []
    # Audit trail and totals stay, and what was dropped may be written again.
    assert len(database.run(actions.newest())) == 4
    assert database.run(executions.latest("b1", "s1"))["book"].executions == 6
    writer.write(story())
    assert len(database.run(runs.newest())) == 6


def test_a_clock_that_is_a_year_ahead_costs_two_days_of_history_at_most(database: Database) -> None:
    days = [START.date() + timedelta(days=n) for n in range(30)]
    database.run(partitions.ensure(days))
    wrong = START + timedelta(days=365)
    done = database.run(partitions.maintain(wrong, retention_days=30))
    for _ in range(3):  # passes of the same hour
        done = database.run(partitions.maintain(wrong, retention_days=30, keep_from=done.keep_from))
    assert set(days) - set(database.run(partitions.existing())) == set(days[:2])


def test_a_no_op_node_takes_less_than_two_kilobytes(writer: HistoryWriter, database_url: str) -> None:
    told = Story()
    for n in range(200):
        for node in range(20):
            told.node(f"0199c5a0-0000-7000-8000-{n:012d}", f"node_{node}", "success", outputs={"value": node})
    writer.write(told.events)
    with psycopg.connect(libpq_url(database_url)) as connection:
        (size,) = connection.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits "
            "WHERE inhparent = 'node_executions'::regclass"
        ).fetchone()
    assert size / len(told.events) < 1024
