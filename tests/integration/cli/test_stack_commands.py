"""`argosy up`, `status`, `doctor` and `down` against the whole real stack."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.request import urlopen

import psutil
import pytest

from argosy.cli._shared.output import ExitCode
from argosy.cli.root import run
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers.sockets import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@dataclass(frozen=True)
class Shell:
    """Runs `argosy` as a person would, with a home of its own."""

    home: Path

    @property
    def env(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
        return {
            **kept,
            "ARGOSY_HOME": str(self.home),
            "ARGOSY_DASHBOARD__PORT": str(free_port()),
            "ARGOSY_FLOWER__ENABLED": "false",
            "ARGOSY_SANDBOX__ENABLED": "false",
            "ARGOSY_WORKER__QUICK": "1",
            "ARGOSY_WORKER__HEAVY": "0",
        }

    def argosy(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "argosy.cli", *arguments],
            env=self.env, capture_output=True, text=True, timeout=400, check=False,
        )  # fmt: skip

    def called(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """In this process: a Python process for each question takes longer than its answer."""
        out, err = io.StringIO(), io.StringIO()
        with patch.dict(os.environ, self.env, clear=True), redirect_stdout(out), redirect_stderr(err):
            code = run(list(arguments))
        return subprocess.CompletedProcess(list(arguments), code, out.getvalue(), err.getvalue())

    def json(self, *arguments: str) -> tuple[int, Any]:
        """`up` and `down` are processes of their own, as they start and end such."""
        how = self.argosy if arguments[0] in ("up", "down") else self.called
        done = how(*arguments, "--json")
        assert done.stdout, done.stderr
        return done.returncode, json.loads(done.stdout)


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    home = Path(tempfile.mkdtemp(prefix="ah-"))
    shell = Shell(home)
    yield shell
    shell.argosy("down")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def up(shell: Shell) -> dict[str, Any]:
    """The answer of `argosy up`; the tests after it find the stack as the ones before left it."""
    code, up = shell.json("up", "--detach")
    assert code == ExitCode.OK
    return dict(up)


def until(condition: Any, timeout_s: float = 60) -> Any:
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)
    return found


def test_up_status_doctor_restart(shell: Shell, up: dict[str, Any]) -> None:
    assert up["state"] == "up"
    assert urlopen(up["urls"]["dashboard"] + "/healthz").status == 200

    code, again = shell.json("up")
    assert code == ExitCode.OK
    assert again["alreadyRunning"] is True
    assert again["urls"] == up["urls"]

    code, status = shell.json("status")
    assert code == ExitCode.OK
    names = {process["name"] for process in status["processes"]}
    assert names == {"valkey", "postgres", "worker-quick1", "worker-io1", "beat", "recorder", "dashboard"}

    code, doctor = shell.json("doctor")
    checks = {check["name"]: check for check in doctor["checks"]}
    assert [name for name, check in checks.items() if check["status"] == "fail"] == []
    assert code == ExitCode.OK
    assert checks["redis eviction"]["found"] == "noeviction"
    assert checks["migrations"]["status"] == "ok"

    victim = next(process for process in status["processes"] if process["name"] == "recorder")
    os.kill(victim["pid"], signal.SIGKILL)

    def restarted() -> bool:
        _, now = shell.json("status")
        (recorder,) = (process for process in now["processes"] if process["name"] == "recorder")
        return bool(recorder["restarts"] == 1 and recorder["pid"] not in (None, victim["pid"]))

    until(restarted)
    assert "recorder was killed (SIGKILL)" in (shell.home / "logs" / "supervisor.log").read_text()


def test_without_its_supervisor_a_stack_is_stopped_and_taken_over(shell: Shell, up: dict[str, Any]) -> None:
    """`test_two_stacks` stops one without taking it over."""
    supervisor = psutil.Process(up["pid"])
    family = supervisor.children(recursive=True)
    supervisor.kill()
    assert wait_gone([supervisor], 30) == []

    code, status = shell.json("status")
    assert (code, status["state"]) == (ExitCode.OK, "unsupervised")
    assert {process["state"] for process in status["processes"]} == {"running"}
    doctor = shell.json("doctor")[1]
    stack = next(check for check in doctor["checks"] if check["name"] == "stack")
    assert (stack["status"], "supervisor" in stack["found"]) == ("fail", True)
    for command, state in (("alert", "ALERT"), ("halt", "HALT")):
        code, answer = shell.json(command, "--reason", "its supervisor was killed")
        assert (code, answer["state"]) == (ExitCode.OK, state)
        assert (answer["recorded"], answer["flagged"]) == (True, True)
    states = json.loads(urlopen(up["urls"]["dashboard"] + "/api/v1/emergency").read())["states"]
    assert [each["state"] for each in states if each["scope"] == "platform"] == ["HALT"]
    code, resumed = shell.json("resume", "--reason", "on")
    assert (code, resumed["state"]) == (ExitCode.OK, "NORMAL")
    armed = shell.json("shutdown", "--reason", "off")[1]
    code, shut = shell.json("shutdown", "--reason", "off", "--confirm", armed["code"])
    assert (code, shut["state"]) == (ExitCode.OK, "SHUTDOWN")
    assert shell.called("emergency", "status").returncode == ExitCode.OK

    code, taken = shell.json("up", "--detach")
    assert (code, taken["alreadyRunning"]) == (ExitCode.OK, False)
    assert wait_gone(family, 30) == []
    assert shell.json("status")[1]["state"] == "up"

    # The one that took over is stopped without its runtime file.
    supervisor = psutil.Process(taken["pid"])
    family = supervisor.children(recursive=True)
    (shell.home / "run" / "runtime.json").unlink()
    code, down = shell.json("down")
    assert (code, down["message"]) == (ExitCode.OK, "stopped")
    assert wait_gone([supervisor, *family], 30) == []
    assert "ended with" not in (shell.home / "logs" / "supervisor.log").read_text().rpartition("SIGTERM")[2]
    assert shell.json("status")[0] == ExitCode.NOT_RUNNING
    assert shell.json("down")[1]["stopped"] is False


def test_ctrl_c_in_the_foreground_stops_everything_and_bots_are_still_there(shell: Shell) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy.cli", "up"],
        env=shell.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process.stdout:
        shown = ""
        while "Stop" not in shown:
            line = process.stdout.readline()
            assert line, shown
            shown += line
        assert "Dashboard" in shown
        assert str(shell.home / "logs") in shown
        code, bots = shell.json("bots", "list")
        assert code == ExitCode.OK
        assert bots["bots"]
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(60) == ExitCode.OK
    assert "SIGINT received: stopping" in rest
    assert "worker-quick1 | " in rest
    assert wait_gone(family, 30) == []


def test_a_wrong_setting_of_a_domain_is_found_without_starting_anything(shell: Shell) -> None:
    broken = Shell(shell.home / "broken")
    broken.home.mkdir()
    (broken.home / "argosy.toml").write_text("[trading]\ntimeout_s = 0\n")
    done = broken.argosy("config", "check", "--json")
    assert done.returncode == ExitCode.CONFIG
    assert "trading.timeout_s" in done.stdout
