"""The end of a test session, however it comes: no process that it started outlives it.

Each process of a session carries a mark in its environment; a server that overwrites its environment works in a folder
of the session. A guard waits for the end of the session's process and kills both.
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
    """Marks the processes of this session and starts its guard; each process of a parallel run is a session too."""
    mark = "/".join(filter(None, (os.environ.get(MARK), secrets.token_hex(8))))
    # Only homes go there: what a failed test wrote to its own folder is still wanted.
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
    """The session ends in order: the guard looks around now, and the session waits for it."""
    assert guard.stdin is not None
    guard.stdin.close()
    guard.wait(60)


def end_marked(mark: str, folders: Sequence[Path]) -> None:
    """Kills every process with this mark or at work in one of the folders, and names it."""
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
    # Ends with the session's process, which holds the other end.
    given = [Path(line.rstrip("\n")) for line in sys.stdin]
    own = Path(sys.argv[2])
    end_marked(sys.argv[1], [own, *given])
    shutil.rmtree(own, ignore_errors=True)
