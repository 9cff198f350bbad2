"""Two stacks that start at the same moment: ports of their own, and each prints its own addresses."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from argosy.cli._shared.output import ExitCode
from argosy.infrastructure.processes import wait_gone
from argosy.infrastructure.servers.sockets import free_port

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]


@pytest.fixture
def homes() -> Iterator[tuple[Path, Path]]:
    made = Path(tempfile.mkdtemp(prefix="ah-")), Path(tempfile.mkdtemp(prefix="ah-"))
    yield made
    for home in made:
        shutil.rmtree(home, ignore_errors=True)


def environment(home: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
    return {
        **kept,
        "ARGOSY_HOME": str(home),
        "ARGOSY_DASHBOARD__PORT": str(port),
        "ARGOSY_FLOWER__PORT": str(port),
        "ARGOSY_SANDBOX__PORT": str(port),
        "ARGOSY_WORKER__QUICK": "1",
        "ARGOSY_WORKER__HEAVY": "0",
    }


def argosy(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "argosy.cli", *arguments, "--json"],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def answers(commands: list[subprocess.Popen[str]]) -> list[Any]:
    texts = [command.communicate(timeout=400)[0] for command in commands]
    assert [command.returncode for command in commands] == [0] * len(commands), texts
    return [json.loads(text) for text in texts]


def test_each_has_ports_and_addresses_of_its_own(homes: tuple[Path, Path]) -> None:
    port = free_port()
    envs = [environment(home, port) for home in homes]
    try:
        up = answers([argosy(env, "up", "--detach") for env in envs])
        found = [url for each in up for url in each["urls"].values()]
        assert len(set(found)) == len(found) == 6
        for env, each in zip(envs, up, strict=True):
            (status,) = answers([argosy(env, "status")])
            assert status["urls"] == each["urls"]
            assert urlopen(each["urls"]["dashboard"] + "/healthz").status == 200
            assert urlopen(each["urls"]["sandbox"] + "/healthz").status == 200
        reasons = ["one", "other"]
        for env, reason in zip(envs, reasons, strict=True):
            answers([argosy(env, "halt", "--reason", reason)])
        for each, reason in zip(up, reasons, strict=True):  # the address leads to the stack that printed it
            states = json.loads(urlopen(each["urls"]["dashboard"] + "/api/v1/emergency").read())["states"]
            assert [one["reason"] for one in states if one["scope"] == "platform"] == [reason]
        # The other one has no supervisor when it is stopped.
        families = [psutil.Process(each["pid"]).children(recursive=True) for each in up]
        os.kill(up[1]["pid"], signal.SIGKILL)
        assert [each["stopped"] for each in answers([argosy(env, "down") for env in envs])] == [True, True]
        assert wait_gone([*families[0], *families[1]], 30) == []
        for env in envs:
            status = argosy(env, "status")
            status.communicate(timeout=100)
            assert status.returncode == ExitCode.NOT_RUNNING
    finally:
        for command in [argosy(env, "down") for env in envs]:
            command.communicate(timeout=100)
