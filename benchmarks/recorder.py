"""How fast events become history: the recorder's path against a bare COPY of the same rows, in the same run.

    python -m benchmarks.recorder [--events 40000] [--batch 500] [--history 0] [--json]

Starts a Valkey and a PostgreSQL of its own. "stream" is what the recorder does: read from the group, merge,
commit, acknowledge. "writer" is the merge alone; "again" merges the same events once more (a replay); "COPY" puts the
same rows into the same partitioned table without looking for known ones, states or totals. `--history N` first fills N
million node executions, to see that a full history costs nothing.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
import redis

from argosy.core.event import Event
from argosy.infrastructure.events.feed import RecorderFeed
from argosy.infrastructure.events.redis import encode
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.storage.engine import migrate
from argosy.infrastructure.storage.engine.database import libpq_url
from argosy.infrastructure.storage.history.recording import HistoryWriter
from argosy.infrastructure.storage.history.recording.batch import EventBatch
from benchmarks.history import fill

NODES = 18
ROUNDS = 3
COPY = (
    "COPY node_executions (run_id, strategy_id, node_id, started_at, bot_id, type, attempt, status, "
    "execution_time_ms, truncated, tweaked, outputs, inputs, error, reason, branch, worker) FROM STDIN"
)


def story(count: int, serial: int) -> list[Event]:
    """Runs of 18 nodes, a third of them with a `running` event first, as published by workers."""
    base = time.time_ns() // 1_000_000
    events: list[Event] = []

    def tell(type: Any, run: str, data: dict[str, Any], **where: Any) -> None:
        n = len(events)
        at = base + n // 10
        events.append(
            Event(
                type, at, bot_id="bench", run_id=run, seq=f"{at}-{n % 10 + 10 * serial}", data=data, **where
            )
        )

    runs = 0
    while len(events) < count:
        run = f"0199c5a0-{serial:04x}-7000-8000-{runs:012d}"
        runs += 1
        tell(
            "run_started",
            run,
            {"workflow": "d" * 64, "kind": "bot", "trigger": "schedule", "correlationId": run},
        )
        for node in range(NODES):
            where = {"strategy_id": f"s{node % 2}", "node_id": f"node_{node}"}
            data = {
                "attempt": 1,
                "type": "core.noop",
                "startedAt": base + len(events) // 10,
                "worker": "io@host",
            }
            if node % 3 == 0:
                tell("node_execution", run, {**data, "status": "running"}, **where)
            outputs = {"price": "50234.56", "size": node, "fresh": True}
            tell(
                "node_execution",
                run,
                {**data, "status": "success", "executionTimeMs": 1.25, "outputs": outputs},
                **where,
            )
        counts = {"success": NODES, "failed": 0, "skipped": 0, "cancelled": 0}
        tell("run_finished", run, {"status": "success", "durationMs": 40.0, "counts": counts})
    return events


def batches(events: Sequence[Event], size: int) -> Iterator[Sequence[Event]]:
    for first in range(0, len(events), size):
        yield events[first : first + size]


def timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def bare_copy(url: str, events: Sequence[Event], size: int) -> float:
    """The node rows alone, as many transactions as batches; the conversion is outside the measurement."""
    lines = [row.line.rpartition("\t")[0] + "\n" for row in EventBatch.of(events).nodes.values()]
    share = max(1, round(len(lines) * size / len(events)))
    prepared = ["".join(lines[first : first + share]) for first in range(0, len(lines), share)]
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:

        def work() -> None:
            for block in prepared:
                with connection.transaction(), connection.cursor() as cursor, cursor.copy(COPY) as copy:
                    copy.write(block)

        seconds = timed(work)
        connection.execute("DELETE FROM node_executions WHERE run_id LIKE %s", [events[0].run_id[:13] + "%"])
    return seconds


def through_stream(redis_url: str, writer: HistoryWriter, events: Sequence[Event], size: int) -> float:
    """Read from the group, merge, acknowledge."""
    feed = RecorderFeed(redis_url)
    with redis.Redis.from_url(redis_url) as client:
        client.delete(feed.stream)
        pipe = client.pipeline(transaction=False)
        for event in events:
            pipe.xadd(feed.stream, encode(event))
        pipe.execute()

    def work() -> None:
        while entries := feed.read(size, 0 if feed.pending().lag == 0 else 100):
            writer.write([event for _, event in entries])
            feed.ack([seq for seq, _ in entries])
            if len(entries) < size:
                return

    return timed(work)


def measure(count: int, size: int, millions: float) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="argosy-bench-"))
    servers = EmbeddedServers(home)
    try:
        servers.start()
        url, redis_url = servers.postgres.database_url("argosy"), servers.valkey.url
        migrate.upgrade(url)
        if millions:
            fill(url, millions)
        writer = HistoryWriter(url)
        rates: dict[str, list[float]] = {"COPY": [], "writer": [], "again": [], "stream": []}
        writer.write(story(200, 99))
        for serial in range(ROUNDS):
            events = story(count, 2 * serial + 1)
            rates["COPY"].append(len(events) / bare_copy(url, events, size))
            rates["writer"].append(
                len(events) / timed(lambda e=events: [writer.write(b) for b in batches(e, size)] and None)
            )
            rates["again"].append(
                len(events) / timed(lambda e=events: [writer.write(b) for b in batches(e, size)] and None)
            )
            fresh = story(count, 2 * serial + 2)
            rates["stream"].append(len(fresh) / through_stream(redis_url, writer, fresh, size))
        writer.close()
        medians = {name: statistics.median(values) for name, values in rates.items()}
        return {
            "benchmark": "recorder",
            "events": count,
            "batch": size,
            "historyMillions": millions,
            "eventsPerS": {name: round(value) for name, value in medians.items()},
            "streamToCopy": round(medians["stream"] / medians["COPY"], 3),
        }
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--events", type=int, default=40_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument(
        "--history", type=float, default=0.0, help="millions of node executions to fill in first"
    )
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    result = measure(options.events, options.batch, options.history)
    if not options.json:
        print(f"{'path':<8} {'events/s':>10}  of COPY")
        for name, rate in result["eventsPerS"].items():
            print(f"{name:<8} {rate:>10,}  {rate / result['eventsPerS']['COPY']:.2f}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
