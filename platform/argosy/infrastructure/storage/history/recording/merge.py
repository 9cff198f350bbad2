"""SQL that merges a batch into history. Repeating a statement with the same rows is safe."""

# ruff: noqa: S608 - statements are put together from constants of this module only

from __future__ import annotations

_NODE_COLUMNS = (
    "run_id",
    "strategy_id",
    "node_id",
    "started_at",
    "bot_id",
    "type",
    "attempt",
    "status",
    "execution_time_ms",
    "truncated",
    "tweaked",
    "outputs",
    "inputs",
    "error",
    "reason",
    "branch",
    "worker",
)
_ALL = ", ".join(_NODE_COLUMNS)
_NEWS = _NODE_COLUMNS[5:]
_STATE = ("run_id", "started_at", *_NEWS)

INCOMING = """
CREATE TEMP TABLE IF NOT EXISTS incoming_nodes (
    run_id text, strategy_id text, node_id text, started_at timestamptz, bot_id text, type text,
    attempt smallint, status text, execution_time_ms real, truncated boolean, tweaked boolean,
    outputs jsonb, inputs jsonb, error jsonb, reason text, branch text, worker text, position bigint
) ON COMMIT DELETE ROWS
"""

COPY_NODES = f"COPY incoming_nodes ({_ALL}, position) FROM STDIN"

# LATERAL with LIMIT makes each search for known rows an index lookup. The planner has no statistics of the
# temporary table; without this it might read whole partitions.
NODES = f"""
WITH known AS MATERIALIZED (
    SELECT i.run_id, i.strategy_id, i.node_id, e.started_at, e.status, e.attempt
    FROM incoming_nodes i CROSS JOIN LATERAL (
        SELECT started_at, status, attempt FROM node_executions e
        WHERE e.run_id = i.run_id AND e.strategy_id = i.strategy_id AND e.node_id = i.node_id
          AND e.started_at BETWEEN %(first)s AND %(last)s
        LIMIT 1) e
), changed AS (
    UPDATE node_executions e SET {", ".join(f"{name} = i.{name}" for name in _NEWS)}
    FROM known k JOIN incoming_nodes i
      ON i.run_id = k.run_id AND i.strategy_id = k.strategy_id AND i.node_id = k.node_id
    WHERE k.status = 'running' AND (i.status <> 'running' OR i.attempt > k.attempt)
      AND e.run_id = k.run_id AND e.strategy_id = k.strategy_id AND e.node_id = k.node_id
      AND e.started_at = k.started_at AND e.started_at BETWEEN %(first)s AND %(last)s
    RETURNING e.run_id, e.strategy_id, e.node_id
), added AS (
    INSERT INTO node_executions ({_ALL})
    SELECT {_ALL} FROM incoming_nodes i
    WHERE NOT EXISTS (
        SELECT FROM known k
        WHERE k.run_id = i.run_id AND k.strategy_id = i.strategy_id AND k.node_id = i.node_id)
    ON CONFLICT DO NOTHING
    RETURNING run_id, strategy_id, node_id
), fresh AS MATERIALIZED (
    SELECT i.* FROM incoming_nodes i
    JOIN (SELECT * FROM changed UNION ALL SELECT * FROM added) n USING (run_id, strategy_id, node_id)
), seen AS (
    INSERT INTO strategy_runs AS s (run_id, strategy_id, bot_id, started_at, success, failed, skipped, cancelled)
    SELECT run_id, strategy_id, min(bot_id), min(started_at),
        count(*) FILTER (WHERE status = 'success'), count(*) FILTER (WHERE status = 'failed'),
        count(*) FILTER (WHERE status = 'skipped'), count(*) FILTER (WHERE status = 'cancelled')
    FROM fresh WHERE strategy_id <> '' GROUP BY run_id, strategy_id ORDER BY run_id, strategy_id
    ON CONFLICT (run_id, strategy_id) DO UPDATE SET
        started_at = least(s.started_at, excluded.started_at),
        success = s.success + excluded.success, failed = s.failed + excluded.failed,
        skipped = s.skipped + excluded.skipped, cancelled = s.cancelled + excluded.cancelled
)
INSERT INTO node_states AS s
    (bot_id, strategy_id, node_id, position, {", ".join(_STATE)}, executions, successes, skips, total_time_ms)
SELECT DISTINCT ON (bot_id, strategy_id, node_id)
    bot_id, strategy_id, node_id, position, {", ".join(_STATE)},
    count(*) FILTER (WHERE status IN ('success', 'failed')) OVER same,
    count(*) FILTER (WHERE status = 'success') OVER same,
    count(*) FILTER (WHERE status = 'skipped') OVER same,
    coalesce(sum(execution_time_ms) FILTER (WHERE status IN ('success', 'failed')) OVER same, 0)
FROM fresh WINDOW same AS (PARTITION BY bot_id, strategy_id, node_id)
ORDER BY bot_id, strategy_id, node_id, position DESC
ON CONFLICT (bot_id, strategy_id, node_id) DO UPDATE SET
    position = greatest(s.position, excluded.position),
    {", ".join(f"{n} = CASE WHEN excluded.position > s.position THEN excluded.{n} ELSE s.{n} END" for n in _STATE)},
    executions = s.executions + excluded.executions, successes = s.successes + excluded.successes,
    skips = s.skips + excluded.skips, total_time_ms = s.total_time_ms + excluded.total_time_ms
"""


