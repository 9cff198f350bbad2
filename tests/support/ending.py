"""End of a test session: no process that it started outlives it, however it ends.

Each process of a session carries a mark in its environment. A server that overwrites its environment works in
a folder of the session. A guard process waits for the end of the session's process and kills both kinds.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

MARK = "TEST_SESSION"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Mark the processes of this session and start its guard.

    Each process of a parallel run is a session of its own.
    """
    mark = "/".join(filter(None, (os.environ.get(MARK), secrets.token_hex(8))))
    # Only home folders go there: a failed test's own folder must stay readable.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    folder = tempfile.mkdtemp(prefix="at-" if MARK not in os.environ else "w")
    Path(folder).chmod(0o711)  # other accounts pass through it, as through /tmp
    os.environ |= {MARK: mark, "TMPDIR": folder}
    tempfile.tempdir = folder
    guard = subprocess.Popen(
        [sys.executable, __file__, mark, folder], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    assert guard.stdin is not None
    config.stash[_GUARD] = guard
    config.add_cleanup(lambda: _dismiss(guard))


def pytest_sessionstart(session: pytest.Session) -> None:
    guard = session.config.stash.get(_GUARD, None)
    if guard is not None and guard.stdin is not None:
        factory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        print(factory.getbasetemp(), file=guard.stdin, flush=True)


_GUARD: pytest.StashKey[subprocess.Popen[str]] = pytest.StashKey()


def _dismiss(guard: subprocess.Popen[str]) -> None:
    """End the guard when the session ends in order; it kills the remaining processes first."""
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(60)


def end_marked(mark: str, folders: Sequence[Path]) -> None:
    """Kill and name every process that has this mark or works in one of the folders."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and _belongs(process, mark, folders):
                process.kill()
                print(f"killed what a test left: {process.pid} {process.cmdline()[:4]}", file=sys.stderr)


def _belongs(process: psutil.Process, mark: str, folders: Sequence[Path]) -> bool:
    if process.environ().get(MARK, "").startswith(mark):
        return True
    at = Path(process.cwd())
    return any(at.is_relative_to(folder) for folder in folders)


if __name__ == "__main__":
    # Reading ends with the session's process, which holds the other end of stdin.
    given = [Path(line.rstrip("\n")) for line in sys.stdin]
    own = Path(sys.argv[2])
    end_marked(sys.argv[1], [own, *given])
    shutil.rmtree(own, ignore_errors=True)
