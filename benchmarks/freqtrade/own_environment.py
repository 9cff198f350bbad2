"""An environment with freqtrade in it, made on demand: freqtrade is GPL and never comes into Argosy's own."""

from __future__ import annotations

import json
import subprocess
import venv
from pathlib import Path
from typing import Any

_PACKAGES = ("freqtrade", "technical")


def freqtrade_python(folder: Path) -> Path:
    """The Python of an environment in `folder`, with freqtrade installed where it is not yet."""
    python = folder / "bin" / "python"
    if not python.is_file():
        venv.create(folder, with_pip=True)
    if subprocess.run([python, "-c", "import freqtrade"], capture_output=True, check=False).returncode:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *_PACKAGES], check=True)
    return python


def backtest(
    python: Path, file: Path, name: str, candles: dict[str, list[list[float]]], fee: float
) -> list[dict[str, Any]]:
    """Trades of one strategy by freqtrade's backtester. Raises RuntimeError with freqtrade's own words."""
    asked = json.dumps({"file": str(file), "name": name, "candles": candles, "fee": fee})
    script = Path(__file__).with_name("in_freqtrade.py")
    done = subprocess.run(
        [python, "-W", "ignore", script], input=asked, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    found: list[dict[str, Any]] = json.loads(done.stdout.splitlines()[-1])
    return found
