"""Clock of a process, set by the files of its stack."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from chaos import clock, plugin
from chaos.paths import ROOT, environment

ASK = "from argosy.core.clock import SystemClock as C; c = C(); print(c.now_ms(), c.now().timestamp() * 1000)"


def wrong_s(folder: Path, process: str) -> tuple[int, int]:
    """Return the seconds by which a fresh process is wrong, by both of its readings."""
    env = environment(plugin.install(folder / "plugin"))
    env |= {clock.CLOCK: str(folder / "clocks"), "ARGOSY_PROCESS": process}
    done = subprocess.run(
        [sys.executable, "-P", "-c", ASK], cwd=ROOT, env=env, capture_output=True, check=True
    )
    now = time.time() * 1000
    milliseconds, moment = map(float, done.stdout.split())
    return round((milliseconds - now) / 10_000) * 10, round((moment - now) / 10_000) * 10


def test_a_process_has_its_own_step_and_everybodys(tmp_path: Path) -> None:
    assert wrong_s(tmp_path, "beat") == (0, 0)
    clock.step(tmp_path / "clocks", -3600, "beat")
    clock.step(tmp_path / "clocks", 60)
    assert wrong_s(tmp_path, "beat") == (-3540, -3540)
    assert wrong_s(tmp_path, "recorder") == (60, 60)
    clock.step(tmp_path / "clocks", 0, "beat")
    assert wrong_s(tmp_path, "beat") == (60, 60)
