"""The examples run as they are, offline, and end by themselves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SAID = {
    "logging_ids.py": (
        '"correlationId": "tick-1", "bot": "btc_15m", "node": "quotes"',
        "the key is ********",
    ),
    "event_patterns.py": (
        "bot.*.node: bot.btc_15m.node, bot.spot_mean.node",
        "platform.*: platform.emergency",
    ),
    "resilience.py": (
        "retry: 100 after 3 calls",
        "open after 2 calls",
        "probe returns 100",
        "call 3 waits 5 s",
    ),
    "trading_bot.py": ("runs: 12 success", "run_finished", "trade    BTC/USDT  0.00"),
    "emergency.py": ("HALT: buy denied", "HALT: sell filled", "HALT: sell filled\nNORMAL: buy filled"),
    "legacy_ccxt_provider.py": ("sent: filled 0.001", "sent again: filled 0.001", "2 ledger entries"),
    "legacy_polling_strategy.py": ("trade    BTC/USDT", "8 entries; open positions: 0"),
    "legacy_bot_on_venue.py": ("round 1: order", "round 2: closed 0.001", "4 ledger entries"),
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_example(name: str, repo_root: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(repo_root / "examples" / name)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for line in SAID[name]:
        assert line in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_example_is_run(repo_root: Path) -> None:
    assert {path.name for path in (repo_root / "examples").glob("*.py")} == set(SAID)
