"""A Postgres restored from an older backup under running workers: no new risk before a resume."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from integration.emergency.conftest import ANN, Market, Office, Trader, stays_open
from sqlalchemy import make_url
from support import databases

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus
from argosy.core.safety.audit import AuditEntry
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.safety.restored_database import BEHIND
from argosy.core.venues.venue import Capability, OpenOrder
from argosy.errors import Conflict, InvalidInput
from argosy.infrastructure import redis as connections
from argosy.infrastructure.actions.comparison import accept_baseline
from argosy.infrastructure.safety.chain import follow, rows_of, verify
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.servers.postgres import postgres_binaries
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import reconciliations
from argosy.infrastructure.storage.safety import audit, emergency


class Listing(Market):
    """A market that lists its working orders."""

    capabilities = Market.capabilities | {Capability.OPEN_ORDERS}

    def open_orders(self) -> list[OpenOrder]:
        placed = {action.client_id: action for action in self.calls if action.kind is ActionKind.PLACE_ORDER}
        return [
            OpenOrder(
                venue=self.name,
                venue_id=f"at the venue {client_id}",
                symbol=placed[client_id].symbol,
                side=placed[client_id].side or "buy",
                quantity=placed[client_id].quantity,
                price=placed[client_id].limit_price,
            )
            for client_id, result in self.known.items()
            if result.status is ActionStatus.OPEN
        ]


@dataclass
class Backups:
    """Copies of a database's files, made while nobody is connected, and put back under whoever uses it."""

    servers: EmbeddedServers
    database: Database
    name: str
    dump: Path | None = None

    def take(self) -> None:
        self.database.close()
        if self.dump is not None:
            self._run("pg_dump", "--format=custom", f"--file={self.dump}", self._url)
            return
        databases.execute(self.servers, f'DROP DATABASE IF EXISTS "{self.name}_backup" WITH (FORCE)')
        self._copy(self.name, f"{self.name}_backup")

    def restore(self) -> None:
        if self.dump is not None:  # into the running database, under its open connections
            self._run("pg_restore", "--clean", "--if-exists", f"--dbname={self._url}", str(self.dump))
            return
        databases.execute(self.servers, f'DROP DATABASE "{self.name}" WITH (FORCE)')
        self._copy(f"{self.name}_backup", self.name)

    @property
    def _url(self) -> str:
        return self.servers.postgres.database_url(self.name).replace("+psycopg", "")

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([postgres_binaries() / program, *arguments], check=True, capture_output=True)

    def drop(self) -> None:
        databases.execute(self.servers, f'DROP DATABASE IF EXISTS "{self.name}_backup" WITH (FORCE)')

    def _copy(self, source: str, target: str) -> None:
        databases.execute(
            self.servers,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            f"WHERE datname = '{source}' AND backend_type = 'client backend'",
        )
        databases.copy(self.servers, source, target)


@pytest.fixture
def backups(servers: EmbeddedServers, busy_office: Office, database_url: str) -> Iterator[Backups]:
    made = Backups(servers, busy_office.database, str(make_url(database_url).database))
    yield made
    made.drop()


def reconnect(office: Office) -> None:
    """Ends connections to the database that is gone, as the pool's next use would after one refusal."""
    office.database.engine.dispose()


def holds_back(trader: Trader) -> ActionResult:
    result = trader.submit("buy", "1")
    assert result.status is ActionStatus.DENIED, result
    return result


@pytest.mark.parametrize("form", ["files", "dump"])
def test_no_risk_is_taken_from_the_first_decision_after_a_restore(
    trader: Trader, backups: Backups, form: str, tmp_path: Path
) -> None:
    backups.dump = tmp_path / "books.dump" if form == "dump" else None
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    backups.restore()
    sent = len(trader.venue.calls)
    denied = holds_back(trader)
    assert denied.code == "emergency.halt"
    assert "older than what was done" in str(denied.reason)
    assert len(trader.venue.calls) == sent
    assert trader.submit("sell", "3").status is ActionStatus.FILLED, "what reduces goes on"
    for _ in range(30):  # the numbers of the restored database pass those that were remembered
        holds_back(trader)
    assert trader.submit("sell", "3").status is ActionStatus.FILLED
    assert holds_back(trader).code == "emergency.halt"
    assert len(trader.venue.calls) == sent + 2


