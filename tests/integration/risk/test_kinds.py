"""Every kind of limit in every scope it can have, through the gateway's decision on a real Postgres."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.risk import D, limit

from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller, Intent
from argosy.core.clock import DrivenClock
from argosy.core.money.capital import Share
from argosy.core.money.ledger import Entry, EntryKind
from argosy.core.money.money import ONE
from argosy.core.risk import ConstraintKind, Snapshot, custom
from argosy.core.safety.audit import Actor
from argosy.infrastructure.actions.database import DatabaseJournal
from argosy.infrastructure.money.sampling import sample_equity
from argosy.infrastructure.risk.limits import LimitService
from argosy.infrastructure.storage.actions import decision_context
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.money import capital, ledger, marks
from argosy.infrastructure.storage.money.marks import MarkRecord
from argosy.infrastructure.storage.safety import limits

from .conftest import NOW

pytestmark = pytest.mark.integration
ANN = Actor(id="ann", origin="cli")
K = ConstraintKind
SCOPES = ("platform", "domain:trading", "bot:b1", "strategy:b1/up", "venue:kraken", "asset:kraken/BTC/USD")
LIMITS: dict[ConstraintKind, tuple[str, dict[str, str]]] = {
    K.POSITION_SIZE: ("2", {}),
    K.CAPITAL_PER_ACTION: ("200", {}),
    K.TOTAL_EXPOSURE: ("200", {}),
    K.CONCENTRATION: ("0.2", {}),
    K.LEVERAGE: ("0.2", {}),
    K.MINIMUM_BALANCE: ("800", {}),
    K.CORRELATION_GROUP: ("200", {"assets": "kraken/*"}),
    K.CUSTOM: ("2", {"measure": "bought"}),
    K.DAILY_LOSS: ("50", {}),
    K.DRAWDOWN: ("0.05", {}),
    K.VOLATILITY: ("0.5", {}),
    K.ACTION_RATE: ("1", {}),
}
BY_SIZE = tuple(LIMITS)[:8]
"""Of these the action itself takes something: one unit at 100 fits, five do not."""
BY_STATE = (K.DAILY_LOSS, K.DRAWDOWN, K.VOLATILITY)
WITHOUT = {
    "asset": {K.CONCENTRATION, K.LEVERAGE, K.MINIMUM_BALANCE, K.DAILY_LOSS, K.DRAWDOWN},
    "venue": {K.CONCENTRATION, K.LEVERAGE, K.MINIMUM_BALANCE, K.DRAWDOWN},
}
"""Scopes that have no money of their own."""


def scopes_of(kind: ConstraintKind) -> list[str]:
    return [scope for scope in SCOPES if kind not in WITHOUT.get(scope.partition(":")[0], ())]


class World:
    """The bot b1 with 1000 USD and the strategy `up`, reconciled, in a platform that is NORMAL."""

    def __init__(self, database: Database, desk: LimitService, clock: DrivenClock) -> None:
        self.database, self.desk, self.clock = database, desk, clock
        self.journal = DatabaseJournal(database, clock, GatewayPolicy())
        self.numbers = itertools.count(1)
        self.run(
            "INSERT INTO emergency_states (scope, state, epoch, actor, reason, at) "
            "VALUES ('platform', 'NORMAL', 1, 'test', 'test', now())"
        )
        self.run(
            "INSERT INTO capital_accounts (bot_id, reconciled_at, reconciled_clean) VALUES ('b1', now(), true)"
        )
        database.run(capital.save_shares("b1", [Share("up", ONE)], actor=ANN, at=NOW))

    def begin(self, kind: ConstraintKind, scope: str) -> None:
        """As on the first day, with this limit alone."""
        for table in ("intents", "intent_changes", "cash", "positions", "equity_levels", "risk_limits"):
            self.run(f"DELETE FROM {table}")
        self.mark(volatility="0.1")
        amount, parameters = LIMITS[kind]
        rule = limit(kind, amount, scope, id="rule", parameters=parameters)
        assert self.database.run(self.desk.set(rule, ANN)).after is not None

    def run(self, statement: str, *values: Any) -> None:
        with self.database.engine.begin() as connection:
            connection.exec_driver_sql(statement, values)

    def mark(self, price: str = "100", volatility: str | None = None) -> None:
        self.clock.advance(1)
        at, swing = self.clock.now(), None if volatility is None else D(volatility)
        record = MarkRecord("paper", "kraken", "BTC/USD", D(price), "USD", ONE, swing, at)
        assert self.database.run(marks.save([record])) == 1

    def sample(self) -> None:
        self.clock.advance(1)
        assert sample_equity(self.database, self.clock.now(), zone=UTC, mark_max_age_s=60)

    def book(self, kind: EntryKind, amount: str, **more: Any) -> None:
        """What the strategy paid or was paid at the venue."""
        number = next(self.numbers)
        entry = Entry(
            at=self.clock.now(), mode="paper", domain="trading", bot_id="b1", strategy_id="up", venue="kraken",
            kind=kind, currency="USD", amount=D(amount), rate=ONE, rate_source="same", base_currency="USD",
            base_amount=D(amount), client_id=f"c{number}", fill_id=f"f{number}", **more,
        )  # fmt: skip
        assert self.database.run(ledger.book([entry])) == 1

    def order(self, quantity: str, side: str = "buy") -> Intent:
        action = Action(
            client_id=f"{next(self.numbers):032x}",
            venue="kraken",
            kind=ActionKind.PLACE_ORDER,
            symbol="BTC/USD",
            side=side,
            quantity=D(quantity),
            limit_price=D(100),
        )
        (intent,), _ = self.journal.decide(Caller("paper", "trading", "b1", "up"), [action])
        return intent


@pytest.fixture
def world(database: Database, desk: LimitService, clock: DrivenClock) -> Iterator[World]:
    custom.register("bought", _bought)
    yield World(database, desk, clock)
    custom.unregister("bought")


def _bought(snapshot: Snapshot, scope: str) -> Decimal:
    held = (each.quantity for each in snapshot.holdings if scope in each.path.scopes)
    waiting = (each.delta for each in snapshot.open if each.delta > 0 and scope in each.path.scopes)
    return sum((*held, *waiting), D(0))


@pytest.mark.parametrize("kind", BY_SIZE)
def test_what_an_action_takes_is_limited_from_the_first_one_on(world: World, kind: ConstraintKind) -> None:
    for scope in scopes_of(kind):
        world.begin(kind, scope)
        first = world.order("1")
        assert first.code is None, first.reason
        second = world.order("5")
        assert (second.status.value, second.code) == ("denied", f"risk.{kind.value}"), second.reason
        assert second.assessment is not None
        (finding,) = second.assessment.findings
        assert (finding.constraint, finding.scope) == ("rule", scope)
        if kind is K.CUSTOM:
            assert second.assessment.quantity is None
            continue
        smaller = second.assessment.quantity
        assert smaller == (2 if kind is K.CAPITAL_PER_ACTION else 1)
        assert world.order(str(smaller)).code is None
        assert (world.order("1").code is None) == (kind is K.CAPITAL_PER_ACTION)


@pytest.mark.parametrize("kind", BY_STATE)
def test_what_the_state_breaches_stops_new_risk_and_not_before(world: World, kind: ConstraintKind) -> None:
    for scope in scopes_of(kind):
        world.begin(kind, scope)
        first = world.order("1")
        assert first.code is None, f"{scope}: {first.reason}"
        world.sample()
        if kind is K.VOLATILITY:
            world.mark(volatility="0.51")
        else:
            world.book(EntryKind.FEE, "-51")
        second = world.order("1")
        assert (second.status.value, second.code) == ("denied", f"risk.{kind.value}"), second.reason


def test_of_actions_in_a_window_one_too_many_is_denied(world: World) -> None:
    for scope in SCOPES:
        world.begin(K.ACTION_RATE, scope)
        assert world.order("1").code is None
        assert world.order("1").code == "risk.action_rate"
        world.clock.advance(60)
        assert world.order("1").code is None


def test_rates_count_what_is_inside_of_their_scopes_and_windows(world: World) -> None:
    """And no more than that is read."""
    for scope, window in zip(SCOPES, (50, 40, 30, 20, 10, 10), strict=True):
        rule = limit(K.ACTION_RATE, 9, scope, id=scope.partition(":")[0], window_s=window)
        world.database.run(world.desk.set(rule, ANN))
    now = world.clock.now()
    paths = {
        "other": ("other", "b2", "s", "v", "X"), "b2": ("trading", "b2", "up", "v", "X"),
        "down": ("trading", "b1", "down", "v", "X"), "up": ("trading", "b1", "up", "v", "X"),
        "eth": ("trading", "b1", "up", "kraken", "ETH/USD"), "btc": ("trading", "b1", "up", "kraken", "BTC/USD"),
    }  # fmt: skip
    for (name, where), age in itertools.product(paths.items(), (5, 15, 25, 35, 45, 55)):
        world.run(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, symbol, kind, action, delta, "
            "reducing, reserved, status, decided_at) VALUES (%s, 'paper', %s, %s, %s, %s, %s, 'place_order', '{}', "
            "1, false, 0, 'filled', %s)",
            f"{name}{age}", *where, now - timedelta(seconds=age),
        )  # fmt: skip
    found = world.order("1")
    assert found.assessment is not None
    assert {each.scope: each.current for each in found.assessment.findings} == {
        "platform": 30, "domain:trading": 20, "bot:b1": 12, "strategy:b1/up": 6, "venue:kraken": 2,
        "asset:kraken/BTC/USD": 1,
    }  # fmt: skip
    world.run("DELETE FROM risk_limits WHERE id <> 'strategy'")
    seen = world.database.run(decision_context.snapshot("paper", now, UTC))
    assert {path.scopes[3] for _, path in seen.decided} == {"strategy:b1/up"}
    assert len(seen.decided) == 6


@pytest.mark.parametrize(
    "scope", ["domain:other", "bot:b2", "strategy:b1/other", "venue:paper", "asset:kraken/ETH/USD"]
)
def test_elsewhere_it_stops_nothing(world: World, scope: str) -> None:
    """The same limits of a scope that the action is not inside of."""
    rules = [
        limit(kind, amount, scope, id=kind.value, parameters=parameters)
        for kind, (amount, parameters) in LIMITS.items()
    ]
    world.database.run(together(*(limits.save(rule, ANN, at=NOW) for rule in rules)))
    found = world.order("5")
    assert (found.code, found.assessment and found.assessment.findings) == (None, [])


def test_what_reduces_passes_whatever_is_breached_and_a_change_of_sign_does_not(world: World) -> None:
    world.begin(K.POSITION_SIZE, "bot:b1")
    world.order("1")
    world.book(EntryKind.TRADE, "-500", symbol="BTC/USD", quantity=D(10), price=D(50))
    world.sample()
    world.mark("10", volatility="9")
    worst = {K.MINIMUM_BALANCE: "100000"}
    rules = [
        limit(kind, worst.get(kind, "0"), "bot:b1", id=kind.value, parameters=parameters)
        for kind, (_, parameters) in LIMITS.items()
    ]
    world.database.run(together(*(limits.save(rule, ANN, at=NOW) for rule in rules)))
    sold = world.order("4", "sell")
    assert (sold.code, sold.reducing) == (None, True)
    assert sold.assessment is not None
    assert {finding.kind for finding in sold.assessment.findings} == set(LIMITS)
    fine = [finding.kind for finding in sold.assessment.findings if finding.verdict == "ok"]
    assert fine == [K.CAPITAL_PER_ACTION]  # it costs nothing
    assert world.order("6", "sell").code is None
    beyond = world.order("1", "sell")
    assert (beyond.reducing, (beyond.code or "")[:5]) == (False, "risk.")
