"""What short commands cost: CPU seconds (user and system) of the whole process, and wall time.

    python -m benchmarks.command_line [--times 7] [--beside /other/.venv/bin/python …] [--json]

Starts servers of its own, prepares them and runs each command in turn, so that a change of the machine's load meets
all alike. `--beside` runs the same commands with the `argosy` of another environment, for a comparison in one run. The
bar is 0.7 s on an idle machine; `python` alone and `import sqlalchemy` tell what this machine and the largest library
are worth.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from argosy.infrastructure.servers import EmbeddedServers

COMMANDS = {
    "python": ["-c", "pass"],
    "import sqlalchemy": ["-c", "import sqlalchemy.dialects.postgresql.psycopg, psycopg"],
    "argosy version": ["-m", "argosy.cli", "version"],
    "argosy bots list": ["-m", "argosy.cli", "bots", "list"],
    "argosy runs list": ["-m", "argosy.cli", "runs", "list"],
    "argosy ledger show": ["-m", "argosy.cli", "ledger", "show"],
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=7)
    parser.add_argument("--beside", action="append", default=[], help="Python of another environment.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="argosy-benchmark-"))
    servers = EmbeddedServers(home, durable=False)
    try:
        ends = servers.start()
        # Compiled files are written once, as an installation does, whatever this process was told.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment |= {
            "ARGOSY_HOME": str(home),
            "ARGOSY_REDIS_URL": ends.redis_url,
            "ARGOSY_DATABASE_URL": ends.database_url,
        }
        prepare = [sys.executable, "-m", "argosy.cli", "prepare"]
        subprocess.run(prepare, env=environment, check=True, capture_output=True)
        rows = measure([sys.executable, *options.beside], environment, options.times)
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)
    if options.json:
        print(json.dumps({"rows": rows}))
        return
    print(f"{'command':20} {'CPU s: median':>13} {'lowest':>7} {'highest':>7} {'wall s':>7}  environment")
    for row in rows:
        print(
            f"{row['command']:20} {row['cpu']:13.2f} {row['lowest']:7.2f} {row['highest']:7.2f} "
            f"{row['wall']:7.2f}  {row['environment']}"
        )


def measure(pythons: list[str], environment: dict[str, str], times: int) -> list[dict[str, Any]]:
    """One row a command and environment; the first turn warms up and does not count."""
    taken: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for turn in range(times + 1):
        for name, arguments in COMMANDS.items():
            for python in pythons:
                each = cost([python, *arguments], environment)
                if turn:
                    taken.setdefault((name, python), []).append(each)
    return [
        {
            "command": name,
            "environment": python,
            "cpu": statistics.median(cpu for cpu, _ in found),
            "lowest": min(cpu for cpu, _ in found),
            "highest": max(cpu for cpu, _ in found),
            "wall": statistics.median(wall for _, wall in found),
        }
        for (name, python), found in taken.items()
    ]


def cost(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """CPU seconds and wall seconds of one command, which must succeed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, wall


if __name__ == "__main__":
    main()
