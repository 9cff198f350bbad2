"""Every command that changes something leaves a row in the audit; a new command must say which kind it is."""

from __future__ import annotations

import functools
import getpass
import json
import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from support.commands import Argosy, in_process
from support.gates import waiting_gate

from argosy.bootstrap.seed import AUTHOR, seed
from argosy.cli._shared.lazy import load
from argosy.cli._shared.output import ExitCode
from argosy.cli.root import ArgosyCommands
from argosy.core.clock import SystemClock
from argosy.core.safety.audit import AuditRecord
from argosy.infrastructure.safety.anchor import RedisAnchor, anchor_of
from argosy.infrastructure.servers import EmbeddedServers
from argosy.infrastructure.state.redis import RedisRunStore
from argosy.infrastructure.state.redis_documents import RedisDocuments
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database, libpq_url
from argosy.infrastructure.storage.safety import audit

READS = {
    "status", "doctor", "config show", "config check", "db current", "db check", "bots list", "bots show",
    "strategies list", "schedules list", "schedules show", "workflow validate", "workflow plan",
    "workflow schema", "nodes list", "nodes show", "runs list", "runs show", "runs tail", "events tail",
    "emergency status", "emergency history", "ledger show", "ledger verify", "ledger export",
    "ledger statement", "ledger flows", "risk list", "risk check", "risk assess", "risk sizing fixed", "risk sizing kelly",
    "risk sizing edge", "risk sizing volatility", "capital show", "audit list", "audit export", "audit verify",
    "notify list", "actions list", "trace", "workflow versions", "logs", "version", "credentials list",
}  # fmt: skip
OUTSIDE = {
    "up": "starts processes; what it changes is `prepare`",
    "down": "stops processes; the state that binds stays",
    "sandbox": "a venue of its own",
    "workflow run": "a replay in memory",
    "notify test": "sends a message",
    "reference": "writes pages of documentation",
    **dict.fromkeys(
        ("new venue", "new domain", "new node", "new strategy", "new bot"), "writes files to begin with"
    ),
}
CHANGES: list[tuple[tuple[str, ...], str, str]] = [
    (("bots", "pause", "b", "--reason", "a rest"), "bot.state", "bot:b"),
    (("bots", "resume", "b"), "bot.state", "bot:b"),
    (("bots", "run", "b"), "run.start", "bot:b"),
    (("schedules", "set", "b", '{"kind": "interval", "everyS": 60}'), "schedule.set", "schedule:b"),
    (("schedules", "disable", "b"), "schedule.set", "schedule:b"),
    (("schedules", "enable", "b"), "schedule.set", "schedule:b"),
    (("runs", "approve", "run-1", "ask"), "run.gate", "run:run-1"),
    (("runs", "reject", "run-2", "ask"), "run.gate", "run:run-2"),
    (
        ("risk", "set", "cap", "--scope", "bot:b", "--kind", "total_exposure", "--limit", "10"),
        "risk.set",
        "risk:cap",
    ),
    (("risk", "remove", "cap"), "risk.remove", "risk:cap"),
    (("capital", "set", "s=0.5", "--bot", "b"), "capital.set", "bot:b"),
    (("capital", "lend", "on", "--bot", "b"), "capital.set", "bot:b"),
    (("capital", "live", "off", "--bot", "b", "--reason", "no"), "live.switch", "bot:b"),
    (("bots", "archive", "b", "--reason", "enough"), "bot.archive", "bot:b"),
    (("bots", "unarchive", "b"), "bot.unarchive", "bot:b"),
    (("bots", "mode", "b", "sandbox"), "bot.mode", "bot:b"),
    (("bots", "mode", "b", "paper"), "bot.mode", "bot:b"),
    (("alert", "--scope", "bot:b", "--reason", "odd"), "emergency.change", "bot:b"),
    (("resume", "--scope", "bot:b", "--reason", "fine"), "emergency.change", "bot:b"),
    (("halt", "--scope", "bot:b", "--reason", "stop"), "emergency.change", "bot:b"),
    (("shutdown", "--scope", "bot:b", "--reason", "off"), "emergency.arm", "bot:b"),
    (("audit", "anchor", "--reason", "restored from a backup"), "audit.anchor", "audit"),
    (("ledger", "rebuild", "--reason", "to be sure"), "ledger.rebuild", "ledger"),
    (
        (
            "ledger",
            "adjust",
            "--bot",
            "b",
            "--venue",
            "v",
            "--asset",
            "USD",
            "--amount",
            "5",
            "--reason",
            "found",
        ),
        "ledger.adjust",
        "bot:b",
    ),
]
OWN_TEST = {
    "db upgrade", "db repair", "prepare", "actions settle", "cancel-all", "ledger baseline", "ledger check",
    "workflow save", "workflow restore", "bots create", "bots remove", "runs cancel", "runs retry", "credentials set", "credentials remove",
}  # fmt: skip


