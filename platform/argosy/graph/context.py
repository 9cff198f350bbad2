"""Context of a node function: everything besides its parameters and inputs."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from argosy.core.actions.action import client_id
from argosy.core.actions.opportunity import Opportunity
from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.event import Event, EventType
from argosy.core.ports import ActionGateway, Books, Documents, Fetcher, Notifier, TradeRecords, Venues
from argosy.core.safety.emergency import EmergencyState
from argosy.graph.outputs import refusal, verify


@dataclass(slots=True)
class NodeContext:
    """Context of one execution of one node.

    `key` names the node in the run ("<strategy instance>/<node>" or "<node>"), `node_id` in its own document.
    `due` is the scheduled time of the run, or its start. `timeout_s` is the time limit of this execution in
    seconds. `emergency` is the effective state along the bot's and strategy's scopes at the start of this
    execution. `capital` is the bot's, in base currency. `books` is its ledger, None where no ledger is kept.
    `trade_records` holds the closed trades of the same ledger, or of a replay. `actions` counts the requested
    actions. Their events are published at once, not with the outcome.
    """

    run_id: str
    key: str
    node_id: str
    bot_id: str
    strategy_id: str | None
    domain: str
    mode: Mode
    attempt: int
    correlation_id: str
    trigger: str
    due: datetime
    timeout_s: float
    emergency: EmergencyState
    clock: Clock
    venues: Venues
    gateway: ActionGateway
    documents: Documents
    fetcher: Fetcher
    notifier: Notifier
    log: Any
    capital: Decimal = Decimal(0)
    books: Books | None = None
    trade_records: TradeRecords | None = None
    events: list[Event] = field(default_factory=list)
    actions: int = 0

    def client_id(self, index: int = 0) -> str:
        """Return the id of this node's `index`-th action, the same on every redelivery."""
        return client_id(self.run_id, self.key, index)

    def count_actions(self, number: int) -> None:
        self.actions += number

    def random(self) -> random.Random:
        """Return a random generator that is reproducible for this node, run and attempt."""
        return random.Random(f"{self.run_id}:{self.key}:{self.attempt}")  # noqa: S311 - not for secrets

    def emit(self, type_: EventType, data: Mapping[str, Any]) -> None:
        """Publish an event with this node's outcome: in the same atomic step, and only if it counts.

        Raises OutputInvalid for data without a JSON form.
        """
        what = f"a {type_} event"
        verify(data, "data", what)
        try:
            orjson.dumps(data)
        except TypeError as error:
            raise refusal(what, "", str(error)) from None
        self.events.append(
            Event(
                type=type_,
                timestamp=self.clock.now_ms(),
                bot_id=self.bot_id,
                strategy_id=self.strategy_id,
                run_id=self.run_id,
                node_id=self.node_id,
                data=dict(data),
            )
        )

    def emit_opportunity(self, opportunity: Opportunity, *, taken: bool, reason: str | None = None) -> None:
        wire = opportunity.to_wire()
        self.emit(
            "opportunity",
            {
                "id": wire["id"],
                "type": wire["kind"],
                "confidence": wire["confidence"],
                "expectedProfit": wire["expectedProfit"],
                "cost": wire["cost"],
                "risk": wire["risk"],
                "expiresAt": wire["expiresAt"],
                "taken": taken,
                "reason": reason or wire["reason"],
                "details": wire["details"],
            },
        )

    @property
    def memory_namespace(self) -> str:
        """Namespace of the documents that this strategy instance (or the bot) keeps between runs."""
        return f"memory:{self.bot_id}:{self.strategy_id or '-'}"