def _from_json(columns: str) -> str:
    return f"jsonb_to_recordset(%(rows)s::jsonb) AS r({columns})"


RUNS = f"""
INSERT INTO runs AS k (id, bot_id, kind, workflow_digest, trigger, status, reason, correlation_id, scheduled_at,
    started_at, finished_at, duration_ms, counts, opportunities, actions)
SELECT id, bot_id, kind, workflow_digest, trigger, status, reason, correlation_id, scheduled_at, started_at,
    finished_at, duration_ms, coalesce(counts, '{{}}'), coalesce(opportunities, 0), coalesce(actions, 0)
FROM {
    _from_json(
        "id text, bot_id text, kind text, workflow_digest text, trigger text, status text, reason text, "
        "correlation_id text, scheduled_at timestamptz, started_at timestamptz, finished_at timestamptz, "
        "duration_ms float, counts jsonb, opportunities int, actions int"
    )
} ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    kind = coalesce(nullif(k.kind, ''), excluded.kind),
    workflow_digest = coalesce(nullif(k.workflow_digest, ''), excluded.workflow_digest),
    trigger = coalesce(nullif(k.trigger, ''), excluded.trigger),
    correlation_id = coalesce(k.correlation_id, excluded.correlation_id),
    scheduled_at = coalesce(k.scheduled_at, excluded.scheduled_at),
    started_at = CASE WHEN excluded.status = 'running' THEN excluded.started_at ELSE k.started_at END,
    status = CASE WHEN k.status = 'running' THEN excluded.status ELSE k.status END,
    reason = coalesce(k.reason, excluded.reason),
    finished_at = coalesce(k.finished_at, excluded.finished_at),
    duration_ms = coalesce(k.duration_ms, excluded.duration_ms),
    counts = CASE WHEN k.status = 'running' THEN excluded.counts ELSE k.counts END,
    opportunities = CASE WHEN k.status = 'running' THEN excluded.opportunities ELSE k.opportunities END,
    actions = CASE WHEN k.status = 'running' THEN excluded.actions ELSE k.actions END
WHERE k.status = 'running' OR k.trigger = ''
"""

_FINAL = "('filled', 'cancelled', 'rejected', 'denied')"
_ACTION_NEWS = tuple(
    f"{name} = CASE WHEN excluded.change_id > 0 THEN excluded.{name} ELSE coalesce(excluded.{name}, a.{name}) END"
    for name in ("side", "quantity", "price", "filled", "average_price", "fee", "reason")
)
"""Updates by an action's journal record replace every column.

Other events may omit fields that they do not know.
"""


def _counted(column: str) -> str:
    return f"""
INSERT INTO strategy_runs AS s (run_id, strategy_id, bot_id, started_at, {column})
SELECT run_id, strategy_id, min(bot_id), min(at), count(*) FROM done
WHERE fresh AND run_id IS NOT NULL AND strategy_id <> '' GROUP BY run_id, strategy_id ORDER BY 1, 2
ON CONFLICT (run_id, strategy_id) DO UPDATE SET {column} = s.{column} + excluded.{column}
"""


