"""Paths of the sources, and the environment in which other processes find them."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def python_path(*more: Path) -> str:
    return os.pathsep.join(str(each) for each in (*more, ROOT / "tests", ROOT / "platform", ROOT))


def environment(*more: Path) -> dict[str, str]:
    """Return the environment of a process that imports the chaos package."""
    return {**os.environ, "PYTHONPATH": python_path(*more)}
