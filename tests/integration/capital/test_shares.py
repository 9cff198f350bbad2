"""Shares of a bot's capital in a real Postgres: what is kept, refused, followed and audited."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import psycopg
import pytest

from argosy.core.money.capital import CapitalCode, Share, Use
from argosy.core.safety.audit import Actor
from argosy.errors import InvalidInput, NotFound
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.money import capital
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration
D = Decimal
NOW = datetime(2026, 2, 2, 11, 0, tzinfo=UTC)
ANN = Actor(id="ann", origin="cli")


def save(database: Database, *shares: Share, lending: str | None = None) -> bool:
    return database.run(
        capital.save_shares("b1", shares, actor=ANN, at=NOW, reason="test", lending=lending)  # type: ignore[arg-type]
    )


def test_a_bot_has_an_account_as_soon_as_it_is_asked_for(database: Database) -> None:
    found = database.run(capital.lock("b1"))
    assert (found.capital, found.lending, found.live_enabled, found.version) == (D(1000), "none", False, 0)
    with pytest.raises(NotFound):
        database.run(capital.lock("nobody"))


def test_shares_are_kept_by_bot_and_every_change_is_audited(database: Database) -> None:
    assert save(database, Share("up", D("0.6")), Share("down", D("0.4"), lends=False), lending="idle")
    assert not save(database, Share("down", D("0.4"), lends=False), Share("up", D("0.6")))
    assert save(database, Share("up", D("0.5")))
    assert database.run(capital.shares("b1")) == [Share("up", D("0.5"))]
    assert database.run(capital.shares("b2")) == []
    newest, first = database.run(audit.newest(subject="bot:b1", action="capital.set"))
    assert first.before == {"lending": "none", "shares": {}}
    assert first.after == newest.before
    assert newest.after == {"lending": "idle", "shares": {"up": {"weight": "0.5", "lends": True}}}
    assert (newest.actor, newest.origin, newest.reason) == ("ann", "cli", "test")
    assert database.run(capital.account("b1")).version == 2


def test_of_two_who_change_a_share_each_both_are_kept(database: Database) -> None:
    save(database, Share("up", D("0.1")), Share("down", D("0.1")))
    barrier = threading.Barrier(2)

    def work(name: str) -> None:
        def change(shares: Sequence[Share]) -> list[Share]:
            return [
                replace(each, weight=each.weight + D("0.1") * (each.strategy_id == name)) for each in shares
            ]

        barrier.wait()
        for _ in range(4):
            database.run(capital.change_shares("b1", change, actor=ANN, at=NOW))

    both = [threading.Thread(target=work, args=(name,)) for name in ("up", "down")]
    for each in both:
        each.start()
    for each in both:
        each.join(20)
    assert database.run(capital.shares("b1")) == [Share("down", D("0.5")), Share("up", D("0.5"))]


def test_more_than_all_is_refused_and_changes_nothing(database: Database) -> None:
    save(database, Share("up", D("0.6")))
    with pytest.raises(InvalidInput, match="come to more than the bot's capital"):
        save(database, Share("up", D("0.6")), Share("down", D("0.41")))
    assert database.run(capital.shares("b1")) == [Share("up", D("0.6"))]
    assert len(database.run(audit.newest(subject="bot:b1"))) == 1


def test_postgres_itself_refuses_shares_that_do_not_fit(database: Database, database_url: str) -> None:
    insert = "INSERT INTO capital_shares (bot_id, strategy_id, weight) VALUES ('b1', %s, %s)"
    with psycopg.connect(libpq_url(database_url)) as one:
        one.execute(insert, ("up", D("0.6")))
        one.execute(insert, ("down", D("0.6")))
        one.execute("UPDATE capital_shares SET weight = 0.4 WHERE strategy_id = 'up'")
        one.commit()
        one.execute("UPDATE capital_shares SET weight = 0.41 WHERE strategy_id = 'up'")
        with pytest.raises(psycopg.errors.CheckViolation, match=r"come to 1\.01, more than 1"):
            one.commit()


def test_two_that_commit_at_once_cannot_add_up_to_more_than_all(
    database: Database, database_url: str
) -> None:
    insert = "INSERT INTO capital_shares (bot_id, strategy_id, weight) VALUES ('b1', %s, 0.6)"
    url = libpq_url(database_url)
    with psycopg.connect(url) as one, psycopg.connect(url) as two:
        one.execute(insert, ("up",))
        two.execute(insert, ("down",))
        ended: list[str] = []

        def commit(connection: psycopg.Connection) -> None:  # type: ignore[type-arg]
            try:
                connection.commit()
                ended.append("kept")
            except psycopg.errors.CheckViolation:
                ended.append("refused")

        both = [threading.Thread(target=commit, args=(each,)) for each in (one, two)]
        for each in both:
            each.start()
        for each in both:
            each.join(20)
    assert sorted(ended) == ["kept", "refused"]


def test_shares_follow_the_workflow_until_a_person_sets_them(database: Database) -> None:
    def sync(**weights: str) -> bool:
        return database.run(
            capital.sync_from_workflow("b1", {name: D(weight) for name, weight in weights.items()}, NOW)
        )

    assert sync(up="0.5", down="0.5")
    assert not sync(up="0.5", down="0.5")
    save(database, Share("up", D("0.2")), Share("down", D("0.5"), lends=False))
    assert not sync(up="0.5", down="0.5")
    assert database.run(capital.shares("b1")) == [Share("down", D("0.5"), lends=False), Share("up", D("0.2"))]
    assert sync(up="0.5", down="0.3", new="0.2")
    assert database.run(capital.shares("b1")) == [
        Share("down", D("0.3"), lends=False),
        Share("new", D("0.2")),
        Share("up", D("0.2")),
    ]
    assert sync(up="0.5")
    assert database.run(capital.shares("b1")) == [Share("up", D("0.2"))]
    newest = database.run(audit.newest(subject="bot:b1"))[0]
    assert (newest.actor, newest.reason) == ("launcher", "the bot's workflow")


def test_the_workflow_wins_where_it_and_a_person_do_not_fit_together(database: Database) -> None:
    database.run(capital.sync_from_workflow("b1", {"up": D("0.5"), "down": D("0.5")}, NOW))
    save(database, Share("up", D("0.9")), Share("down", D("0.1")))
    assert database.run(capital.sync_from_workflow("b1", {"up": D("0.5"), "down": D("0.4")}, NOW))
    assert database.run(capital.shares("b1")) == [Share("down", D("0.4")), Share("up", D("0.5"))]


def test_live_is_switched_on_with_a_reason_only(database: Database) -> None:
    with pytest.raises(InvalidInput, match="needs a reason"):
        database.run(capital.set_live("b1", True, actor=ANN, reason=" ", at=NOW))
    assert database.run(capital.set_live("b1", True, actor=ANN, reason="proved in paper", at=NOW))
    assert not database.run(capital.set_live("b1", True, actor=ANN, reason="again", at=NOW))
    assert database.run(capital.account("b1")).live_enabled
    assert database.run(capital.set_live("b1", False, actor=ANN, reason="", at=NOW))
    assert [row.after for row in database.run(audit.newest(action="live.switch"))] == [
        {"enabled": False},
        {"enabled": True},
    ]


@operation
def _hold(entered: threading.Event, leave: threading.Event) -> Steps[None]:
    yield from capital.lock("b1").steps()
    entered.set()
    assert leave.wait(20)


def test_a_change_of_shares_waits_for_a_decision_that_holds_the_account(database: Database) -> None:
    entered, leave, saved = threading.Event(), threading.Event(), threading.Event()
    deciding = threading.Thread(target=lambda: database.run(_hold(entered, leave)))
    saving = threading.Thread(target=lambda: (save(database, Share("up", D("0.1"))), saved.set()))
    deciding.start()
    assert entered.wait(20)
    saving.start()
    assert not saved.wait(0.2)
    assert database.run(capital.shares("b1")) == []
    leave.set()
    assert saved.wait(20)
    deciding.join(20)
    saving.join(20)


INTENT = """
INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, venue, kind, symbol, action, delta, reducing,
                     reserved, status, decided_at)
