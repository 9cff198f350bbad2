"""`python -m benchmarks.freqtrade CANDLES`: the bridge's trades beside those of freqtrade's own backtester.

freqtrade is installed into an environment of its own under `--environment`. Without `--file` the small strategies of this
folder are compared; with it, those of the files given. What these import (TA-Lib …) must be importable here: `--path`.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import sys
import tempfile
from pathlib import Path
from typing import Any

from argosy.core.clock import to_ms
from argosy.domains.trading.candle import begin_ms, length_ms
from argosy.domains.trading.recordings import PriceTick, open_recording
from argosy.errors import ArgosyError
from benchmarks.freqtrade.bridge import Rows, trades
from benchmarks.freqtrade.compare import differences
from benchmarks.freqtrade.own_environment import backtest, freqtrade_python

LENGTHS = ("1m", "5m", "15m", "30m", "1h", "4h")
FEE = 0.001


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.freqtrade", description=__doc__)
    parser.add_argument("candles", type=Path, help="A recording of bars of a minute.")
    parser.add_argument("--file", type=Path, action="append", help="A strategy file; repeat it for several.")
    parser.add_argument(
        "--path", action="append", default=[], help="A folder of packages that the files import."
    )
    parser.add_argument("--environment", type=Path, default=Path(tempfile.gettempdir()) / "freqtrade-alone")
    parser.add_argument("--minutes", type=int, default=10_000, help="Of the recording's beginning.")
    parser.add_argument("--only", action="append", help="Name of a strategy; repeat it for several.")
    asked = parser.parse_args()
    sys.path += asked.path
    python = freqtrade_python(asked.environment)
    rows = bars(asked.candles)[: asked.minutes]
    candles = {length: merged(rows, length) for length in LENGTHS}
    different = 0
    for file in asked.file or [Path(__file__).with_name("strategies.py")]:
        for name in asked.only or classes(file):
            verdict = compared(python, file, name, candles)
            different += verdict.startswith("DIFFERENT")
            print(f"{name:32} {verdict}", flush=True)
    return 1 if different else 0


def compared(python: Path, file: Path, name: str, candles: dict[str, Rows]) -> str:
    try:
        make = getattr(loaded(file), name)
        own = str(getattr(make, "timeframe", "5m"))
        ours = trades(make, candles, own, FEE)
    except ArgosyError as error:
        return f"refused: {error}"
    try:
        theirs = backtest(python, file, name, candles, FEE)
    except RuntimeError as error:
        return f"DIFFERENT: freqtrade does not run it ({error}), the bridge made {len(ours)} trades"
    rows = candles[own]
    found = differences(theirs, ours, length_ms(own), int(rows[-2][0]))
    counts = f"freqtrade {len(theirs)}, bridge {len(ours)} trades"
    return f"DIFFERENT {counts}: {'; '.join(found[:3])}" if found else f"same: {counts}"


def classes(file: Path) -> list[str]:
    """Classes with a base class, in the order of the file."""
    return [
        node.name
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.ClassDef) and node.bases
    ]


def loaded(file: Path) -> Any:
    name = f"strategies_of_{file.stem}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def bars(path: Path) -> Rows:
    return [
        [to_ms(bar.at), float(bar.open), float(bar.high), float(bar.low), float(bar.close), float(bar.volume)]
        for tick in open_recording(path)
        if isinstance(tick, PriceTick) and (bar := tick.candle) is not None
    ]


def merged(rows: Rows, timeframe: str) -> Rows:
    """Whole candles of a longer length."""
    length, found = length_ms(timeframe), {}
    for row in rows:
        found.setdefault(begin_ms(int(row[0]), length), []).append(row)
    return [
        [
            start,
            parts[0][1],
            max(p[2] for p in parts),
            min(p[3] for p in parts),
            parts[-1][4],
            sum(p[5] for p in parts),
        ]
        for start, parts in found.items()
        if len(parts) == length // 60_000
    ]


if __name__ == "__main__":
    sys.exit(main())
