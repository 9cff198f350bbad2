"""Argosy workflow with the interface of a legacy strategy.

The methods are find_opportunity, should_execute and execute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.money.money import ZERO, decimal
from argosy.legacy.record import Record

Run = Callable[[], Sequence[Event]]
"""One run of the workflow from launch to end; returns the published events."""


class StrategyAdapter:
    """Workflow as a legacy strategy.

    `look` runs the workflow without sending or storing (`LookOnly` venues, `ScratchDocuments`). `act` runs it
    through the gateway. The opportunities that `act` finds count, not those of `look`.
    """

    def __init__(
        self,
        look: Run,
        act: Run,
        clock: Clock,
        *,
        minimum_confidence: float = 0.0,
        minimum_profit: Decimal = ZERO,
    ) -> None:
        self._look = look
        self._act = act
        self._clock = clock
        self.minimum_confidence = minimum_confidence
        self.minimum_profit = minimum_profit

    def find_opportunity(self) -> Record | None:
        """Return the opportunity with the highest expected profit, in floats; None without any."""
        found = [_opportunity(event) for event in self._look() if event.type == "opportunity"]
        return max(found, key=lambda o: o["expected_profit"], default=None)

    def should_execute(self, opportunity: Any) -> bool:
        expires = opportunity["expires_at"]
        if expires is not None and expires <= self._clock.now().timestamp():
            return False
        enough = decimal(opportunity["expected_profit"]) >= self.minimum_profit
        return enough and opportunity["confidence"] >= self.minimum_confidence

    def execute(self, opportunity: Any) -> list[Record]:
        """Run the workflow and return the last state of each of its actions."""
        last: dict[str, Record] = {}
        for event in self._act():
            if event.type == "action":
                last[str(event.data["clientId"])] = _action(event.data)
        return list(last.values())


def _opportunity(event: Event) -> Record:
    data = event.data
    expires = data.get("expiresAt")
    return Record(
        id=data["id"],
        type=data["type"],
        confidence=float(data["confidence"]),
        expected_profit=float(data["expectedProfit"]),
        cost=float(data["cost"]),
        expires_at=None if expires is None else _seconds(expires),
        metadata=dict(data.get("details") or {}),
    )


def _action(data: Any) -> Record:
    average = data.get("averagePrice")
    return Record(
        id=data["clientId"],
        symbol=data["symbol"],
        side=data["side"],
        amount=float(data["quantity"]),
        status=data["status"],
        filled=float(data["filled"]),
        average=None if average is None else float(average),
        fee=float(data["fee"]),
        reason=data["reason"],
    )


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
