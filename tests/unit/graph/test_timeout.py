"""Time limits inside a process."""

from __future__ import annotations

import sys
import threading
import time
from importlib import import_module
from pathlib import Path

import pytest

from argosy.errors import NodeTimeout
from argosy.graph.timeout import time_limit


def spin(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            sum(range(200))
        except Exception:  # the limit must pass careless code
            continue


def test_code_that_overruns_is_ended() -> None:
    began = time.monotonic()
    with pytest.raises(NodeTimeout, match=r"limit of 0\.1 s"), time_limit(0.1, "node x"):
        spin(10)
    assert time.monotonic() - began < 5


def test_code_in_time_is_left_alone() -> None:
    with time_limit(5, "node x"):
        spin(0.01)


def test_only_the_thread_that_overruns_is_ended() -> None:
    outcome: dict[str, str] = {}

    def work(name: str, limit: float, seconds: float) -> None:
        try:
            with time_limit(limit, name):
                spin(seconds)
            outcome[name] = "done"
        except NodeTimeout:
            outcome[name] = "timeout"

    threads = [
        threading.Thread(target=work, args=("slow", 0.1, 10)),
        threading.Thread(target=work, args=("quick", 10, 0.4)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outcome == {"slow": "timeout", "quick": "done"}


def test_an_import_is_not_interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception between the steps of an import leaves the module's lock held: whoever imports it next waits for ever."""
    (tmp_path / "slow_to_import.py").write_text(
        "import time\nends = time.monotonic() + 0.5\nwhile time.monotonic() < ends:\n    pass\nDONE = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(NodeTimeout), time_limit(0.1, "node x"):
        import_module("slow_to_import")
        spin(10)
    assert sys.modules.pop("slow_to_import").DONE


def test_code_that_was_itself_imported_meanwhile_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runs_at_import.py").write_text(
        "from argosy.errors import NodeTimeout\nfrom argosy.graph.timeout import time_limit\nENDED = False\n"
        "try:\n    with time_limit(0.1, 'node x'):\n        while True:\n            pass\n"
        "except NodeTimeout:\n    ENDED = True\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert import_module("runs_at_import").ENDED


def test_a_blocking_call_is_ended_when_it_returns() -> None:
    with pytest.raises(NodeTimeout), time_limit(0.05, "node x"):
        time.sleep(0.3)


def test_nothing_strikes_after_the_block() -> None:
    for _ in range(30):
        try:
            with time_limit(0.05, "node x"):
                spin(0.05)
        except NodeTimeout:
            pass
    spin(0.2)
