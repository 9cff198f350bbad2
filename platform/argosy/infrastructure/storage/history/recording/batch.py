"""Batch of events sorted into rows by table; each identity appears at most once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from argosy.core.event import Event
from argosy.infrastructure.storage.engine.stream_position import position_of
from argosy.infrastructure.storage.history.recording import rows
from argosy.infrastructure.storage.history.recording.fields import (
    copied_json,
    copy_field,
    count,
    iso,
    near,
    number,
    text,
)
from argosy.infrastructure.storage.history.recording.rows import Row

NODE_STATUSES = frozenset({"running", "success", "failed", "skipped", "cancelled"})
FINAL_ACTIONS = frozenset({"filled", "cancelled", "rejected", "denied"})
_EPOCH_DAY = date(1970, 1, 1)
_DAY_MS = 86_400_000


@dataclass(slots=True)
class NodeRow:
    """One node of one run: its COPY line, and the fields that decide between duplicates."""

    final: bool
    attempt: int
    started_ms: float
    line: str


@dataclass(slots=True)
class EventBatch:
    """Rows by table. `rejected` holds events that fit no table, with the reason."""

    nodes: dict[tuple[str, str, str], NodeRow] = field(default_factory=dict)
    runs: dict[str, Row] = field(default_factory=dict)
    actions: dict[str, Row] = field(default_factory=dict)
    opportunities: dict[str, Row] = field(default_factory=dict)
    metrics: list[Row] = field(default_factory=list)
    params: list[Row] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    rejected: list[Row] = field(default_factory=list)

    @classmethod
    def of(cls, events: Iterable[Event]) -> EventBatch:
        batch = cls()
        for event in events:
            try:
                batch._add(event)
            except (ValueError, TypeError, KeyError, ArithmeticError) as error:
                batch.reject(event, f"{type(error).__name__}: {error}")
        return batch

    def reject(self, event: Event, reason: str) -> None:
        """Store the whole event as a reject."""
        self.rejected.append(
            {
                "position": position_of(event.seq),
                "at": iso(position_of(event.seq) >> 20),
                "event": json.dumps(event.to_wire(), default=str),
                "error": text(reason),
            }
        )

    @property
    def days(self) -> set[date]:
        """Return the UTC days of the node executions in the batch."""
        return {_EPOCH_DAY + timedelta(days=int(row.started_ms // _DAY_MS)) for row in self.nodes.values()}

    @property
    def started(self) -> tuple[datetime, datetime]:
        """Return the earliest and the latest start of a node in the batch."""
        times = [row.started_ms for row in self.nodes.values()]
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + timedelta(milliseconds=min(times)), epoch + timedelta(milliseconds=max(times))

    def _add(self, event: Event) -> None:
        match event.type:
            case "node_execution":
                self._node(event)
            case "run_started":
                self._run(event, rows.started_row(event))
            case "run_finished":
                self._run(event, rows.finished_row(event))
            case "action":
                self._action(event)
            case "opportunity":
                self._opportunity(event)
            case "bot_metrics" | "strategy_metrics":
                self.metrics.append(rows.metric(event))
            case "param_change" if event.bot_id is not None:
                self.params.append(rows.param(event))
            case _:
                self.log.append(rows.logged_row(event))

    def _node(self, event: Event) -> None:
        data = event.data
        status = data["status"]
        if status not in NODE_STATUSES:
            raise ValueError(f"status {status!r} is none of {', '.join(sorted(NODE_STATUSES))}")
        key = (rows.require(event, "run_id"), event.strategy_id or "", rows.require(event, "node_id"))
        final, attempt = status != "running", min(count(data.get("attempt") or 1), 32_767)
        known = self.nodes.get(key)
        if known is not None and (known.final or (not final and attempt <= known.attempt)):
            return
        started = near(data.get("startedAt"), event.timestamp)
        started = started if known is None else known.started_ms
        taken = number(data.get("executionTimeMs"))
        line = "\t".join(
            (
                copy_field(key[0]),
                copy_field(key[1]),
                copy_field(key[2]),
                iso(started),
                copy_field(rows.require(event, "bot_id")),
                copy_field(text(data.get("type")) or ""),
                str(attempt),
                status,
                "\\N" if taken is None else f"{taken:.3f}",
                "t" if data.get("truncated") else "f",
                "t" if data.get("tweaked") else "f",
                copied_json(data.get("outputs")),
                copied_json(data.get("inputs")),
                copied_json(data.get("error")),
                copy_field(text(data.get("reason"))),
                copy_field(text(data.get("branch"))),
                copy_field(text(data.get("worker"))),
                str(position_of(event.seq)),
            )
        )
        self.nodes[key] = NodeRow(final, attempt, started, line)

    def _run(self, event: Event, row: Row) -> None:
        run_id = row["id"]
        known = self.runs.get(run_id)
        if known is None:
            self.runs[run_id] = row
            return
        if known["status"] != "running" and row["status"] != "running":
            return
        first, second = (known, row) if known["status"] == "running" else (row, known)
        if second["status"] == "running":
            return
        self.runs[run_id] = {
            **first,
            **{name: value for name, value in second.items() if value not in (None, "")},
            "started_at": first["started_at"],
        }

    def _action(self, event: Event) -> None:
        row = rows.action(event)
        known = self.actions.get(row["client_id"])
        if known is None:
            self.actions[row["client_id"]] = row
        elif _newer(row, known):
            told = row if row["change_id"] else {n: value for n, value in row.items() if value is not None}
            newest = {name: max(known[name], row[name]) for name in ("position", "updated_at")}
            self.actions[row["client_id"]] = {**known, **told, **newest, "at": min(known["at"], row["at"])}

    def _opportunity(self, event: Event) -> None:
        row = rows.opportunity(event)
        known = self.opportunities.get(row["id"])
        if known is None or row["position"] > known["position"]:
            self.opportunities[row["id"]] = row


def _newer(row: Row, known: Row) -> bool:
    """Return True if `row` replaces `known`.

    The journal's change number decides. Without one, the newer stream position wins until a final status.
    """
    if row["change_id"] and known["change_id"]:
        return bool(row["change_id"] > known["change_id"])
    return known["status"] not in FINAL_ACTIONS and (
        row["status"] in FINAL_ACTIONS or row["position"] > known["position"]
    )
