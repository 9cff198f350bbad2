"""How many runs a second a workflow does over a recording, in one process.

    python -m benchmarks.replay [--workflow btc_15m_pair_arbitrage] [--rows 3000] [--file FILE] [--json]

Without `--file` it makes one-second quotes of its own: a seeded price that wanders, two mirrored books, a lasting gap now
and then so that orders are part of the figure. The same nodes, claims, gateway and paper account as anywhere; reading
the recording is part of the time. The bar is 300 runs a second for pair arbitrage.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from argosy.bootstrap.backtest import backtest
from argosy.bootstrap.types import packaged_workflow, registry
from argosy.cli.data.replay import quiet_logs
from argosy.venuekit.replay.session import ReplayRequest

START_MS = 1_788_264_000_000
BAR = 300


def quotes(path: Path, rows: int, seed: int = 7) -> Path:
    """One-second quotes of consecutive 15-minute windows."""
    source = random.Random(seed)
    bid, gap = 50, 0
    lines = ["timestamp,timestamp_ms,call_bid,call_ask,call_mid,put_bid,put_ask,put_mid,seconds_to_expiry"]
    for i in range(rows):
        bid = min(max(bid + source.choice((-1, 0, 0, 1)), 5), 93)
        gap = gap - 1 if gap else (20 if source.random() < 0.002 else 0)
        up, down = bid / 100, (99 - bid - (7 if gap else 0)) / 100
        down = max(down, 0.01)
        lines.append(
            f"x,{START_MS + i * 1000},{up:.2f},{up + 0.01:.2f},0,{down:.2f},{down + 0.01:.2f},0,{900 - i % 900}"
        )
    path.write_text("\n".join(lines))
    return path


def measure(workflow: str, file: Path) -> dict[str, Any]:
    registry()
    started = time.perf_counter()
    found = backtest(packaged_workflow(workflow), packaged_workflow, ReplayRequest([file]))
    elapsed_s = time.perf_counter() - started
    runs = found["runs"]["total"]
    return {
        "workflow": workflow,
        "runs": runs,
        "fills": len(found["fills"]),
        "seconds": round(elapsed_s, 3),
        "runsPerSecond": round(runs / elapsed_s, 1),
        "bar": BAR,
        "met": runs / elapsed_s >= BAR,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workflow", default="btc_15m_pair_arbitrage")
    parser.add_argument("--rows", type=int, default=3_000)
    parser.add_argument("--file", type=Path)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with quiet_logs(), tempfile.TemporaryDirectory() as folder:
        file = given.file or quotes(Path(folder) / "quotes.csv", given.rows)
        result = measure(given.workflow, file)
    if given.json:
        print(json.dumps(result))
    else:
        verdict = "met" if result["met"] else "missed"
        print(
            f"{result['workflow']}: {result['runs']} runs, {result['fills']} fills in {result['seconds']} s: "
            f"{result['runsPerSecond']} runs/s (bar {BAR}: {verdict})"
        )


if __name__ == "__main__":
    main()
