"""A desk on the session's real servers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from support.node_context import TheseVenues
from support.scripted_venue import Answer, ScriptedVenue

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller
from argosy.core.clock import Clock, DrivenClock, SystemClock
from argosy.core.event import Event
from argosy.core.ports import Venues
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.core.safety.unwinding import Unwinder
from argosy.core.venues.venue import Capability, Level, OrderBook
from argosy.errors import VenueUnavailable
from argosy.infrastructure.actions import Gateway
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.actions.reconcile import Reconciler
from argosy.infrastructure.events.redis import RedisEventBus
from argosy.infrastructure.safety.enforcer import Enforcer
from argosy.infrastructure.safety.flags import RedisEmergencyFlags
from argosy.infrastructure.safety.liquidator import Liquidator
from argosy.infrastructure.safety.restores import Restores
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.safety.status import ArmedStatus, EmergencyStatus
from argosy.infrastructure.safety.witness import RedisWitness, Witness
from argosy.infrastructure.state.redis import RedisRunStore
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import positions
from argosy.venuekit.unwind.book_sale import BookSale

ANN = Actor(id="ann", origin="cli")
T0 = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass
class Office:
    """Servers, a clock that is driven, and a desk; `reconciled` are the bots whose comparison comes out clean."""

    database: Database
    flags: RedisEmergencyFlags
    events: RedisEventBus
    clock: DrivenClock
    desk: EmergencyService
    asked: list[str]
    enforced: list[int]
    restores: Restores

    @property
    def witness(self) -> Witness:
        return self.restores.witness

    def change(self, scope: str, state: str, **more: Any) -> EmergencyStatus:
        more = {"actor": ANN, "reason": "drill", **more}
        return self.desk.change(scope, EmergencyState[state], **more)

    def resume(self, scope: str, state: str = "NORMAL", reason: str = "drill") -> EmergencyStatus:
        return self.desk.resume(scope, EmergencyState[state], actor=ANN, reason=reason)

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


class Market(ScriptedVenue):
    """A scripted venue with one book for every symbol. `deaf` takes no cancellations, `cancels` answers the first."""

    capabilities = ScriptedVenue.capabilities | {Capability.ORDER_BOOK}

    def __init__(self, *answers: Answer, cash: str = "1000") -> None:
        super().__init__(*answers, cash=cash)
        self.bids = [Level(price=Decimal("2"), size=Decimal(100))]
        self.asks = [Level(price=Decimal("2.1"), size=Decimal(100))]
        self.deaf = False
        self.minimum: Decimal | None = Decimal(1)
        self.cancels: list[Answer] = []

    def order_book(self, symbol: str) -> OrderBook:
        return OrderBook(
            venue=self.name,
            symbol=symbol,
            bids=self.bids,
            asks=self.asks,
            received_at=T0,
            minimum_size=self.minimum,
            tick=Decimal("0.01"),
        )

    def execute(self, action: Action) -> ActionResult:
        if self.deaf and action.kind is ActionKind.CANCEL_ORDER:
            raise VenueUnavailable("down for maintenance")
        if self.cancels and action.kind is ActionKind.CANCEL_ORDER:
            return self.cancels.pop(0)(self, action)
        return super().execute(action)


def stays_open(venue: ScriptedVenue, action: Action) -> ActionResult:
    return venue.do(action, Decimal(0), status=ActionStatus.OPEN)


class Trader:
    """A gateway, and what enforces halts through it, over an office's servers; trades for strategy s1 of a bot."""

    def __init__(self, office: Office, redis_url: str, venue: Market, clock: Clock) -> None:
        self.office, self.venue, self.clock = office, venue, clock
        self.venues = TheseVenues({"scripted": venue})
        self.gateway = Gateway(
            DatabaseJournal(office.database, clock, GatewayPolicy(), witness=office.witness),
            office.flags,
            office.events,
            clock,
            owner="me",
            alive={"me"}.__contains__,
            reconcile=self.reconcile,
        )
        self.reconciler = Reconciler(
            office.database,
            self.gateway,
            office.events,
            clock,
            restores=office.restores,
        )
        self.runs = RedisRunStore(redis_url)
        self.unwinder_of: Callable[[str], Unwinder | None] = lambda venue: BookSale()
        liquidator = Liquidator(
            office.database,
            self.gateway,
            lambda _: self.venues,
            lambda domain, venue: self.unwinder_of(venue),
            slices=4,
            slippage=Decimal("0.05"),
        )
        self.enforcer = Enforcer(
            office.database, self.gateway, self.runs, liquidator, clock, lambda _: self.venues
        )
        self._serial = itertools.count(1)

    def reconcile(self, caller: Caller, venues: Venues) -> None:
        self.reconciler.before_acting(caller, venues)

    def compare(self, bot: str = "b1") -> bool:
        return self.reconciler.bot(self.caller(bot), self.venues, trigger="resume").clean

    def caller(self, bot: str = "b1", strategy: str = "s1") -> Caller:
        return Caller("paper", "trading", bot, strategy, run_id="r1")

    def submit(self, side: str, quantity: str, *, bot: str = "b1", strategy: str = "s1") -> ActionResult:
        action = Action(
            client_id=f"{bot}{strategy}{next(self._serial):026x}"[:32],
            venue="scripted",
            kind=ActionKind.PLACE_ORDER,
            symbol="X",
            side=cast("Any", side),
            quantity=Decimal(quantity),
            limit_price=Decimal(2),
            max_fee=Decimal("0.01"),
        )
        (result,) = self.gateway.submit(self.caller(bot, strategy), self.venues, [action])
        return result

    def status(self, result: ActionResult) -> str:
        found = self.office.database.run(intents.get(result.client_id))
        assert found is not None
        return found.status.value

    def held(self) -> Decimal:
        return sum(
            (each.quantity for each in self.office.database.run(positions.holdings("paper"))[0]), Decimal(0)
        )


