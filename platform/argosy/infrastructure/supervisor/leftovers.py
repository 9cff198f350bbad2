"""Processes that carry the mark of a stack in their environment, and their ending.

They are ended when their supervisor is dead.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil

from argosy.infrastructure.processes import gone, wait_gone

MARK = "ARGOSY_STACK_ID"
"""Environment variable that every process of a stack carries, including grandchildren."""
HOME = "ARGOSY_HOME"
NAME = "ARGOSY_PROCESS"
"""Environment variable with the name in the process table."""


def marked_processes(
    stack_id: str | None, home: Path | None
) -> Iterator[tuple[psutil.Process, dict[str, str]]]:
    """Yield running processes of the stack, and of any stack of `home`, with their environment."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            environment = process.environ()
            mark = environment.get(MARK)
            same_home = home is not None and environment.get(HOME) == str(home)
            ours = mark is not None and (mark == stack_id or same_home)
            if ours and process.pid != os.getpid() and not gone(process):
                yield process, environment


def by_name(stack_id: str, home: Path) -> dict[str, int]:
    """Return process ids by name in the process table; only session leaders, not their children."""
    found = {}
    for process, environment in marked_processes(stack_id, home):
        with contextlib.suppress(ProcessLookupError):
            if NAME in environment and os.getsid(process.pid) == process.pid:
                found[environment[NAME]] = process.pid
    return found


def end_leftovers(stack_id: str | None, home: Path | None = None, timeout_s: float = 5.0) -> list[str]:
    """End every process of the stack, and of any stack of `home`; return their command names.

    The supervisor must be dead or be the caller, and the caller must hold the lock of the home. A living supervisor
    would restart the processes.
    """
    found = [process for process, _ in marked_processes(stack_id, home)]
    names = []
    for process in found:
        with contextlib.suppress(psutil.Error):
            names.append(process.name())
            process.send_signal(signal.SIGTERM)
    alive = wait_gone(found, timeout_s)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()
    wait_gone(alive, timeout_s)
    return names
