"""`make mutate`: changes every comparison, `and`, `or` and `not` of the money modules and runs the tests each time."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from mutation.plan import PARTS, ROOT, Part

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
Key = tuple[str, str, str]


def main() -> int:
    """0 when every mutant is killed or explained."""
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("prefix", nargs="?", default="", help="modules whose name starts so, as core.risk")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path, help="also write every mutant there")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for part in PARTS:
        if part.paths(options.prefix):
            rows += _run(part, options.prefix, options.processes)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return _tell(rows, whole=not options.prefix)


def _run(part: Part, prefix: str, processes: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="am-") as folder:
        reports = [Path(folder) / f"{shard}.jsonl" for shard in range(processes)]
        started = [
            subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "mutation.shard",
                    part.name,
                    prefix,
                    str(shard),
                    str(processes),
                    str(report),
                ],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT / 'platform'}:{ROOT}"},
            )
            for shard, report in enumerate(reports)
        ]
        codes = [process.wait() for process in started]
        if any(codes):
            raise SystemExit(f"the tests of {part.name} did not run: exit codes {codes}")
        return [
            json.loads(line)
            for report in reports
            if report.exists()
            for line in report.read_text().splitlines()
        ]


def _tell(rows: list[dict[str, Any]], *, whole: bool) -> int:
    explained = {
        (each["module"], each["was"], each["becomes"]): each["why"]
        for each in tomllib.loads(EQUIVALENT.read_text()).get("equivalent", [])
    }
    seen: set[Key] = set()
    table: dict[str, Counter[str]] = {}
    open_: list[dict[str, Any]] = []
    for row in sorted(rows, key=lambda row: (row["module"], row["line"])):
        key: Key = (row["module"], row["was"], row["becomes"])
        outcome = row["outcome"]
        if outcome not in {"killed", "timeout"}:
            seen.add(key)
            outcome = "explained" if key in explained else "survived"
            if outcome == "survived":
                open_.append(row)
        table.setdefault(row["module"], Counter())[outcome] += 1
    columns = ("mutants", "killed", "timeout", "explained", "survived")
    print("".join([f"{'module':<42}", *(f"{name:>10}" for name in columns)]))
    for module, counts in [*table.items(), ("all", sum(table.values(), Counter()))]:
        figures = [counts.total(), *(counts[name] for name in columns[1:])]
        print("".join([f"{module:<42}", *(f"{figure:>10}" for figure in figures)]))
    for row in open_:
        print(
            f"\n{row['module']}:{row['line']} {row['outcome']} {row['tests']} tests\n  - {row['was']}\n  + {row['becomes']}"
        )
    stale = set(explained) - seen if whole else set()
    for module, was, becomes in sorted(stale):
        print(f"\nno longer needed in {EQUIVALENT.name}: {module}: {was} -> {becomes}")
    return 1 if open_ or stale else 0


if __name__ == "__main__":
    sys.exit(main())
