"""What short commands load: imports are most of their time, and a list of modules does not depend on the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

HEAVY = (
    "alembic", "apprise", "argosy.domains", "ccxt", "celery", "eth_account", "httpx", "kombu", "loguru", "numpy",
    "psutil", "pyarrow", "pydantic_settings", "redis", "rich", "sqlalchemy.ext.asyncio", "sqlalchemy.orm", "starlette",
)  # fmt: skip
CODE = """
import sys
from argosy.cli.root import run
code = run(sys.argv[2:])
print("loaded:", sorted(set(sys.argv[1].split()) & set(sys.modules)), "code:", code)
"""


@pytest.mark.parametrize("command", ["bots list", "runs list", "ledger show", "schedules list"])
def test_a_list_loads_only_what_reads_it(database_url: str, tmp_path: Path, command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ARGOSY_")}
    environment |= {
        "ARGOSY_HOME": str(tmp_path),
        "ARGOSY_REDIS_URL": "redis://127.0.0.1:1/0",
        "ARGOSY_DATABASE_URL": database_url,
    }
    done = subprocess.run(
        [sys.executable, "-c", CODE, " ".join(HEAVY), *command.split()],
        env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "loaded: [] code: 0", done.stdout + done.stderr
