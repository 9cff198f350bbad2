"""Limits on edits on a real Postgres: edits of other bots and processes, also with an unknown outcome."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.risk import limit

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller, Intent
from argosy.core.actions.value_change import ValueChange
from argosy.core.clock import DrivenClock
from argosy.core.risk import ConstraintKind
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.venues.market_facts import MarketFacts
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.risk.limits import LimitService
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.engine.database import Database

from .conftest import NOW

pytestmark = pytest.mark.integration
ANN = Actor(id="ann", origin="cli")
K = ConstraintKind
S = ActionStatus
NORMAL = EmergencyFlag("platform", EmergencyState.NORMAL, 1, "test")


class Editor:
    """A process that changes values for one bot."""

    numbers = itertools.count(1)

    def __init__(
        self, database: Database, clock: DrivenClock, bot_id: str = "b1", mode: str = "paper"
    ) -> None:
        self.journal = DatabaseJournal(database, clock, GatewayPolicy())
        self.caller = Caller(mode, "trading", bot_id)

    def change(self, wanted: str, before: str = "10", field: str = "price", symbol: str = "SKU") -> Intent:
        return self.decide(symbol, change=ValueChange(field=field, before=before, wanted=wanted))

    def level(self, wanted: str, before: str) -> Intent:
        return self.decide(
            "SKU", kind=ActionKind.SET_BUDGET, quantity=Decimal(wanted), parameters={"current": before}
        )

    def decide(self, symbol: str, **more: Any) -> Intent:
        values: dict[str, Any] = {"kind": ActionKind.SET_PRICE, "quantity": Decimal(0), **more}
        action = Action(client_id=f"{next(self.numbers):032x}", venue="kraken", symbol=symbol, **values)
        markets = {("kraken", symbol): MarketFacts(size=Decimal(100))}
        (intent,), _ = self.journal.decide(self.caller, [action], None, markets)
        return intent

    def end(self, intent: Intent, status: S, code: str | None = None) -> None:
        """Begin the action and settle it."""
        begun, _ = self.journal.begin(
            intent.client_id, seen=[NORMAL], quantity=None, liquidator=False, owner="me"
        )
        assert begun.status is S.SUBMITTED, begun.reason
        result = ActionResult(client_id=intent.client_id, status=status, code=code)
        self.journal.settle(result, actor="test", call_ended=True)


@pytest.fixture
def editors(database: Database, database_url: str, clock: DrivenClock) -> Iterator[tuple[Editor, Editor]]:
    """Two processes, each with a bot and a database connection of its own."""
    bot = database.run(bots.get("b1"))
    database.run(
        bots.save(
            id="b2", name="C", domain="trading", workflow_id=bot.workflow_id,
            workflow_digest=bot.workflow_digest, capital=Decimal(1000),
        )
    )  # fmt: skip
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
            "VALUES ('platform', 'NORMAL', 1, 'test', 'test', now())"
        )
        connection.exec_driver_sql(
            "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean) "
            "VALUES ('b1', now(), true), ('b2', now(), true)"
        )
    other = Database(database_url)
    yield Editor(database, clock), Editor(other, clock, "b2")
    other.close()


def rule(database: Database, desk: LimitService, kind: K, amount: str, **more: Any) -> None:
    database.run(desk.set(limit(kind, amount, id=f"{kind.value}{more.get('window_s', '')}", **more), ANN))


@pytest.mark.parametrize("status", [S.PLANNED, S.UNKNOWN, S.OPEN, S.FILLED])
def test_a_pause_counts_edits_of_another_process(
    database: Database, desk: LimitService, clock: DrivenClock, editors: tuple[Editor, Editor], status: S
) -> None:
    rule(database, desk, K.COOLDOWN, "60")
    mine, other = editors
    first = other.change("12")
    if status is not S.PLANNED:
        other.end(first, status)
    clock.advance(59)
    assert mine.change("41", "40", "budget").code == "risk.cooldown"
    assert mine.change("12", symbol="ELSE").code is None
    clock.advance(1)
    assert mine.change("41", "40", "budget").code is None


@pytest.mark.parametrize(
    ("status", "code", "counts"),
    [(S.REJECTED, None, False), (S.CANCELLED, "never_arrived", False), (S.CANCELLED, "superseded", True)],
)
def test_an_edit_without_effect_starts_no_pause(
    database: Database, desk: LimitService, editors: tuple[Editor, Editor], status: S, code: str, counts: bool
) -> None:
    rule(database, desk, K.COOLDOWN, "60")
    mine, other = editors
    other.end(other.change("12"), status, code)
    assert (mine.change("12").code == "risk.cooldown") is counts


def test_a_day_of_small_edits_by_two_bots_adds_up(
    database: Database, desk: LimitService, clock: DrivenClock, editors: tuple[Editor, Editor]
) -> None:
    rule(database, desk, K.LARGEST_CHANGE, "0.1")
    rule(database, desk, K.LARGEST_CHANGE, "0.2", window_s=86_400)
    mine, other = editors
    mine.end(mine.change("11", "10"), S.FILLED)
    clock.advance(3600)
    other.end(other.change("12", "11"), S.UNKNOWN)
    clock.advance(3600)
    beyond = mine.change("12.1", "12", "bid")  # another field
    assert beyond.code is None
    later = mine.level("12.5", "12")
    assert later.code is None, later.reason
    settled = other.journal.get(other.journal.unsettled("b2")[0].client_id)
    assert settled is not None
    other.journal.settle(ActionResult(client_id=settled.client_id, status=S.FILLED), actor="test")
    last = mine.change("12.1", "12")
    assert (last.code, "within 86400 s" in (last.reason or "")) == ("risk.largest_change", True)
    clock.advance(86_400 - 7200)  # the first edit is a day old now, and its value stands no more
    assert mine.change("12.1", "12").code is None


def test_levels_of_earlier_edits_count_as_changes(
    database: Database, desk: LimitService, clock: DrivenClock, editors: tuple[Editor, Editor]
) -> None:
    rule(database, desk, K.LARGEST_CHANGE, "0.2", window_s=600)
    mine, other = editors
    other.end(other.level("110", "100"), S.FILLED)
    clock.advance(10)
    assert mine.level("121", "110").code == "risk.largest_change"
    assert mine.level("120", "110").code is None


def test_of_two_processes_that_edit_at_once_one_waits(
    database: Database, desk: LimitService, editors: tuple[Editor, Editor]
) -> None:
    rule(database, desk, K.COOLDOWN, "60")
    codes: list[str | None] = []

    def edit(editor: Editor, field: str) -> None:
        codes.append(editor.change("12", field=field).code)

    threads = [
        threading.Thread(target=edit, args=each) for each in zip(editors, ("price", "bid"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(codes, key=str) == [None, "risk.cooldown"]


def test_edits_of_another_mode_do_not_count(
    database: Database, desk: LimitService, clock: DrivenClock, editors: tuple[Editor, Editor]
) -> None:
    rule(database, desk, K.COOLDOWN, "60")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, symbol, kind, action, delta, "
            "reducing, reserved, status, decided_at) SELECT 'x', 'sandbox', 'trading', 'b2', '', 'kraken', 'SKU', "
            "'set_price', '{\"change\": {\"field\": \"price\"}}', 0, false, 0, 'filled', %s",
            (NOW - timedelta(seconds=1),),
        )
    assert editors[0].change("12").code is None


def test_a_share_of_the_market_is_read_before_the_decision(
    database: Database, desk: LimitService, editors: tuple[Editor, Editor]
) -> None:
    rule(database, desk, K.SHARE_OF_MARKET, "0.1")
    mine, _ = editors
    order = {"kind": ActionKind.PLACE_ORDER, "side": "buy", "limit_price": Decimal(1)}
    assert mine.decide("SKU", **order, quantity=Decimal(10)).code is None
    assert mine.decide("SKU", **order, quantity=Decimal(1)).code == "risk.share_of_market"
