"""Runs are cancelled, and run again: without side effects, or with them by a second word."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.commands import Argosy, in_process

from argosy.bootstrap.runtime import Runtime, open_runtime
from argosy.bootstrap.seed import seed
from argosy.cli._shared.output import ExitCode
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration
BOT = "btc_15m"


@pytest.fixture
def argosy(
    database_url: str,
    redis_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Argosy:
    return in_process(monkeypatch, capsys, tmp_path, redis_url, database_url)


@pytest.fixture
def runtime(argosy: Argosy) -> Iterator[Runtime]:
    """With the packaged bot, whose strategies buy."""
    runtime = open_runtime()
    seed(runtime.database, runtime.clock)
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 1))
    yield runtime
    runtime.close()


def over(runtime: Runtime) -> str:
    """A run that has ended before its nodes did anything."""
    launched = runtime.launcher.run_bot(BOT, trigger="manual")
    assert launched.started
    assert runtime.runs.abort(launched.run_id, "the test's end")
    return launched.run_id


def an_action(runtime: Runtime, run_id: str, status: str) -> None:
    with runtime.database.engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO intents (client_id, mode, domain, bot_id, strategy_id, run_id, venue, kind, symbol, action, "
            "delta, reducing, reserved, status, decided_at) VALUES "
            f"('c', 'paper', 'trading', '{BOT}', '', '{run_id}', 'v', 'place_order', 'X', '{{}}', 1, false, 0, "
            f"'{status}', now())"
        )


def test_a_run_is_asked_to_stop_once(argosy: Argosy, runtime: Runtime) -> None:
    run_id = runtime.launcher.run_bot(BOT, trigger="manual").run_id
    done = argosy("runs", "cancel", run_id, "--reason", "too slow", "--json")
    assert done.code == ExitCode.OK, done.err
    found = runtime.runs.snapshot(run_id)
    assert found is not None
    assert (found.cancel, found.status) == ("too slow", "running"), "nodes at work end by themselves"
    row = runtime.database.run(audit.newest(subject=f"run:{run_id}", limit=1))[0]
    assert (row.action, row.reason) == ("run.cancel", "too slow")
    runtime.runs.abort(run_id, "over")
    assert argosy("runs", "cancel", run_id).code == ExitCode.CONFLICT
    assert argosy("runs", "cancel", "nobody").code == ExitCode.NOT_FOUND


def test_a_retry_leaves_out_what_acts(argosy: Argosy, runtime: Runtime) -> None:
    old = over(runtime)
    done = argosy("runs", "retry", old, "--reason", "look again", "--json")
    assert done.code == ExitCode.OK, done.err
    new = runtime.runs.snapshot(done.json["runId"])
    before = runtime.runs.snapshot(old)
    assert new is not None
    assert before is not None
    assert new.meta.trigger == "retry"
    assert new.nodes.keys() | done.json["leftOut"].keys() == before.nodes.keys()
    document = runtime.runs.workflow_document(new.meta.digest)
    assert document is not None
    categories = {runtime.registry.get(node["type"]).category for node in document["nodes"]}
    assert "executor" not in categories
    assert "side effects" in " ".join(done.json["leftOut"].values())
    row = runtime.database.run(audit.newest(subject=f"run:{old}", limit=1))[0]
    assert (row.action, row.reason, row.after["actions"]) == ("run.retry", "look again", [])
    assert argosy("runs", "retry", old).code == ExitCode.CONFLICT, "beside another run of the bot"


def test_actions_need_the_id_a_second_time(argosy: Argosy, runtime: Runtime) -> None:
    old = over(runtime)
    for confirm in ((), ("--confirm", "yes"), ("--confirm", old[:-1])):
        done = argosy("runs", "retry", old, "--with-actions", *confirm)
        assert (done.code, old in done.err) == (ExitCode.USAGE, True)
    assert runtime.runs.active() == []
    done = argosy("runs", "retry", old, "--with-actions", "--confirm", old, "--json")
    assert (done.code, done.json["leftOut"]) == (ExitCode.OK, {})
    assert done.json["acting"]


@pytest.mark.parametrize("status", ["unknown", "submitted", "planned"])
def test_actions_are_not_repeated_while_an_outcome_is_unknown(
    argosy: Argosy, runtime: Runtime, status: str
) -> None:
    old = over(runtime)
    an_action(runtime, old, status)
    done = argosy("runs", "retry", old, "--with-actions", "--confirm", old)
    assert (done.code, runtime.runs.active()) == (ExitCode.CONFLICT, [])
    assert argosy("runs", "retry", old).code == ExitCode.OK, "without them nothing can happen twice"


@pytest.mark.parametrize("mode", ["sandbox", "live"])
def test_actions_are_on_paper_unless_the_mode_is_named(argosy: Argosy, runtime: Runtime, mode: str) -> None:
    old = over(runtime)
    assert argosy("bots", "mode", BOT, mode).code == ExitCode.OK
    word = ("--with-actions", "--confirm", old)
    for named in ((), ("--in-mode", "paper")):
        assert argosy("runs", "retry", old, *word, *named).code == ExitCode.FAILED
    assert runtime.runs.active() == []
    assert argosy("runs", "retry", old, *word, "--in-mode", mode).code == ExitCode.OK


def test_what_cannot_be_retried(argosy: Argosy, runtime: Runtime) -> None:
    assert argosy("runs", "retry", "nobody").code == ExitCode.NOT_FOUND
    going: Any = runtime.launcher.run_bot(BOT, trigger="manual")
    assert argosy("runs", "retry", going.run_id).code == ExitCode.CONFLICT
    runtime.runs.abort(going.run_id, "over")
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.SHUTDOWN, 2, "stop"))
    assert argosy("runs", "retry", going.run_id).code == ExitCode.CONFLICT
    runtime.flags.write(EmergencyFlag("platform", EmergencyState.NORMAL, 3))
    assert argosy("bots", "archive", BOT).code == ExitCode.OK
    assert argosy("runs", "retry", going.run_id).code == ExitCode.CONFLICT
