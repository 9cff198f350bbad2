"""Background processes of a test that surely end, with their output at hand."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from support.forked import PythonModule

ROOT = Path(__file__).resolve().parents[2]


class Background:
    """Process group of `python -m …`; the output goes to a file."""

    def __init__(self, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = PythonModule(
                *arguments,
                env={
                    **os.environ,
                    "PYTHONPATH": f"{ROOT / 'platform'}{os.pathsep}{ROOT}",
                    "REMAP_SIGTERM": "SIGQUIT",
                    **environment,
                },
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def signal(self, wanted: int) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, wanted)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self.process.wait(60)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.process.wait(60)

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def background(
    arguments: Sequence[str], log: Path, *, redis_url: str, database_url: str
) -> Iterator[Background]:
    """Start a process group, and kill its remaining processes at the end."""
    environment = {
        "ARGOSY_HOME": str(log.parent),
        "ARGOSY_REDIS_URL": redis_url,
        "ARGOSY_DATABASE_URL": database_url,
    }
    made = Background(arguments, log, environment)
    try:
        yield made
    finally:
        made.kill()


def wait_until(true: Callable[[], object], timeout_s: float = 60, *, what: str = "it") -> float:
    """Wait until `true()` holds, and return the seconds that took.

    Fails after `timeout_s`.
    """
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < timeout_s, f"{what} did not come within {timeout_s} s"
        time.sleep(0.01)
    return time.monotonic() - begun
