"""Events for the recorder, the dashboard and the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

EventType = Literal[
    "run_started",
    "node_execution",
    "run_finished",
    "run_skipped",
    "action",
    "opportunity",
    "bot_metrics",
    "strategy_metrics",
    "emergency",
    "param_change",
    "schedule",
    "worker",
    "breaker",
    "notify",
    "alarm",
]

_BOT_TOPICS: Mapping[str, str] = {
    "run_started": "run",
    "run_finished": "run",
    "run_skipped": "run",
    "node_execution": "node",
    "action": "action",
    "opportunity": "opportunity",
    "bot_metrics": "metrics",
    "strategy_metrics": "metrics",
    "param_change": "param",
}


@dataclass(frozen=True, slots=True)
class Event:
    """Event of the stream.

    The bus assigns `seq` ("<ms>-<n>"), which rises. `timestamp` is in Unix ms.
    """

    type: EventType
    timestamp: int
    bot_id: str | None = None
    strategy_id: str | None = None
    run_id: str | None = None
    node_id: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: str = ""

    @property
    def topic(self) -> str:
        """Topic `bot.<id>.<node|run|action|…>` of a bot's event, else `platform.<type>`."""
        kind = _BOT_TOPICS.get(self.type)
        if self.bot_id is not None:
            return f"bot.{self.bot_id}.{kind or self.type}"
        return f"platform.{self.type}"

    def with_seq(self, seq: str) -> Event:
        return replace(self, seq=seq)

    def to_wire(self) -> dict[str, Any]:
        """Return the message of the live protocol."""
        return {
            "seq": self.seq,
            "type": self.type,
            "botId": self.bot_id,
            "strategyId": self.strategy_id,
            "runId": self.run_id,
            "nodeId": self.node_id,
            "timestamp": self.timestamp,
            "data": dict(self.data),
        }


def seq_key(seq: str) -> tuple[int, int]:
    """Return a sortable form of `seq`; "" sorts before everything."""
    if not seq:
        return (0, 0)
    ms, _, n = seq.partition("-")
    return (int(ms), int(n or 0))
