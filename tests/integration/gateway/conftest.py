"""A gateway on real Postgres and Valkey, with one bot and a scripted venue."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue

from argosy.core.actions.action import Action, ActionKind, ActionResult, Leg
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller, Intent
from argosy.core.clock import Clock, SystemClock
from argosy.core.ports import Venues
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.actions.reconcile import Reconciler
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.storage.engine.database import Database

_serial = itertools.count(1)


def a_caller(strategy_id: str = "s1", **more: Any) -> Caller:
    return Caller(
        **{
            "mode": "paper",
            "domain": "trading",
            "bot_id": "bot",
            "strategy_id": strategy_id,
            "run_id": "r1",
            **more,
        }
    )


@dataclass
class Desk:
    """One process with a gateway; `caller` is strategy s1 of the bot "bot"."""

    database: Database
    flags: RedisEmergencyFlags
    events: RedisEventBus
    venue: ScriptedVenue
    owner: str = "me"
    living: set[str] = field(default_factory=lambda: {"me"})
    caller: Caller = field(default_factory=a_caller)
    clock: Clock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        self.venues = TheseVenues({"scripted": self.venue})
        self.journal = DatabaseJournal(self.database, self.clock, GatewayPolicy())
        self.gateway = Gateway(
            self.journal,
            self.flags,
            self.events,
            self.clock,
            owner=self.owner,
            alive=self.living.__contains__,
            reconcile=self._reconcile,
            ended=self._ended,
        )
        self.reconciler = Reconciler(self.database, self.gateway, self.events, self.clock)

    def _reconcile(self, caller: Caller, venues: Venues) -> None:
        self.reconciler.before_acting(caller, venues)

    def _ended(self, intent: Intent) -> None:
        self.reconciler.check_legs(intent)

    def order(self, side: str = "buy", quantity: str = "10", price: str = "2", **more: Any) -> Action:
        values: dict[str, Any] = {
            "client_id": f"{next(_serial):032x}",
            "venue": "scripted",
            "kind": ActionKind.PLACE_ORDER,
            "symbol": "X",
            "side": side,
            "quantity": Decimal(quantity),
            "limit_price": Decimal(price),
            "max_fee": Decimal("0.01"),
        }
        return Action(**{**values, **more})

    def pair(self, quantity: str = "10") -> list[Action]:
        group = f"g{next(_serial)}"
        return [
            self.order(quantity=quantity, symbol=symbol, price="0.4").model_copy(
                update={"leg": Leg(group=group, index=index, count=2, on_failure="hold")}
            )
            for index, symbol in enumerate(("UP", "DOWN"))
        ]

    def submit(self, *actions: Action) -> list[ActionResult]:
        return self.gateway.submit(self.caller, self.venues, actions)

    def intent(self, action: Action) -> Intent:
        found = self.journal.get(action.client_id)
        assert found is not None
        return found

    def set(self, state: EmergencyState, epoch: int, *, scope: str = "platform", redis: bool = True) -> None:
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
                "VALUES (%s, %s, %s, 'test', 'test', now()) ON CONFLICT (scope) DO UPDATE "
                "SET state = excluded.state, epoch = excluded.epoch",
                (scope, state.name, epoch),
            )
        if redis:
            self.flags.write(EmergencyFlag(scope, state, epoch, "test"))

    def all(self, query: str) -> list[tuple[Any, ...]]:
        with self.database.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def run(self, statement: str, *values: Any) -> None:
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(statement, values)


@pytest.fixture
def desk_on(redis_url: str, database_url: str) -> Iterator[Callable[..., Desk]]:
    """Makes desks on the same servers; the first one sets the platform NORMAL and makes the bot."""
    databases = []

    def make(venue: ScriptedVenue | None = None, **more: Any) -> Desk:
        database = Database(database_url)
        databases.append(database)
        desk = Desk(
            database,
            RedisEmergencyFlags(redis_url),
            RedisEventBus(redis_url),
            venue or ScriptedVenue(),
            **more,
        )
        if len(databases) == 1:
            desk.set(EmergencyState.NORMAL, 1)
            desk.run(
                "INSERT INTO workflows (digest, workflow_id, kind, version, name, document, created_by) "
                "VALUES ('d', 'w', 'bot', 1, 'w', '{}', 'test')"
            )
            desk.run(
                "INSERT INTO bots (id, name, domain, mode, state, workflow_id, workflow_digest, capital, "
                "base_currency) VALUES ('bot', 'Bot', 'trading', 'paper', 'running', 'w', 'd', 1000, 'USD')"
            )
        return desk

    yield make
    for database in databases:
        database.close()


@pytest.fixture
def desk(desk_on: Callable[..., Desk]) -> Desk:
    return desk_on()