# xmax is 0 in a row that this statement inserted, and not 0 in a row that it updated.
ACTIONS = f"""
WITH done AS (
    INSERT INTO actions AS a (client_id, position, bot_id, strategy_id, run_id, node_id, at, updated_at, venue, kind,
        symbol, label, side, quantity, price, status, filled, average_price, fee, reason, paper, change_id)
    SELECT client_id, position, bot_id, strategy_id, run_id, node_id, at, updated_at, venue, kind, symbol,
        coalesce(label, ''), side, quantity, price, status, filled, average_price, fee, reason, paper, change_id
    FROM {
    _from_json(
        "client_id text, position bigint, bot_id text, strategy_id text, run_id text, node_id text, "
        "at timestamptz, updated_at timestamptz, venue text, kind text, symbol text, label text, side text, "
        "quantity numeric, price numeric, status text, filled numeric, average_price numeric, fee numeric, "
        "reason text, paper boolean, change_id bigint"
    )
} ORDER BY client_id
    ON CONFLICT (client_id) DO UPDATE SET
        position = greatest(a.position, excluded.position),
        at = least(a.at, excluded.at), updated_at = greatest(a.updated_at, excluded.updated_at),
        status = excluded.status, change_id = greatest(a.change_id, excluded.change_id), {
    ", ".join(_ACTION_NEWS)
}
    WHERE CASE WHEN a.change_id > 0 AND excluded.change_id > 0 THEN excluded.change_id > a.change_id
        ELSE a.status NOT IN {_FINAL} AND (excluded.status IN {_FINAL} OR excluded.position > a.position) END
    RETURNING run_id, strategy_id, bot_id, at, xmax = 0 AS fresh
)
{_counted("actions")}
"""

OPPORTUNITIES = f"""
WITH done AS (
    INSERT INTO opportunities AS o (id, position, bot_id, strategy_id, run_id, node_id, at, type, confidence,
        expected_profit, cost, risk, expires_at, taken, reason, details)
    SELECT id, position, bot_id, strategy_id, run_id, node_id, at, type, confidence, expected_profit, cost, risk,
        expires_at, taken, reason, details
    FROM {
    _from_json(
        "id text, position bigint, bot_id text, strategy_id text, run_id text, node_id text, at timestamptz, "
        "type text, confidence float, expected_profit numeric, cost numeric, risk numeric, "
        "expires_at timestamptz, taken boolean, reason text, details jsonb"
    )
} ORDER BY id
    ON CONFLICT (id) DO UPDATE SET position = excluded.position, confidence = excluded.confidence,
        expected_profit = excluded.expected_profit, cost = excluded.cost, risk = excluded.risk,
        taken = excluded.taken, reason = coalesce(excluded.reason, o.reason), details = excluded.details
    WHERE excluded.position > o.position
    RETURNING run_id, strategy_id, bot_id, at, xmax = 0 AS fresh
)
{_counted("opportunities")}
"""

METRICS = f"""
INSERT INTO metrics (bot_id, strategy_id, position, at, run_id, equity, pnl, metrics)
SELECT bot_id, strategy_id, position, at, run_id, equity, pnl, metrics
FROM {
    _from_json(
        "bot_id text, strategy_id text, position bigint, at timestamptz, run_id text, equity numeric, "
        "pnl numeric, metrics jsonb"
    )
}
ON CONFLICT DO NOTHING
"""

PARAMS = f"""
INSERT INTO param_changes (position, at, bot_id, strategy_id, node_id, param, old, new, saved, actor)
SELECT position, at, bot_id, strategy_id, node_id, param, old, new, saved, actor
FROM {
    _from_json(
        "position bigint, at timestamptz, bot_id text, strategy_id text, node_id text, param text, old jsonb, "
        "new jsonb, saved boolean, actor text"
    )
}
ON CONFLICT DO NOTHING
"""

LOG = f"""
INSERT INTO events_log (position, at, type, bot_id, strategy_id, run_id, node_id, data)
SELECT position, at, type, bot_id, strategy_id, run_id, node_id, data
FROM {
    _from_json(
        "position bigint, at timestamptz, type text, bot_id text, strategy_id text, run_id text, node_id text, "
        "data jsonb"
    )
}
ON CONFLICT DO NOTHING
"""

REJECTS = f"""
INSERT INTO recorder_rejects (position, at, event, error)
SELECT position, at, event, error FROM {_from_json("position bigint, at timestamptz, event text, error text")}
ON CONFLICT DO NOTHING
"""

PROGRESS = """
INSERT INTO recorder_progress AS p (stream, last_seq, recorded, updated_at)
VALUES (%(stream)s, %(seq)s, %(count)s, clock_timestamp())
ON CONFLICT (stream) DO UPDATE SET recorded = p.recorded + excluded.recorded, updated_at = excluded.updated_at,
    last_seq = CASE WHEN string_to_array(excluded.last_seq, '-')::bigint[] > string_to_array(p.last_seq, '-')::bigint[]
        THEN excluded.last_seq ELSE p.last_seq END
"""

ONE_WRITER = "SELECT pg_advisory_xact_lock(hashtextextended('argosy:recorder', 0))"
"""Lock that makes recorders take turns.

Two recorders of one group may hold events of the same node.
"""
