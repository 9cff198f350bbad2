"""`python -m benchmarks.engine [--rounds N] [--json FILE]`: a table of nodes/s and ratios, median and spread."""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import tempfile
from pathlib import Path

from argosy.infrastructure.redis_address import parse_redis_url
from argosy.infrastructure.servers import EmbeddedServers, Endpoints
from argosy.infrastructure.storage.engine import migrate
from benchmarks.engine.argosy import Argosy
from benchmarks.engine.plain import Plain
from benchmarks.engine.shapes import shapes

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", default="", help="substring of the shapes to run")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="argosy-") as name:
        folder = Path(name)
        servers = EmbeddedServers(folder / "servers")
        try:
            endpoints = servers.start()
            migrate.upgrade(endpoints.database_url)
            rows = measure(endpoints, folder, arguments.rounds, arguments.only)
        finally:
            servers.stop()
    report(rows)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(rows, indent=2))


def measure(endpoints: Endpoints, folder: Path, rounds: int, only: str) -> list[dict[str, object]]:
    """Every contender runs every shape once a round, in turn, on the same servers; others stand idle."""
    address = parse_redis_url(endpoints.redis_url)

    def ours(number: int) -> str:
        return dataclasses.replace(address, database=number).client_url

    def celerys(number: int) -> str:
        """The form of the same address that kombu and Celery's backend read."""
        if address.socket is None:
            return ours(number)
        return f"redis+socket://{address.socket}?virtual_host={number}"

    contenders = [
        Plain(celerys(1), "prefork", folder),
        Plain(celerys(2), "solo", folder),
        Argosy(Endpoints(ours(3), endpoints.database_url), folder),
        Argosy(Endpoints(ours(4), endpoints.database_url), folder, fuse=True),
    ]
    rows: list[dict[str, object]] = []
    try:
        for contender in contenders:
            contender.warm()
        for shape in shapes(ROOT / "examples"):
            if only not in shape.name:
                continue
            seconds: dict[str, list[float]] = {c.name: [] for c in contenders}
            for _ in range(rounds):
                for contender in contenders:
                    seconds[contender.name].append(contender.run(shape))
            baseline = seconds[contenders[0].name]
            same_pool = seconds[contenders[1].name]
            for contender in contenders:
                taken = seconds[contender.name]
                rates = sorted(shape.nodes / s for s in taken)
                rows.append(
                    {
                        "shape": shape.name,
                        "contender": contender.name,
                        "nodesPerSecond": round(statistics.median(rates), 1),
                        "min": round(rates[0], 1),
                        "max": round(rates[-1], 1),
                        "ratioToPrefork": round(
                            statistics.median(b / s for b, s in zip(baseline, taken, strict=True)), 2
                        ),
                        "ratioToSolo": round(
                            statistics.median(b / s for b, s in zip(same_pool, taken, strict=True)), 2
                        ),
                        "rounds": rounds,
                    }
                )
        for contender in contenders:
            if isinstance(contender, Argosy) and not contender.recorded():
                raise SystemExit("no run was recorded: these figures would not be with everything on")
    finally:
        for contender in contenders:
            contender.stop()
    return rows


def report(rows: list[dict[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Engine: nodes per second, median of the rounds")
    for column in ("shape", "contender", "nodes/s", "min-max", "x plain prefork", "x plain solo"):
        table.add_column(column)
    for row in rows:
        table.add_row(
            str(row["shape"]),
            str(row["contender"]),
            str(row["nodesPerSecond"]),
            f"{row['min']}-{row['max']}",
            str(row["ratioToPrefork"]),
            str(row["ratioToSolo"]),
        )
    Console().print(table)


if __name__ == "__main__":
    main()