def leaves(name: str, command: Any) -> Iterator[str]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name
        return
    for word, each in inner.items():
        yield from leaves(f"{name} {word}", each)


@functools.cache  # it loads every command, and is asked for each argument
def every_command() -> set[str]:
    return {leaf for name, lazy in ArgosyCommands.table.items() for leaf in leaves(name, load(name, lazy))}


def named(arguments: tuple[str, ...]) -> str:
    return next(name for length in (3, 2, 1) if (name := " ".join(arguments[:length])) in every_command())


def test_every_command_says_whether_it_changes_something() -> None:
    changing = {named(arguments) for arguments, _, _ in CHANGES}
    assert every_command() == READS | changing | set(OUTSIDE) | OWN_TEST


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Bot `b` with a strategy `s`, and two gates that wait."""
    database = Database(database_url)
    strategy: dict[str, Any] = {"id": "st", "name": "S", "kind": "strategy", "schema": 1, "edges": []}
    strategy["nodes"] = [{"id": "a", "type": "constant", "params": {"value": 1}}]
    document = {
        "id": "w", "name": "W", "kind": "bot", "schema": 1, "edges": [],
        "nodes": [{"id": "s", "type": "strategy", "params": {"strategy": "st", "weight": "0.4"}}],
    }  # fmt: skip
    database.run(workflows.save(strategy, "test"))
    saved = database.run(workflows.save(document, "test"))
    database.run(
        bots.save(
            id="b", name="B", domain="trading", workflow_id="w", workflow_digest=saved.digest,
            capital=Decimal(100),
        )
    )  # fmt: skip
    yield database
    database.close()


@pytest.fixture
def argosy(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Argosy:
    return in_process(monkeypatch, capsys, tmp_path, redis_url, database_url)


def last(database: Database) -> AuditRecord | None:
    return database.run(audit.head())


def test_every_change_leaves_a_row(database: Database, argosy: Argosy, redis_url: str) -> None:
    documents = RedisDocuments(redis_url)
    for run_id in ("run-1", "run-2"):
        waiting_gate(RedisRunStore(redis_url), documents, run_id, "ask")
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO capital_accounts (bot_id, live_enabled) VALUES ('b', true) "
            "ON CONFLICT (bot_id) DO UPDATE SET live_enabled = true"
        )
    for arguments, action, subject in CHANGES:
        before = last(database)
        done = argosy(*arguments)
        assert done.code == ExitCode.OK, (arguments, done.out, done.err)
        rows = database.run(audit.after(0 if before is None else before.id))
        made = [row for row in rows if (row.action, row.subject) == (action, subject) and row.origin == "cli"]
        assert made, (arguments, rows)
        assert (made[0].actor, made[0].address) == (getpass.getuser(), socket.gethostname()), arguments
    paused = database.run(audit.after(0))[0]
    assert (paused.before, paused.after, paused.reason) == (
        {"state": "running"},
        {"state": "paused"},
        "a rest",
    )
    verified = argosy("audit", "verify", "--json")
    assert (verified.code, verified.json["whole"]) == (ExitCode.OK, True)


def test_a_change_of_nothing_and_a_refused_one(database: Database, argosy: Argosy) -> None:
    argosy("bots", "pause", "b")
    row = last(database)
    argosy("bots", "pause", "b")
    assert last(database) == row, "nothing changed"
    assert argosy("bots", "pause", "nobody").code == ExitCode.NOT_FOUND
    assert last(database) == row
    assert argosy("runs", "approve", "run-9", "ask").code == ExitCode.NOT_FOUND
    assert last(database) == row, "no answer was taken"


def test_what_is_listed_exported_and_verified(database: Database, argosy: Argosy, redis_url: str) -> None:
    for step in ("pause", "resume", "pause"):
        argosy("bots", step, "b")
    argosy("schedules", "set", "b", '{"kind": "interval", "everyS": 60}')
    listed = argosy("audit", "list", "--subject", "bot:", "--json").json["entries"]
    assert [each["after"]["state"] for each in listed] == ["paused", "running", "paused"]
    assert "state: running → paused" in argosy("audit", "list", "--limit", "2").out
    assert argosy("audit", "list", "--actor", "nobody").out.strip() == "no changes"
    assert argosy("audit", "list", "--since", "2199-01-01", "--json").json["entries"] == []
    lines = [json.loads(line) for line in argosy("audit", "export").out.splitlines()]
    assert [each["id"] for each in lines] == [1, 2, 3, 4]
    assert [each["previous_hash"] for each in lines[1:]] == [each["hash"] for each in lines[:-1]]
    assert len(argosy("audit", "export", "--subject", "schedule:").out.splitlines()) == 1

    head = last(database)
    assert head is not None
    RedisAnchor(redis_url).keep(anchor_of(head))
    good = argosy("audit", "verify", "--anchor", f"{head.id}:{head.hash}", "--json")
    assert good.json == {
        "whole": True, "rows": 4, "head": f"4:{head.hash}", "anchors": 2, "broken": None,
    }  # fmt: skip
    with database.engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql("DELETE FROM audit_log WHERE id = 4")
    cut = argosy("audit", "verify")
    assert cut.code == ExitCode.FAILED
    assert "BROKEN at row 4 (truncated)" in cut.out
    assert argosy("audit", "verify", "--anchor", "nonsense").code == ExitCode.USAGE


def test_what_comes_with_the_package_is_recorded_once(database_url: str) -> None:
    database = Database(database_url)
    try:
        made = seed(database, SystemClock())
        rows = database.run(audit.after(0))
        assert made.workflows == sum(row.action == "workflow.save" for row in rows) > 0
        assert made.bots == sum(row.action == "bot.save" for row in rows) > 0
        assert made.bots == sum(row.action == "schedule.set" for row in rows)
        assert {(row.actor, row.origin, row.before) for row in rows} == {(AUTHOR, "system", None)}
        seed(database, SystemClock())
        assert len(database.run(audit.after(0))) == len(rows)
    finally:
        database.close()


def test_an_upgrade_of_the_database_is_recorded_with_it(
    servers: EmbeddedServers, empty_database_url: str, argosy: Argosy, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(libpq_url(empty_database_url), autocommit=True) as connection:
        connection.execute("CREATE DATABASE audited_upgrade")
        url = servers.postgres.database_url("audited_upgrade")
        monkeypatch.setenv("ARGOSY_DATABASE_URL", url)
        database = Database(url)
        try:
            assert argosy("db", "upgrade").code == ExitCode.OK
            assert argosy("db", "upgrade").code == ExitCode.OK
            (row,) = database.run(audit.after(0))
            assert (row.action, row.actor) == ("database.upgrade", getpass.getuser())
            assert row.before == {"revision": None}
        finally:
            database.close()
            connection.execute("DROP DATABASE audited_upgrade WITH (FORCE)")
