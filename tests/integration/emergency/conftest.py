"""A desk on the session's real servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from argosy.core.audit import Actor
from argosy.core.clock import DrivenClock
from argosy.core.emergency import EmergencyState
from argosy.core.event import Event
from argosy.infrastructure.emergency.desk import EmergencyDesk
from argosy.infrastructure.emergency.flags import RedisEmergencyFlags
from argosy.infrastructure.emergency.status import EmergencyStatus
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.storage import bots, workflows
from argosy.infrastructure.storage.database import Database

ANN = Actor(id="ann", origin="cli")
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Office:
    """Servers, a clock that is driven, and a desk; `reconciled` are the bots whose comparison comes out clean."""

    database: Database
    flags: RedisEmergencyFlags
    events: RedisEventBus
    clock: DrivenClock
    desk: EmergencyDesk
    asked: list[str]
    enforced: list[int]

    def change(self, scope: str, state: str, **more: Any) -> EmergencyStatus:
        more = {"actor": ANN, "reason": "drill", **more}
        return self.desk.change(scope, EmergencyState[state], **more)

    def flag(self, scope: str) -> tuple[str, int] | None:
        found = self.flags.read([scope])
        return (found[0].state.name, found[0].epoch) if found else None

    def told(self) -> list[Event]:
        return [event for event in self.events.read() if event.type == "emergency"]

    def add_bot(self, bot_id: str, domain: str = "trading", strategies: tuple[str, ...] = ()) -> None:
        nodes = [{"id": "first", "type": "test.mark", "params": {}}]
        nodes += [{"id": s, "type": "strategy", "params": {"strategy": s}} for s in strategies]
        document = {"id": bot_id, "name": bot_id, "kind": "bot", "schema": 1, "nodes": nodes, "edges": []}
        saved = self.database.run(workflows.save(document, created_by="test"))
        self.database.run(
            bots.save(
                id=bot_id,
                name=bot_id,
                domain=domain,
                workflow_id=bot_id,
                workflow_digest=saved.digest,
                capital=Decimal(1000),
            )
        )


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, pool_size=8)
    yield made
    made.close()


@pytest.fixture
def office(database: Database, redis_url: str) -> Office:
    flags = RedisEmergencyFlags(redis_url, hasty=True)
    events = RedisEventBus(redis_url)
    clock = DrivenClock(T0)
    asked: list[str] = []
    enforced: list[int] = []

    def reconcile(bot_id: str) -> bool:
        asked.append(bot_id)
        return True

    desk = EmergencyDesk(database, flags, events, clock, reconcile=reconcile, enforce=enforced.append)
    desk.restore()
    return Office(database, flags, events, clock, desk, asked, enforced)
