"""The gateway's own record of actions, which history follows.

An event only signals that the record has changed.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import psycopg
from psycopg.rows import dict_row

HEALED_DAYS = 30

_RECORD = """
    i.client_id, i.bot_id, i.strategy_id, i.run_id, i.node_id, i.venue, i.kind, i.symbol,
    coalesce(nullif(i.action->>'label', ''), i.symbol) AS label, i.action->>'side' AS side,
    (i.action->>'quantity')::numeric AS quantity, (i.action->>'limitPrice')::numeric AS price,
    c.after AS status, i.filled, (i.result->>'averagePrice')::numeric AS average_price,
    coalesce((i.result->>'fee')::numeric, 0) AS fee, c.reason, i.mode = 'paper' AS paper, c.id AS change_id,
    i.decided_at AS at, c.at AS updated_at
FROM intents i JOIN LATERAL (
    SELECT id, after, at, reason FROM intent_changes WHERE client_id = i.client_id ORDER BY id DESC LIMIT 1
) c ON true
"""
_FIELDS = (
    "bot_id", "strategy_id", "run_id", "node_id", "venue", "kind", "symbol", "label", "side", "quantity", "price",
    "status", "filled", "average_price", "fee", "reason", "paper", "change_id", "at", "updated_at",
)  # fmt: skip

_SET = ", ".join(f"{name} = r.{name}" for name in _FIELDS)
_OURS = ", ".join(f"a.{name}" for name in _FIELDS)
_THEIRS = ", ".join(f"r.{name}" for name in _FIELDS)

_OF_ACTIONS = f"SELECT {_RECORD} WHERE i.client_id = ANY(%(ids)s)"
_HEAL = f"""
WITH r AS (SELECT {_RECORD} WHERE i.decided_at > clock_timestamp() - make_interval(days => %(days)s))
UPDATE actions a SET {_SET} FROM r
WHERE a.client_id = r.client_id AND a.change_id <> 0 AND ({_OURS}) IS DISTINCT FROM ({_THEIRS})
"""  # noqa: S608 - made of the constants above


def recorded_actions(cursor: psycopg.Cursor[Any], client_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return each action as the journal has it now, by id; unknown ids are missing."""
    with cursor.connection.cursor(row_factory=dict_row) as reader:
        reader.execute(_OF_ACTIONS, {"ids": sorted(client_ids)})
        return {row["client_id"]: {name: _plain(value) for name, value in row.items()} for row in reader}


def heal(cursor: psycopg.Cursor[Any], days: int = HEALED_DAYS) -> int:
    """Overwrite history rows that differ from the journal and return their number."""
    cursor.execute(_HEAL, {"days": days})
    return cursor.rowcount


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, bool)) else str(value)
