"""The chaos nodes as a plug-in, found by every process of the stack as any other plug-in is; and a clock that steps."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path

from argosy.core.clock import SystemClock
from argosy.infrastructure.domain import DomainPackage
from chaos import nodes

PACKAGE = DomainPackage(name="chaos", node_modules=(nodes,))


def install(folder: Path) -> Path:
    """Makes `folder` (to be put on the path of the processes) declare the plug-in's entry point."""
    info = folder / "argosy_chaos-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: argosy-chaos\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[argosy.plugins]\nchaos = chaos.plugin:PACKAGE\n")
    return folder


CLOCK = "CHAOS_CLOCK"
"""Environment variable with the file that says how many seconds the clock of workers is wrong."""


def _wrong_s() -> float:
    try:
        return float(Path(os.environ[CLOCK]).read_text() or 0)
    except (OSError, ValueError):
        return 0.0


def _step_with_file() -> None:
    """An operating system's clock cannot be stepped for one test: what the product takes for it can."""
    now, now_ms = SystemClock.now, SystemClock.now_ms

    def stepped(clock: SystemClock) -> datetime:
        return now(clock) + timedelta(seconds=_wrong_s())

    def stepped_ms(clock: SystemClock) -> int:
        return now_ms(clock) + int(_wrong_s() * 1000)

    SystemClock.now = stepped  # type: ignore[method-assign]
    SystemClock.now_ms = stepped_ms  # type: ignore[method-assign]


if os.environ.get(CLOCK):
    _step_with_file()
