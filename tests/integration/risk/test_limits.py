"""Limits on a real Postgres: versions, audit, scopes, races, what is used."""

from __future__ import annotations

import threading
from datetime import UTC
from decimal import Decimal

import pytest
from support.ledger import booking, fill
from support.risk import D, limit

from argosy.core.actions.action import Action, ActionKind
from argosy.core.clock import DrivenClock
from argosy.core.money.ledger import entries_of
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.risk.defaults import defaults_for
from argosy.core.safety.audit import Actor
from argosy.errors import Conflict, InvalidInput, NotFound
from argosy.infrastructure.risk.limits import LimitService
from argosy.infrastructure.storage.actions import decision_context
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import together
from argosy.infrastructure.storage.money import ledger, marks
from argosy.infrastructure.storage.money.marks import MarkRecord
from argosy.infrastructure.storage.safety import audit, limits

from .conftest import NOW

pytestmark = pytest.mark.integration
ANN = Actor(id="ann", origin="cli")
K = ConstraintKind


def one(amount: object = 5, **more: object) -> Constraint:
    return limit(K.POSITION_SIZE, amount, "bot:b1", id="p", **more)


def test_versions_audit_and_what_is_announced(database: Database, desk: LimitService) -> None:
    made = database.run(desk.set(one(), ANN, reason="first", expected_version=0))
    assert made.before is None
    assert made.after is not None
    assert (made.after.constraint, made.after.version, made.after.updated_by) == (one(), 1, "ann")
    assert made.after.updated_at == NOW

    same = database.run(desk.set(one("5.00"), ANN))
    assert same.before == same.after
    assert desk.announcement(same, ANN) is None

    changed = database.run(desk.set(one(7, mode="warn"), ANN, reason="more", expected_version=1))
    assert changed.after is not None
    assert changed.after.version == 2
    event = desk.announcement(changed, ANN)
    assert event is not None
    assert (event.type, event.bot_id, event.strategy_id) == ("param_change", "b1", None)
    assert event.data["param"] == "risk.p"
    assert (event.data["old"], event.data["new"], event.data["actor"]) == ("5", "7, warn only", "ann")

    gone = database.run(desk.remove("p", ANN, reason="enough", expected_version=2))
    assert gone.after is None
    assert (event := desk.announcement(gone, ANN)) is not None
    assert event.data["new"] is None
    rows = database.run(audit.newest(subject="risk:p"))
    assert [(row.action, row.actor, row.reason) for row in rows] == [
        ("risk.remove", "ann", "enough"),
        ("risk.set", "ann", "more"),
        ("risk.set", "ann", "first"),
    ]
    assert rows[1].before is not None
    assert rows[1].after is not None
    assert (rows[1].before["limit"], rows[1].after["limit"]) == ("5", "7")
    assert rows[0].after is None


def test_a_change_of_what_nobody_saw_is_refused_and_leaves_no_trace(
    database: Database, desk: LimitService
) -> None:
    with pytest.raises(Conflict):
        database.run(desk.set(one(), ANN, expected_version=1))
    database.run(desk.set(one(), ANN))
    for version in (0, 2):
        with pytest.raises(Conflict):
            database.run(desk.set(one(9), ANN, expected_version=version))
        with pytest.raises(Conflict):
            database.run(desk.remove("p", ANN, expected_version=version))
    assert database.run(limits.get("p")).constraint.limit == 5
    assert len(database.run(audit.newest(subject="risk:"))) == 1
    with pytest.raises(NotFound):
        database.run(desk.remove("nothing", ANN))
    with pytest.raises(NotFound):
        database.run(limits.get("nothing"))


