"""Conversion of one event to one row, by kind of event.

The functions raise ValueError, TypeError or KeyError for an event that fits no table.
"""

from __future__ import annotations

from typing import Any

from argosy.core.event import Event
from argosy.infrastructure.storage.engine.stream_position import position_of
from argosy.infrastructure.storage.history.recording.fields import (
    amount,
    count,
    iso,
    mapping,
    moment,
    near,
    number,
    text,
)

Row = dict[str, Any]


def require(event: Event, name: str) -> str:
    value = getattr(event, name)
    if not value:
        raise ValueError(f"a {event.type} event needs {name}")
    return str(value)


def started_row(event: Event) -> Row:
    data = event.data
    return {
        "id": require(event, "run_id"),
        "bot_id": require(event, "bot_id"),
        "kind": text(data.get("kind")) or "bot",
        "workflow_digest": text(data.get("workflow")) or "",
        "trigger": text(data.get("trigger")) or "manual",
        "status": "running",
        "correlation_id": text(data.get("correlationId")),
        "scheduled_at": moment(data.get("scheduledAt")),
        "started_at": iso(event.timestamp),
    }


def finished_row(event: Event) -> Row:
    data = event.data
    status = data["status"]
    if status not in ("success", "failed", "cancelled"):
        raise ValueError(f"a run ends success, failed or cancelled, not {status!r}")
    return {
        "id": require(event, "run_id"),
        "bot_id": require(event, "bot_id"),
        "kind": "",
        "workflow_digest": "",
        "trigger": "",
        "status": status,
        "reason": text(data.get("reason")),
        "correlation_id": text(data.get("correlationId")),
        "started_at": iso(near(data.get("startedAt"), event.timestamp)),
        "finished_at": iso(event.timestamp),
        "duration_ms": number(data.get("durationMs")),
        "counts": {str(name): count(value) for name, value in mapping(data.get("counts")).items()},
        "opportunities": count(data.get("opportunities")),
        "actions": count(data.get("actions")),
    }


def placed_row(event: Event) -> Row:
    return {
        "position": position_of(event.seq),
        "bot_id": require(event, "bot_id"),
        "strategy_id": event.strategy_id or "",
        "run_id": event.run_id,
        "node_id": event.node_id,
        "at": iso(event.timestamp),
    }


def action(event: Event) -> Row:
    data = event.data
    return {
        **placed_row(event),
        "client_id": str(data["clientId"]),
        "updated_at": iso(event.timestamp),
        "venue": text(data.get("venue")) or "",
        "kind": text(data.get("kind")) or "",
        "symbol": text(data.get("symbol")) or "",
        "label": text(data.get("label")) or "",
        "side": text(data.get("side")),
        "quantity": amount(data.get("quantity")),
        "price": amount(data.get("price")),
        "status": str(data["status"]),
        "filled": amount(data.get("filled")),
        "average_price": amount(data.get("averagePrice")),
        "fee": amount(data.get("fee")),
        "reason": text(data.get("reason")),
        "paper": bool(data.get("paper")),
        "change_id": min(max(int(data.get("change") or 0), 0), 2**63 - 1),
    }


def opportunity(event: Event) -> Row:
    data = event.data
    return {
        **placed_row(event),
        "id": str(data["id"]),
        "type": text(data.get("type")) or "custom",
        "confidence": number(data.get("confidence")),
        "expected_profit": amount(data.get("expectedProfit")),
        "cost": amount(data.get("cost")),
        "risk": amount(data.get("risk")),
        "expires_at": moment(data.get("expiresAt")),
        "taken": bool(data.get("taken")),
        "reason": text(data.get("reason")),
        "details": mapping(data.get("details")),
    }


def metric(event: Event) -> Row:
    metrics = mapping(event.data.get("metrics"))
    row = placed_row(event)
    row.pop("node_id")
    return {
        **row,
        "equity": amount(metrics.get("equity")),
        "pnl": amount(metrics.get("pnl")),
        "metrics": metrics,
    }


def param(event: Event) -> Row:
    data = event.data
    row = placed_row(event)
    row.pop("run_id")
    return {
        **row,
        "param": str(data["param"]),
        "old": data.get("old"),
        "new": data.get("new"),
        "saved": bool(data.get("saved")),
        "actor": text(data.get("actor")) or "",
    }


def logged_row(event: Event) -> Row:
    return {
        "position": position_of(event.seq),
        "at": iso(event.timestamp),
        "type": event.type,
        "bot_id": event.bot_id,
        "strategy_id": event.strategy_id,
        "run_id": event.run_id,
        "node_id": event.node_id,
        "data": event.data,
    }