def test_a_restore_between_decision_and_beginning_sends_nothing(
    trader: Trader, backups: Backups, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    journal = trader.gateway._journal
    begin = journal.begin

    def restored_before(*arguments: object, **more: object) -> object:
        backups.restore()
        reconnect(trader.office)
        return begin(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(journal, "begin", restored_before)
    sent = len(trader.venue.calls)
    result = trader.submit("buy", "5")
    assert (result.status, result.code) == (ActionStatus.DENIED, BEHIND)
    assert len(trader.venue.calls) == sent


def test_a_restore_during_a_call_leaves_it_unknown_and_stops_the_rest(
    trader: Trader, backups: Backups
) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()

    def restored_meanwhile(venue: Market, action: Action) -> ActionResult:
        backups.restore()
        reconnect(trader.office)
        return venue.do(action, action.quantity)

    trader.venue.answers = [restored_meanwhile]  # type: ignore[list-item]
    result = trader.submit("buy", "5")
    assert result.status is ActionStatus.UNKNOWN
    assert "does not contain this action" in str(result.reason)
    assert holds_back(trader).code == "emergency.halt"


@pytest.mark.parametrize("where", ["platform", "bot:b1"])
def test_a_lost_emergency_change_is_a_sign(trader: Trader, backups: Backups, where: str) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    trader.office.change(where, "ALERT")
    backups.restore()
    reconnect(trader.office)
    assert holds_back(trader).code == "emergency.halt"
    assert trader.office.desk.stop_if_behind()
    connections.client(trader.office.witness.anchor._url).delete("argosy:audit:head", "argosy:books:change")
    assert holds_back(trader).code == "emergency.halt", "what was found out once is a state"


def test_a_newer_flag_that_is_no_halt_is_a_sign_by_itself(trader: Trader) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    trader.office.flags.write(EmergencyFlag("bot:b1", EmergencyState.NORMAL, 900))
    assert "epoch 900 of bot:b1" in str(holds_back(trader).reason)
    trader.office.flags.write(EmergencyFlag("bot:b2", EmergencyState.HALT, 901))
    assert "epoch 901" not in str(trader.office.restores.behind()), (
        "Redis halts by itself while Postgres is away"
    )


def test_a_lost_row_of_the_audit_is_a_sign(trader: Trader, backups: Backups) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    office = trader.office
    entry = AuditEntry(actor=ANN, action="risk.set", subject="limit:x", reason="less")
    office.database.run(audit.append(entry, office.clock.now()))
    assert follow(office.database, office.witness.anchor) is None
    backups.restore()
    reconnect(office)
    assert "of the audit" in str(holds_back(trader).reason)
    office.database.run(audit.append(entry, office.clock.now()))  # the same number, another row
    assert "of the audit" in str(holds_back(trader).reason)


def test_a_resume_compares_first_and_then_remembers_anew(trader: Trader, backups: Backups) -> None:
    office = trader.office
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    lost = office.change("bot:b1", "ALERT")
    backups.restore()
    reconnect(office)
    office.desk._reconcile = trader.compare
    with pytest.raises(Conflict, match="clean reconciliation") as refused:
        office.resume("platform")
    assert "differs from the venue's" in str(refused.value)
    [platform] = [row for row in office.database.run(emergency.every()) if row.scope == "platform"]
    assert (platform.state, platform.cause, platform.automatic) == ("HALT", BEHIND, True)
    trader.venue.held["X"] -= 5  # as a person who explains the difference would have it
    trader.venue.cash += Decimal("10.01")
    resumed = office.resume("platform")
    assert resumed.state == "NORMAL"
    assert office.restores.behind() is None
    assert not office.restores.is_restored()
    flags = {flag.scope: flag.epoch for flag in office.flags.every()}
    assert flags["bot:b1"] > lost.epoch, "above Postgres and Redis"
    assert resumed.epoch == flags["platform"]
    [anchored] = office.database.run(audit.newest(action="audit.anchor"))
    assert (anchored.actor, anchored.reason) == ("ann", "drill")
    anchor = office.witness.anchor.read()
    assert anchor is not None and verify(rows_of(office.database), [anchor]).whole
    assert trader.submit("buy", "10").status is ActionStatus.FILLED


def test_a_resume_of_a_narrower_scope_ends_nothing(trader: Trader, backups: Backups) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    backups.restore()
    reconnect(trader.office)
    trader.office.resume("bot:b1")
    assert holds_back(trader).code == "emergency.halt"


def test_a_working_order_that_the_database_forgot_stands_in_the_way(
    busy_office: Office, backups: Backups, redis_url: str
) -> None:
    busy_office.add_bot("b1", strategies=("s1", "s2"))
    venue = Listing()
    trader = Trader(busy_office, redis_url, venue, busy_office.clock)
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    venue.answers = [stays_open]  # type: ignore[list-item]
    resting = trader.submit("buy", "5")
    assert resting.status is ActionStatus.OPEN
    backups.restore()
    reconnect(busy_office)
    busy_office.desk._reconcile = trader.compare
    with pytest.raises(Conflict, match="clean reconciliation") as refused:
        busy_office.resume("platform")
    assert f"order at the venue {resting.client_id}" in str(refused.value)
    venue.known[resting.client_id] = resting.model_copy(update={"status": ActionStatus.CANCELLED})
    assert busy_office.resume("platform").state == "NORMAL"


def test_a_forgotten_order_does_not_hide_the_missing_baseline_and_goes_once_it_is_cancelled(
    busy_office: Office, backups: Backups, redis_url: str
) -> None:
    busy_office.add_bot("b1", strategies=("s1", "s2"))
    venue = Listing()
    trader = Trader(busy_office, redis_url, venue, busy_office.clock)
    backups.take()
    venue.answers = [stays_open]  # type: ignore[list-item]
    resting = trader.submit("buy", "5")
    assert resting.status is ActionStatus.OPEN
    backups.restore()
    reconnect(busy_office)
    busy_office.desk._reconcile = trader.compare
    order, advice = (
        f"order at the venue {resting.client_id}",
        "argosy ledger baseline --bot b1 --venue scripted",
    )
    for _ in range(2):
        with pytest.raises(Conflict, match="clean reconciliation") as refused:
            busy_office.resume("platform")
        assert str(refused.value).count(order) == 1
        assert advice in str(refused.value)
    venue.known[resting.client_id] = resting.model_copy(update={"status": ActionStatus.CANCELLED})
    with pytest.raises(Conflict, match="clean reconciliation") as refused:
        busy_office.resume("platform")
    assert order not in str(refused.value)
    assert advice in str(refused.value)
    accept_baseline(
        busy_office.database, trader.caller(), venue, actor=ANN, at=trader.clock.now(), reason="the deposit"
    )
    assert busy_office.resume("platform").state == "NORMAL"


def test_trades_that_the_database_forgot_do_not_become_the_baseline(trader: Trader, backups: Backups) -> None:
    """The backup is older than the bot's first comparison with its venue: nobody knows what is the bot's."""
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    backups.restore()
    office = trader.office
    reconnect(office)
    office.desk._reconcile = trader.compare
    with pytest.raises(Conflict, match="clean reconciliation") as refused:
        office.resume("platform")
    assert "argosy ledger baseline --bot b1 --venue scripted" in str(refused.value)
    caller, venue = trader.caller(), trader.venue
    assert office.database.run(reconciliations.baseline("b1", "paper", venue.name)) is None
    [failed] = office.database.run(reconciliations.recent("b1", limit=1))
    assert failed.status == "failed"

    venue.held["X"] -= 5  # as an operator who books the forgotten trade would have it
    venue.cash += Decimal("10.01")

    def accept(reason: str) -> dict[str, Decimal]:
        return accept_baseline(
            office.database, caller, venue, actor=ANN, at=trader.clock.now(), reason=reason
        )

    with pytest.raises(InvalidInput, match="needs a reason"):
        accept(" ")
    assert accept("the deposit") == {"USD": venue.cash}
    with pytest.raises(Conflict, match="already compared"):
        accept("once more")
    [row] = office.database.run(audit.newest(action="ledger.baseline"))
    assert (row.actor, row.subject, row.reason) == ("ann", "bot:b1", "the deposit")
    assert office.resume("platform").state == "NORMAL"


def test_a_bot_that_the_resume_left_out_stays_doubted_until_it_is_compared(
    trader: Trader, backups: Backups
) -> None:
    """The operator halts the bot by itself and resumes the rest: its forgotten trades are still unknown."""
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    backups.restore()
    office = trader.office
    reconnect(office)
    office.desk._reconcile = trader.compare
    assert office.restores.is_restored()
    office.desk.stop_if_behind()
    office.change("bot:b1", "HALT")
    assert office.resume("platform").state == "NORMAL"
    assert not office.restores.is_restored()
    assert office.restores.doubted_bots(restored=False) == {"b1"}
    with pytest.raises(Conflict, match="argosy ledger baseline --bot b1"):
        office.resume("bot:b1")
    assert office.database.run(reconciliations.baseline("b1", "paper", trader.venue.name)) is None

    trader.venue.held["X"] -= 5
    trader.venue.cash += Decimal("10.01")
    accept_baseline(
        office.database, trader.caller(), trader.venue, actor=ANN, at=trader.clock.now(), reason="the deposit"
    )
    assert office.resume("bot:b1").state == "NORMAL"
    assert office.restores.doubted_bots(restored=False) == frozenset()


def test_a_bot_that_never_acted_is_compared_as_at_any_other_time(trader: Trader, backups: Backups) -> None:
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    backups.take()
    assert trader.submit("buy", "5").status is ActionStatus.FILLED
    backups.restore()
    office = trader.office
    reconnect(office)
    assert office.restores.doubted_bots(restored=True) == {"b1"}
    assert trader.compare("b2")
    assert office.database.run(reconciliations.baseline("b2", "paper", trader.venue.name)) is not None


def test_a_newer_database_is_no_restored_one(trader: Trader, backups: Backups) -> None:
    """Redis that lost its newest seconds, or all of its memory, says nothing against Postgres."""
    assert trader.submit("buy", "10").status is ActionStatus.FILLED
    assert follow(trader.office.database, trader.office.witness.anchor) is None
    client = connections.client(trader.office.witness.anchor._url)
    kept = {name: client.get(name) for name in ("argosy:books:change", "argosy:audit:head")}
    assert all(kept.values())
    assert trader.submit("buy", "1").status is ActionStatus.FILLED
    trader.office.change("bot:b2", "HALT")
    for name, value in kept.items():
        client.set(name, value or b"")
    assert trader.submit("buy", "1").status is ActionStatus.FILLED
    for name in kept:
        client.set(name, "garbage")
    assert trader.submit("buy", "1").status is ActionStatus.FILLED
    client.flushdb()
    trader.office.desk.restore()
    assert trader.submit("buy", "1").status is ActionStatus.FILLED
    assert not trader.office.restores.is_restored()