def test_of_many_who_saw_the_same_version_one_wins(database: Database, desk: LimitService) -> None:
    for version in (0, 1):
        results: list[object] = []

        def change(amount: int, version: int = version, results: list[object] = results) -> None:
            try:
                results.append(database.run(desk.set(one(amount), ANN, expected_version=version)))
            except Conflict as error:
                results.append(error)

        threads = [threading.Thread(target=change, args=(10 * (version + 1) + n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sum(not isinstance(each, Conflict) for each in results) == 1
        assert len(results) == 6
        assert database.run(limits.get("p")).version == version + 1


@pytest.mark.parametrize(
    "scope",
    ["platform", "domain:trading", "bot:b1", "strategy:b1/up", "venue:kraken", "asset:kraken/BTC/USD"],
)
def test_scopes_there_are(database: Database, desk: LimitService, scope: str) -> None:
    database.run(desk.set(limit(K.TOTAL_EXPOSURE, 1, scope, id="x"), ANN))
    assert [each.scope for each in database.run(limits.every([scope]))] == [scope]
    assert database.run(limits.every(["bot:none"])) == []


@pytest.mark.parametrize(
    "scope", ["domain:x", "bot:b2", "strategy:b1/other", "strategy:b2/up", "venue:x", "asset:x/BTC/USD"]
)
def test_a_scope_that_is_not_there_would_protect_nothing(
    database: Database, desk: LimitService, scope: str
) -> None:
    with pytest.raises(NotFound):
        database.run(desk.set(limit(K.TOTAL_EXPOSURE, 1, scope, id="x"), ANN))
    assert database.run(limits.every()) == []


def test_a_group_of_assets_that_are_nowhere_would_protect_nothing(
    database: Database, desk: LimitService
) -> None:
    def group(assets: str) -> Constraint:
        return limit(K.CORRELATION_GROUP, 1, id="x", parameters={"assets": assets})

    with pytest.raises(NotFound):
        database.run(desk.set(group("kraken/BTC/USD, BTC/USD"), ANN))
    assert database.run(limits.every()) == []
    for assets in ("kraken/BTC/USD, kraken/ETH*", "*/BTC/USD", "*"):
        assert database.run(desk.set(group(assets), ANN)).after is not None


def test_what_does_not_fit_is_refused(database: Database, desk: LimitService) -> None:
    with pytest.raises(InvalidInput):
        database.run(desk.set(limit(K.DRAWDOWN, 2, "bot:b1", id="x"), ANN))


def test_all_of_a_constraint_comes_back(database: Database) -> None:
    every = [
        *defaults_for("b1", D(1000)),
        limit(
            K.CORRELATION_GROUP,
            "0.000000000000000001",
            id="z",
            warning=D("0.5"),
            parameters={"assets": "a/*"},
        ),
        limit(K.ACTION_RATE, 3, id="zz", window_s=7, mode="warn", enabled=False),
    ]
    database.run(together(*(limits.save(each, ANN, at=NOW) for each in every)))
    ordered = sorted(every, key=lambda each: each.id)
    assert database.run(limits.every(enabled_only=False)) == ordered
    assert database.run(limits.every()) == [each for each in ordered if each.enabled]
    assert [r.version for r in database.run(limits.records(["platform"]))] == [1, 1]


def test_what_is_used_and_what_if(database: Database, desk: LimitService, clock: DrivenClock) -> None:
    """Without a booking nothing is known of the bot's equity; the position limit is at rest."""
    database.run(together(*(limits.save(each, ANN, at=NOW) for each in defaults_for("b1", D(1000)))))
    used = {each.record.constraint.kind: each.finding for each in database.run(desk.usage("paper"))}
    assert used[K.CAPITAL_PER_ACTION] is None
    assert (finding := used[K.DAILY_LOSS]) is not None
    assert (finding.code, finding.verdict) == ("risk.unknown", "ok")
    assert (finding := used[K.ACTION_RATE]) is not None
    assert (finding.current, finding.limit) == (0, 120)
    action = Action(
        client_id="c", venue="kraken", kind=ActionKind.PLACE_ORDER, symbol="BTC/USD", side="buy",
        quantity=Decimal(1), limit_price=Decimal(100),
    )  # fmt: skip
    decision = database.run(desk.what_if("b1", "up", action))
    assert not decision.allowed
    with pytest.raises(NotFound):
        database.run(desk.what_if("none", "", action))


def test_the_state_is_counted_in_the_currency_of_the_ledger(database: Database) -> None:
    database.run(ledger.ensure_capital("b1", "trading", "paper", D(1000), "EUR", NOW))
    database.run(
        ledger.book(entries_of(fill("1", "buy", "10", "1"), booking(bot_id="b1", base_currency="EUR")))
    )
    prices = [("v", "s", 2), ("v", "unheld", 3), ("kraken", "EUR/USD", 4)]
    at_two = [MarkRecord("paper", *asset, D(price), "EUR", D(1), None, NOW) for *asset, price in prices]
    database.run(marks.save(at_two))
    found = database.run(decision_context.snapshot("paper", NOW, UTC))
    assert {asset: mark.price for asset, mark in found.marks.items()} == {("v", "s"): 2}
