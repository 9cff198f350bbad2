"""What each screen's query costs on a full history.

    python -m benchmarks.history [--millions 2] [--json]

Fills a PostgreSQL of its own with that many million node executions over two weeks (and their runs, strategies'
runs, states, actions and points), then times every operation the dashboard reads with, on random arguments. The bar is
a p95 of 50 ms at ten millions.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.storage.engine import migrate, partitions
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.history import actions, activity, executions, metrics, runs

NODES = 18
DAYS = 14
TRIES = 60

FILL = (
    """
    INSERT INTO runs (id, bot_id, kind, workflow_digest, trigger, status, started_at, finished_at, duration_ms, counts)
    SELECT 'run-' || n, 'bot-' || n %% 10, 'bot', 'd', 'schedule',
        CASE WHEN n %% 5000 = 0 THEN 'failed' ELSE 'success' END,
        now() - n * interval '14 days' / %(runs)s, now() - n * interval '14 days' / %(runs)s, 40, '{"success": 18}'
    FROM generate_series(0, %(runs)s - 1) n
    """,
    """
    INSERT INTO strategy_runs (run_id, strategy_id, bot_id, started_at, success)
    SELECT id, s, bot_id, started_at, 9 FROM runs, unnest(ARRAY['s0', 's1']) s
    """,
    """
    INSERT INTO node_executions (run_id, strategy_id, node_id, started_at, bot_id, type, attempt, status,
        execution_time_ms, outputs, worker)
    SELECT r.id, 's' || n %% 2, 'node_' || n, r.started_at, r.bot_id, 'core.noop', 1, 'success', 1.25,
        '{"price": "50234.56", "fresh": true}', 'io@host'
    FROM runs r, generate_series(0, 17) n
    """,
    """
    INSERT INTO node_states (bot_id, strategy_id, node_id, position, run_id, type, attempt, status, started_at,
        truncated, tweaked, executions, successes)
    SELECT DISTINCT 'bot-' || b, 's' || n %% 2, 'node_' || n, 1, 'run-0', 'core.noop', 1, 'success', now(), false, false,
        1000, 990
    FROM generate_series(0, 9) b, generate_series(0, 17) n
    """,
    """
    INSERT INTO metrics (bot_id, strategy_id, position, at, run_id, equity, pnl, metrics)
    SELECT bot_id, '', row_number() OVER (), started_at, id, 1000, 1, '{"equity": "1000"}' FROM runs
    """,
    """
    INSERT INTO actions (client_id, position, bot_id, strategy_id, run_id, at, updated_at, venue, kind, symbol, status,
        paper)
    SELECT 'c-' || id, row_number() OVER (), bot_id, 's0', id, started_at, started_at, 'pm', 'place_order', 'UP', 'filled',
        true
    FROM runs WHERE id LIKE '%%0'
    """,
    "ANALYZE",
)


def fill(url: str, millions: float) -> int:
    """Returns the number of runs."""
    database = Database(url, pool_size=1)
    today = datetime.now(UTC).date()
    database.run(partitions.ensure(today - timedelta(days=n) for n in range(-1, DAYS + 2)))
    database.close()
    count = int(millions * 1_000_000 / NODES)
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        for statement in FILL:
            connection.execute(statement, {"runs": count} if "%(" in statement or "%%" in statement else None)
    return count


def screens(count: int, dice: random.Random) -> dict[str, Operation[Any]]:
    """Each screen's operation, on arguments drawn anew."""
    run, bot = f"run-{dice.randrange(count)}", f"bot-{dice.randrange(10)}"
    now = datetime.now(UTC)
    since = now - timedelta(days=dice.choice((1, 7)))
    return {
        "runs of a bot": runs.newest(bot_id=bot),
        "failed runs": runs.newest(status="failed"),
        "failed runs of a bot": runs.newest(bot_id=bot, status="failed"),
        "an old page of runs": runs.newest(before=(now - timedelta(days=9), "x")),
        "last run of ten bots": runs.last_of_each([f"bot-{n}" for n in range(10)]),
        "a strategy's last 100 runs": runs.of_strategy(bot, "s1"),
        "one run replayed": executions.of_run(run),
        "one node of a run": executions.of_node(run, "node_3", "s1"),
        "a node's history": executions.history(bot, "s1", "node_3"),
        "live states and success rates": executions.latest(bot, "s1"),
        "activity": activity.newest(),
        "activity of a bot": activity.newest(bot_id=bot),
        "actions of a strategy": actions.newest(bot, "s0"),
        "equity chart": metrics.series(bot, since=since, until=now, step_s=1800),
        "newest figures": metrics.latest(bot),
    }


def measure(millions: float) -> dict[str, Any]:
    home = Path(tempfile.mkdtemp(prefix="argosy-bench-"))
    servers = EmbeddedServers(home, durable=False)
    try:
        servers.start()
        url = servers.postgres.database_url("argosy")
        migrate.upgrade(url)
        count = fill(url, millions)
        database, dice = Database(url), random.Random(7)
        taken: dict[str, list[float]] = {}
        for _ in range(TRIES):
            for name, operation in screens(count, dice).items():
                begun = time.perf_counter()
                database.run(operation)
                taken.setdefault(name, []).append((time.perf_counter() - begun) * 1000)
        database.close()
        figures = {
            name: {
                "p50": round(sorted(ms)[len(ms) // 2], 2),
                "p95": round(sorted(ms)[int(len(ms) * 0.95)], 2),
            }
            for name, ms in taken.items()
        }
        return {"benchmark": "history", "nodeExecutionsMillions": millions, "ms": figures}
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--millions", type=float, default=2.0)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    result = measure(options.millions)
    if not options.json:
        print(f"{'screen':<32} {'p50 ms':>8} {'p95 ms':>8}")
        for name, ms in result["ms"].items():
            print(f"{name:<32} {ms['p50']:>8.2f} {ms['p95']:>8.2f}")
    print(json.dumps(result))


if __name__ == "__main__":
    main()
