"""Alarm about a supervisor that was killed and left its processes behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.engine import engine

from argosy.infrastructure.config import Settings
from argosy.infrastructure.processes import identity
from argosy.infrastructure.supervisor.runtime import ProcessState, RunningStack
from workers.supervision import look_after_supervisor

pytestmark = pytest.mark.integration


def ended_process() -> str:
    """Identity of a process of this machine that has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = identity(process.pid)
    assert name is not None
    return name


def write_stack(settings: Settings, supervisor: str, process: str | None) -> None:
    """Write the runtime file of a stack with this supervisor and one process."""
    RunningStack(
        pid=int(supervisor.partition(".")[0]),
        identity=supervisor,
        stack_id="s",
        started_at="2026-11-30T00:00:00.000Z",
        state="up",
        redis_url="redis://x",
        database_url="postgresql://x",
        processes=[ProcessState("beat", 1, 0, process)],
    ).write(settings)


def test_a_killed_supervisor_is_one_alarm_and_another_one_a_second(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    living = identity(os.getpid())
    assert living is not None
    with engine(redis_url, database_url, tmp_path) as stack:
        settings = stack.runtime.settings

        def alarms() -> list[str]:
            found = [event.data for event in stack.runtime.events.read(limit=1_000) if event.type == "alarm"]
            return [data["message"] for data in found if data["code"] == "supervisor_gone"]

        look_after_supervisor(stack.runtime)
        assert alarms() == [], "each process was started by itself"

        elsewhere = ended_process().rpartition(".")[0] + ".another-boot"
        for supervisor, process in (
            (living, living),
            (elsewhere, living),
            (ended_process(), ended_process()),
        ):
            write_stack(settings, supervisor, process)
            look_after_supervisor(stack.runtime)
        assert alarms() == [], "it runs, it cannot be judged, or its processes ended with it"

        write_stack(settings, ended_process(), living)
        for _ in range(3):
            look_after_supervisor(stack.runtime)
        (text,) = alarms()
        assert "`argosy up` takes over" in text

        write_stack(settings, ended_process(), living)
        look_after_supervisor(stack.runtime)
        assert len(alarms()) == 2

        RunningStack.remove(settings)  # as `argosy down` does
        look_after_supervisor(stack.runtime)
        assert len(alarms()) == 2