VALUES (%s, 'paper', 'trading', 'b1', %s, 'v', 'place_order', 's', '{}', 1, false, %s, %s, now())
"""
POSITION = """
INSERT INTO positions (mode, bot_id, strategy_id, venue, symbol, domain, quantity, cost, realised, fees, entry_id)
VALUES (%s, 'b1', %s, 'v', %s, 'trading', %s, %s, 0, 0, 1)
"""


def test_what_is_in_use_is_what_is_reserved_and_what_is_held(database: Database, database_url: str) -> None:
    with psycopg.connect(libpq_url(database_url)) as connection:
        for client, strategy, reserved, status in (
            ("1", "up", 100, "open"),
            ("2", "up", 50, "unknown"),
            ("3", "up", 70, "filled"),
            ("4", "down", 30, "planned"),
        ):
            connection.execute(INTENT, (client, strategy, reserved, status))
        for mode, strategy, symbol, quantity, cost in (
            ("paper", "up", "s", 10, 200),
            ("paper", "up", "t", -5, -40),
            ("paper", "down", "s", 0, 0),
            ("live", "up", "s", 10, 900),
        ):
            connection.execute(POSITION, (mode, strategy, symbol, quantity, cost))
    assert database.run(capital.uses("b1", "paper")) == [Use("down", D(30), D(0)), Use("up", D(150), D(200))]
    save(database, Share("up", D("0.3")), Share("down", D("0.5")), lending="none")
    split = database.run(capital.split("b1", "paper"))
    assert split.available("up").code is CapitalCode.OVER_SHARE
    assert split.available("down").own == D(470)
