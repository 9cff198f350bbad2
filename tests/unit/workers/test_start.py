"""What a worker, of which there are many, loads before its first node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import workers

CODE = """
import sys
from workers.__main__ import main
main(["worker", "--help"], standalone_mode=False)
from argosy.bootstrap import open_runtime
open_runtime().executor
heavy = {"flower", "tornado", "prompt_toolkit", "httpx", "rich", "ccxt", "eth_account", "numpy", "pyarrow", "apprise"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""

ADDRESSES = {
    "ARGOSY_REDIS_URL": "redis://127.0.0.1:1/0",
    "ARGOSY_DATABASE_URL": "postgresql+psycopg://127.0.0.1:1/none",
}


def test_a_worker_that_waits_has_loaded_nothing_that_few_nodes_need(tmp_path: Path) -> None:
    env = {**os.environ, **ADDRESSES, "ARGOSY_HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", CODE], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded: []"


def test_without_servers_a_process_says_so_in_one_line(tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
    done = subprocess.run(
        [sys.executable, "-m", "workers", "worker"],
        env={**env, "ARGOSY_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "the stack is not running" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["workers", "workers.app"])
def test_celerys_own_command_finds_the_application(module: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", module, "report"],
        env={**os.environ, **ADDRESSES, "ARGOSY_HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "workers.backend:QuietRedisBackend" in done.stdout


def test_other_names_of_the_package_stay_unknown() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = workers.no_such_name
