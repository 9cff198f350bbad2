"""Report of a backtest: runs, nodes, opportunities, actions, closed trades and warnings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from argosy.core.event import Event
from argosy.core.money.trades import TradeRecord
from argosy.venuekit.replay.activity import Activity
from argosy.venuekit.replay.warnings import ReplayWarnings

_STATUSES = ("success", "failed", "cancelled")


class BacktestReport:
    """Report built from a runner's events; a domain adds its figures to it."""

    def __init__(self, warnings: ReplayWarnings, workflow_id: str = "") -> None:
        self.warnings = warnings
        self.activity = Activity(workflow_id)
        self.runs: Counter[str] = Counter()
        self.found = 0
        self.taken = 0
        self.actions: dict[str, dict[str, Any]] = {}

    def on_event(self, event: Event) -> None:
        data = event.data
        self.activity.on_event(event)
        if event.type == "node_execution":
            if data["status"] == "failed":
                error = data["error"]
                self.warnings.add(error["code"], f"{event.node_id}: {error['message']}")
        elif event.type == "opportunity":
            self.found += 1
            self.taken += bool(data["taken"])
        elif event.type == "action":
            self.actions[data["clientId"]] = dict(data)
            if data["status"] != "filled" and data["reason"]:
                self.warnings.add(f"order_{data['status']}", f"{data['kind']}: {data['reason']}")
        elif event.type == "run_finished":
            self.runs[data["status"]] += 1
        elif event.type == "alarm":
            self.warnings.add("alarm", str(data.get("text", "")))

    def common(self, trades: Mapping[str, TradeRecord]) -> dict[str, Any]:
        """Return the figures of every backtest, JSON-ready; `trades` are closed trades by strategy."""
        total = TradeRecord()
        for record in trades.values():
            total = total.plus(record)
        return {
            "runs": {"total": sum(self.runs.values()), **{k: self.runs[k] for k in _STATUSES}},
            **self.activity.to_wire(),
            "opportunities": {"found": self.found, "taken": self.taken},
            "trades": {
                **total.figures(),
                "byStrategy": {name: each.figures() for name, each in trades.items()},
            },
            "actions": dict(Counter(f"{a['kind']}:{a['status']}" for a in self.actions.values())),
            "warnings": self.warnings.to_wire(),
        }
