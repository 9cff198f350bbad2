"""Activity of a replayed workflow's nodes: outcomes, branches, notifications."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from argosy.core.clock import from_ms
from argosy.core.event import Event

MOST_SHOWN = 20
"""Notifications shown in a report; the report also has the total."""
_FINAL = frozenset({"success", "failed", "skipped", "cancelled"})


@dataclass
class NodeActivity:
    """Counts of one node over all runs, and its first error."""

    type: str
    outcomes: Counter[str] = field(default_factory=Counter)
    branches: Counter[str] = field(default_factory=Counter)
    error: dict[str, Any] | None = None

    def to_wire(self) -> dict[str, Any]:
        return {
            "type": self.type,
            "outcomes": dict(self.outcomes),
            "branches": dict(self.branches),
            "error": self.error,
        }


class Activity:
    """Counter of run events by node."""

    def __init__(self, workflow_id: str) -> None:
        self._workflow_id = workflow_id
        self._nodes: dict[str, NodeActivity] = {}
        self._notifications: list[dict[str, Any]] = []
        self._notified = 0

    def on_event(self, event: Event) -> None:
        if event.type == "node_execution" and event.data["status"] in _FINAL:
            self._count(event)
        elif event.type == "notify":
            self._notified += 1
            if len(self._notifications) < MOST_SHOWN:
                self._notifications.append(
                    {
                        "at": from_ms(event.timestamp)
                        .isoformat(timespec="milliseconds")
                        .replace("+00:00", "Z"),
                        "node": self._key(event) if event.node_id else None,
                        "level": event.data.get("level", "info"),
                        "title": event.data.get("title", ""),
                        "body": event.data.get("body", ""),
                    }
                )

    def to_wire(self) -> dict[str, Any]:
        """Return the nodes in the order of their first end, and the first notifications."""
        return {
            "nodes": {key: node.to_wire() for key, node in self._nodes.items()},
            "notifications": {"total": self._notified, "first": self._notifications},
        }

    def _count(self, event: Event) -> None:
        data = event.data
        node = self._nodes.setdefault(self._key(event), NodeActivity(data["type"]))
        node.outcomes[data["status"]] += 1
        if data.get("branch") is not None:
            node.branches[data["branch"]] += 1
        if node.error is None and data.get("error"):
            node.error = {"code": data["error"]["code"], "message": data["error"]["message"]}

    def _key(self, event: Event) -> str:
        within = event.strategy_id not in (None, self._workflow_id)
        return f"{event.strategy_id}/{event.node_id}" if within else str(event.node_id)
