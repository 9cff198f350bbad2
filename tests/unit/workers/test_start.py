"""What a worker, of which there are many, loads before its first node."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys
from workers.__main__ import main
main(["worker", "--help"], standalone_mode=False)
from argosy.bootstrap import open_runtime
open_runtime().executor
heavy = {"flower", "tornado", "prompt_toolkit", "httpx", "rich", "ccxt", "eth_account", "numpy", "pyarrow", "apprise"}
print("loaded:", sorted(heavy & set(sys.modules)))
"""


def test_a_worker_that_waits_has_loaded_nothing_that_few_nodes_need(tmp_path: Path) -> None:
    env = {
        **os.environ,
        "ARGOSY_HOME": str(tmp_path),
        "ARGOSY_REDIS_URL": "redis://127.0.0.1:1/0",
        "ARGOSY_DATABASE_URL": "postgresql+psycopg://127.0.0.1:1/none",
    }
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
