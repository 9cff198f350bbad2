"""The runtime file: whose it is, over clock steps, reboots, full disks and supervisors that were killed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest

from argosy.errors import NotRunning
from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import identity
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor.runtime import ProcessState, RunningStack, endpoints

ENDPOINTS = Endpoints("redis://127.0.0.1:1/0", "postgresql+psycopg://postgres@/argosy?host=/s")


def runtime_of(pid: int, **changes: Any) -> RunningStack:
    runtime = RunningStack(
        pid=pid,
        identity=identity(pid) or "",
        stack_id="no process carries this mark",
        started_at="2026-02-02T11:00:00.000Z",
        state="up",
        redis_url=ENDPOINTS.redis_url,
        database_url=ENDPOINTS.database_url,
    )
    for name, value in changes.items():
        setattr(runtime, name, value)
    return runtime


def ended_process() -> tuple[int, str]:
    """Number and identity of a process that has ended."""
    child = subprocess.Popen(["sleep", "100"])
    name = identity(child.pid)
    child.kill()
    child.wait()
    assert name is not None
    return child.pid, name


def test_the_file_is_the_users_alone_and_says_everything(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    written = runtime_of(os.getpid(), processes=[ProcessState.of("beat", os.getpid(), 3)])
    written.write(settings)
    assert RunningStack.path(settings).stat().st_mode & 0o777 == 0o600
    assert RunningStack.read(settings) == written
    assert RunningStack.living(settings) == written
    assert endpoints(settings) == ENDPOINTS


@pytest.mark.parametrize("step_s", [-86_400, -3600, -5, 5, 3600, 86_400])
def test_a_step_of_the_clock_leaves_the_stack_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step_s: int
) -> None:
    settings = Settings(home=tmp_path)
    runtime_of(os.getpid(), processes=[ProcessState.of("beat", os.getpid(), 0)]).write(settings)
    boot = psutil.boot_time()
    monkeypatch.setattr("psutil._psplatform.boot_time", lambda: boot + step_s)
    found = RunningStack.living(settings)
    assert found is not None
    assert found.processes[0].alive


def test_another_process_with_the_supervisors_number_is_no_running_stack(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pid, name = ended_process()
    runtime_of(os.getpid(), identity=name.replace(str(pid), str(os.getpid()), 1)).write(settings)
    assert RunningStack.living(settings) is None
    with pytest.raises(NotRunning, match="argosy up"):
        endpoints(settings)


def test_without_a_supervisor_the_servers_are_still_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pid, name = ended_process()
    runtime_of(pid, identity=name, processes=[ProcessState.of("valkey", os.getpid(), 0)]).write(settings)
    assert RunningStack.living(settings) is None
    assert RunningStack.at_work(settings) is not None
    assert endpoints(settings) == ENDPOINTS


def test_a_process_that_the_file_does_not_know_of_counts_by_its_mark(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    pid, name = ended_process()
    runtime_of(pid, identity=name, stack_id="mark of this test").write(settings)
    assert RunningStack.at_work(settings) is None
    child = subprocess.Popen(["sleep", "100"], env={**os.environ, "ARGOSY_STACK_ID": "mark of this test"})
    try:
        assert endpoints(settings) == ENDPOINTS
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize(("age_s", "running"), [(0, True), (-100, False)])
def test_a_file_of_an_earlier_version_is_understood(tmp_path: Path, age_s: float, running: bool) -> None:
    settings = Settings(home=tmp_path)
    body = runtime_of(os.getpid()).as_json()
    del body["identity"]
    body["pidCreated"] = psutil.Process().create_time() + age_s
    RunningStack.path(settings).parent.mkdir()
    RunningStack.path(settings).write_text(json.dumps(body))
    found = RunningStack.living(settings)
    assert (found is not None) is running


@pytest.mark.parametrize("content", ["{broken", "[]", "{}", '{"pid": 1}'])
def test_a_broken_file_is_none(tmp_path: Path, content: str) -> None:
    settings = Settings(home=tmp_path)
    RunningStack.path(settings).parent.mkdir()
    RunningStack.path(settings).write_text(content)
    assert RunningStack.read(settings) is None
    assert RunningStack.at_work(settings) is None