def shut_down(office: Office, scope: str = "platform", *, flatten: bool = False) -> int:
    armed = office.desk.arm(scope, EmergencyState.SHUTDOWN, actor=ANN, reason="fire", flatten=flatten)
    assert isinstance(armed, ArmedStatus)
    return office.desk.confirm(scope, armed.code, actor=ANN).epoch


def report(office: Office, epoch: int) -> tuple[bool, str]:
    [change] = [each for each in office.desk.history() if each.epoch == epoch]
    return change.enforced_at is not None, change.report or ""


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, pool_size=8)
    yield made
    made.close()


@pytest.fixture
def office(database: Database, redis_url: str) -> Office:
    """Its clock is driven: a wait is over at once."""
    return _office(database, redis_url, DrivenClock(T0))


@pytest.fixture
def busy_office(database: Database, redis_url: str) -> Office:
    """Its clock is the machine's."""
    return _office(database, redis_url, SystemClock())


@pytest.fixture
def trader(busy_office: Office, redis_url: str) -> Trader:
    busy_office.add_bot("b1", strategies=("s1", "s2"))
    busy_office.add_bot("b2", strategies=("s1",))
    return Trader(busy_office, redis_url, Market(), busy_office.clock)


def _office(database: Database, redis_url: str, clock: Any) -> Office:
    flags = RedisEmergencyFlags(redis_url, hasty=True)
    events = RedisEventBus(redis_url)
    asked: list[str] = []
    enforced: list[int] = []

    def reconcile(bot_id: str) -> bool:
        asked.append(bot_id)
        return True

    witness = RedisWitness(redis_url)
    restores = Restores(database, flags, witness, clock)
    desk = EmergencyService(
        database, flags, events, clock, reconcile=reconcile, enforce=enforced.append, restores=restores
    )
    desk.restore()
    return Office(database, flags, events, clock, desk, asked, enforced, restores)
