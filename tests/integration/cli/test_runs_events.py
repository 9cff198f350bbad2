"""`argosy runs` and `argosy events` on real servers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from support.engine import Engine, compiled, document, engine
from support.gates import waiting_gate

from argosy.cli._shared.output import ExitCode
from argosy.core.event import Event
from argosy.graph.nodes import gate
from argosy.infrastructure.storage.history.recording import HistoryWriter
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration


@dataclass
class Shell:
    engine: Engine
    database_url: str

    def argosy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "argosy.cli", *arguments],
            env=dict(self.engine.environment), capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def json(self, *arguments: str) -> Any:
        done = self.argosy(*arguments, "--json")
        assert done.returncode == ExitCode.OK, done.stderr + done.stdout
        return json.loads(done.stdout)

    def lines(self, *arguments: str) -> list[Any]:
        done = self.argosy(*arguments, "--json")
        assert done.returncode == ExitCode.OK, done.stderr + done.stdout
        return [json.loads(line) for line in done.stdout.splitlines()]

    def happen(self, run_id: str) -> None:
        """A run of two nodes, the second failing, recorded."""
        bus = self.engine.runtime.events
        now = self.engine.runtime.clock.now_ms()
        node = {"attempt": 1, "type": "test.mark", "startedAt": now, "executionTimeMs": 2.5, "worker": "w"}
        for event in (
            Event("run_started", now, "btc", None, run_id, None,
                  {"workflow": "d" * 64, "kind": "bot", "trigger": "manual", "correlationId": "c", "deadline": now}),
            Event("node_execution", now, "btc", "arb", run_id, "a", {**node, "status": "success", "outputs": {"p": 1}}),
            Event("node_execution", now, "btc", "arb", run_id, "b",
                  {**node, "status": "failed", "error": {"code": "stale_data", "message": "book is old",
                                                         "traceback": "Traceback:\n  File x\nStaleData: old"}}),
            Event("run_finished", now + 5, "btc", None, run_id, None,
                  {"status": "failed", "reason": "b failed", "startedAt": now, "durationMs": 5, "correlationId": "c",
                   "counts": {"success": 1, "failed": 1}, "opportunities": 0, "actions": 0}),
        ):  # fmt: skip
            bus.publish(event)
        writer = HistoryWriter(self.database_url)
        writer.write(bus.read(limit=10_000))
        writer.close()


@pytest.fixture
def shell(redis_url: str, database_url: str, tmp_path: Path) -> Iterator[Shell]:
    with engine(redis_url, database_url, tmp_path) as made:
        yield Shell(made, database_url)


def test_runs_are_listed_and_shown_from_history(shell: Shell) -> None:
    shell.happen("r1")
    shell.happen("r2")
    runs = shell.json("runs", "list", "--bot", "btc", "--status", "failed")["runs"]
    assert [(run["id"], run["counts"]["failed"], run["durationMs"]) for run in runs] == [
        ("r2", 1, 5),
        ("r1", 1, 5),
    ]
    assert shell.json("runs", "list", "--bot", "other") == {"runs": []}
    shown = shell.json("runs", "show", "r1")
    assert shown["reason"] == "b failed"
    reasons = {node["nodeId"]: node["reason"] for node in shown["nodes"]}
    assert reasons == {"a": None, "b": "stale_data: book is old"}
    text = shell.argosy("runs", "show", "r1").stdout
    assert "stale_data: book is old" in text
    assert "arb/b, attempt 1:\nTraceback:\n  File x\nStaleData: old" in text
    assert "failed" in shell.argosy("runs", "list").stdout


def test_a_run_that_history_does_not_know_yet_is_shown_from_its_state(shell: Shell) -> None:
    run_id = shell.engine.launch(compiled(document([("a", "b")])), bot_id="btc")
    shown = shell.json("runs", "show", run_id)
    assert shown["status"] == "running"
    assert {node["status"] for node in shown["nodes"]} == {"pending"}
    assert "unfinished" in shell.argosy("runs", "show", run_id).stdout


def test_following_runs_and_events_from_a_seq(shell: Shell) -> None:
    shell.happen("r1")
    runs = shell.lines("runs", "tail", "--after", "0-0", "--count", "2")
    assert [line["type"] for line in runs] == ["run_started", "run_finished"]
    nodes = shell.lines("events", "tail", "bot.btc.node", "--after", "0-0", "--run", "r1", "--count", "2")
    assert [(line["nodeId"], line["data"]["status"]) for line in nodes] == [("a", "success"), ("b", "failed")]
    rest = shell.lines("events", "tail", "--after", nodes[0]["seq"], "--count", "1")
    assert rest[0]["seq"] == nodes[1]["seq"]
    text = shell.argosy("events", "tail", "bot.btc.node", "--after", "0-0", "--count", "1").stdout
    assert 'bot.btc.node r1 arb/a success {"p":1}' in text
    assert (
        "btc run_finished r1 failed 5.0 ms (b failed)"
        in shell.argosy("runs", "tail", "--after", "0-0", "--count", "2").stdout
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("runs", "show", "nope"), ExitCode.NOT_FOUND),
        (("runs", "list", "--status", "odd"), ExitCode.USAGE),
        (("runs", "list", "--limit", "0"), ExitCode.USAGE),
        (("events", "tail", "--after", "soon"), ExitCode.USAGE),
        (("runs", "tail", "--after", "1-x"), ExitCode.USAGE),
    ],
)
def test_what_cannot_be_done_has_its_own_exit_code(
    shell: Shell, arguments: tuple[str, ...], code: ExitCode
) -> None:
    done = shell.argosy(*arguments)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_a_waiting_gate_is_answered_once(shell: Shell) -> None:
    runtime = shell.engine.runtime
    waiting_gate(runtime.runs, runtime.documents, "run-1", "s/ask")
    assert shell.json("runs", "approve", "run-1", "s/ask")["answer"] == "approved"
    found = runtime.documents.get(gate.NAMESPACE, "run-1/s/ask")
    assert found is not None
    assert found.value["answer"] == "approved"
    assert found.value["actor"]
    assert shell.argosy("runs", "reject", "run-1", "s/ask").returncode == ExitCode.CONFLICT
    assert shell.argosy("runs", "approve", "run-1", "no-gate").returncode == ExitCode.NOT_FOUND
    answers = [row for row in runtime.database.run(audit.newest(limit=20)) if row.action == "run.gate"]
    assert len(answers) == 1


@pytest.mark.parametrize("end", ["abort", "cancel", "timeout"])
def test_an_answer_to_a_gate_that_waits_no_more_is_refused_and_leaves_no_audit(
    shell: Shell, end: str
) -> None:
    runtime = shell.engine.runtime
    waiting_gate(runtime.runs, runtime.documents, "run-1", "ask")
    if end == "abort":
        runtime.runs.abort("run-1", "the run's deadline has passed")
    elif end == "cancel":
        runtime.runs.cancel("run-1", "by hand")
    else:
        runtime.documents.put(gate.NAMESPACE, "run-1/ask", {"question": "go on?", "answer": "timed_out"})
    done = shell.argosy("runs", "approve", "run-1", "ask")
    assert done.returncode == ExitCode.CONFLICT
    said = {"abort": "deadline has passed", "cancel": "by hand", "timeout": "timed out"}[end]
    assert said in " ".join((done.stderr + done.stdout).split())
    assert [row for row in runtime.database.run(audit.newest(limit=20)) if row.action == "run.gate"] == []
