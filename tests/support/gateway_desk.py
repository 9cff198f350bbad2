"""Gateway with a journal in memory and a driven clock."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, Leg
from argosy.core.actions.intent import Caller, Change, Intent
from argosy.core.clock import DrivenClock
from argosy.core.risk import Constraint
from argosy.errors import Unavailable, UnknownOutcome
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue

D = Decimal
S = ActionStatus
START = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALLER = Caller("paper", "trading", "bot", "s1")
MOMENT = timedelta(microseconds=1)
_serial = itertools.count(1)


def lost(venue: ScriptedVenue, action: Action) -> ActionResult:
    raise UnknownOutcome("connection dropped")


def hidden(seconds: float, *answers: Any) -> ScriptedVenue:
    """Return a venue whose missing order proves nothing for so many seconds."""
    venue = ScriptedVenue(*answers)
    venue.absence_proves_after_s = seconds
    return venue


class Journal(MemoryJournal):
    """Journal that records announcements, and is unavailable until `away_until`."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.noted: list[int] = []
        self.away_until = START
        self.tries = 0

    def settle(self, result: ActionResult, **more: Any) -> tuple[Intent, Change | None]:
        self.tries += 1
        if self._clock.now() < self.away_until:
            raise Unavailable("Postgres is away")
        return super().settle(result, **more)

    def announced(self, ids: Sequence[int]) -> None:
        assert ids
        self.noted += ids

    def put(self, action: Action, /, **values: Any) -> Intent:
        """Change the intent of a decided action, as if it had progressed so far."""
        intent = replace(self._intents[action.client_id], **values)
        self._keep_intent(intent, None)
        return intent


@dataclass
class Desk:
    venue: ScriptedVenue = field(default_factory=ScriptedVenue)
    living: set[str] = field(default_factory=lambda: {"me"})
    stopped: set[str] = field(default_factory=set)
    """Processes without heartbeat that have not ended."""
    reconciled: list[Caller] | None = None
    constraints: Sequence[Constraint] = ()

    def __post_init__(self) -> None:
        self.clock = DrivenClock(START)
        self.flags = MemoryEmergencyFlags()
        self.events = MemoryEventBus(clock=self.clock)
        self.journal = Journal(
            self.clock, self.flags, bot_id="bot", capital=D(1000), constraints=self.constraints
        )
        self.venues = TheseVenues({"scripted": self.venue})
        self.gateway = self.process("me")

    def process(self, owner: str) -> Gateway:
        """Return the gateway of one process."""
        reconciled = self.reconciled
        return Gateway(
            self.journal,
            self.flags,
            self.events,
            self.clock,
            owner=owner,
            alive=self.living.__contains__,
            has_ended=lambda owner: owner not in self.living | self.stopped,
            reconcile=None if reconciled is None else lambda caller, _: reconciled.append(caller),
        )

    def order(self, side: str = "buy", quantity: str = "10", price: str = "2", **more: Any) -> Action:
        values: dict[str, Any] = {
            "client_id": f"{next(_serial):032x}",
            "venue": "scripted",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": "X",
            "side": side,
            "quantity": D(quantity),
            "limit_price": D(price),
        }
        return Action(**{**values, **more})

    def legs(self, count: int = 2) -> list[Action]:
        return [
            self.order(symbol=f"L{index}", leg=Leg(group="g", index=index, count=count, on_failure="hold"))
            for index in range(count)
        ]

    def submit(self, *actions: Action, caller: Caller = CALLER) -> list[ActionResult]:
        return self.gateway.submit(caller, self.venues, actions)

    def decided(self, action: Action, **values: Any) -> Intent:
        self.journal.decide(CALLER, [action])
        return self.journal.put(action, **values)

    def sent(self, action: Action, ago_s: float = 0, **values: Any) -> Intent:
        """Return the intent of a process that began the call `ago_s` seconds ago and stopped."""
        at = self.clock.now() - timedelta(seconds=ago_s)
        return self.decided(action, **{"status": S.SUBMITTED, "owner": "other", "submitted_at": at, **values})

    def resolve(self, intent: Intent, actor: str = "reconciler") -> Intent:
        return self.gateway.resolve(intent, self.venues, actor=actor)

    def waited_s(self) -> float:
        return (self.clock.now() - START).total_seconds()
