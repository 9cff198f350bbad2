"""A test session that is ended from outside leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from support.engine import ROOT, wait_for

pytestmark = pytest.mark.integration

INNER = """
import subprocess, sys, time
from pathlib import Path

def test_that_is_ended(servers):
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    pids = [child.pid, servers.valkey.pid, servers.postgres.pid]
    Path(__file__).with_name("pids").write_text(" ".join(map(str, pids)))
    time.sleep(600)
"""


@pytest.mark.parametrize(
    ("how", "parallel"), [(signal.SIGTERM, []), (signal.SIGKILL, ["-n", "2"])], ids=["terminated", "killed"]
)
def test_an_ended_session_leaves_no_process(tmp_path: Path, how: signal.Signals, parallel: list[str]) -> None:
    (tmp_path / "test_inner.py").write_text(INNER)
    (tmp_path / "conftest.py").write_text(
        "from support.ending import pytest_configure, pytest_sessionstart\nfrom conftest_of_all import no_data_of_homes_that_are_gone, servers\n"
    )
    (tmp_path / "conftest_of_all.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    path = os.pathsep.join([str(ROOT / "tests"), str(ROOT / "platform"), str(ROOT), str(tmp_path)])
    session = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            str(tmp_path),
            *parallel,
        ],
        cwd=tmp_path,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}, "PYTHONPATH": path},
        stdout=subprocess.DEVNULL,
    )
    pids = wait_for(
        lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text().split(), timeout_s=60
    )
    session.send_signal(how)
    session.wait(30)
    left = [int(pid) for pid in pids]
    wait_for(lambda: not any(map(_lives, left)), why=f"{left} have ended")


def _lives(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
