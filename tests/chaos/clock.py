"""Clock that steps.

An operating system's clock cannot be set for one test, but the product's clock can. Files in the folder that
the environment variable names hold the seconds by which a clock is wrong. The file `all` is for every
process, the others are named after a process.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from argosy.core.clock import SystemClock

CLOCK = "CHAOS_CLOCK"
COMMANDS = "commands"
"""Name of `argosy` commands beside the stack, which are no process of it."""


def step(folder: Path, seconds: float, *names: str) -> None:
    """Make the clocks of these processes (without names: of all) wrong by `seconds`.

    0 sets them right.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names or ("all",):
        fresh = folder / f".{name}"
        fresh.write_text(str(seconds))
        fresh.replace(folder / name)


def _wrong_s() -> float:
    folder = Path(os.environ[CLOCK])
    return _read(folder / "all") + _read(folder / os.environ.get("ARGOSY_PROCESS", COMMANDS))


def _read(path: Path) -> float:
    try:
        return float(path.read_text() or 0)
    except (OSError, ValueError):
        return 0.0


def step_with_files() -> None:
    """Make this process's clock follow the files from now on."""
    now, now_ms = SystemClock.now, SystemClock.now_ms

    def stepped(clock: SystemClock) -> datetime:
        return now(clock) + timedelta(seconds=_wrong_s())

    def stepped_ms(clock: SystemClock) -> int:
        return now_ms(clock) + int(_wrong_s() * 1000)

    SystemClock.now = stepped  # type: ignore[method-assign]
    SystemClock.now_ms = stepped_ms  # type: ignore[method-assign]
