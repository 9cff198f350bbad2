"""Alarm about a supervisor that was killed and left its processes behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.engine import engine

from argosy.infrastructure.processes import identity
from workers.supervision import look_after_supervisor

pytestmark = pytest.mark.integration


def ended_process() -> str:
    """Identity of a process of this machine that has ended."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        name = identity(process.pid)
    assert name is not None
    return name


def test_a_killed_supervisor_is_one_alarm_and_another_one_a_second(
    redis_url: str, database_url: str, tmp_path: Path
) -> None:
    with engine(redis_url, database_url, tmp_path) as stack:

        def alarms() -> list[str]:
            found = [event.data for event in stack.runtime.events.read(limit=1_000) if event.type == "alarm"]
            return [data["message"] for data in found if data["code"] == "supervisor_gone"]

        lock = stack.runtime.settings.run_dir / "stack.lock"
        look_after_supervisor(stack.runtime)
        assert alarms() == [], "each process was started by itself"

        lock.parent.mkdir(parents=True, exist_ok=True)
        elsewhere = ended_process().rpartition(".")[0] + ".another-boot"
        for living in ("", str(identity(os.getpid())), elsewhere):
            lock.write_text(living)
            look_after_supervisor(stack.runtime)
        assert alarms() == []

        lock.write_text(ended_process())
        for _ in range(3):
            look_after_supervisor(stack.runtime)
        (text,) = alarms()
        assert "`argosy up` takes over" in text

        lock.write_text(ended_process())
        look_after_supervisor(stack.runtime)
        assert len(alarms()) == 2
