"""A class name exists once, so that a reader of a name knows which class is meant."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[3]
IMITATED = {"Order", "Trade", "Wallets"}
"""Names of freqtrade's own classes, under which strategies written for it find them."""


def classes() -> dict[str, list[str]]:
    """Return the files of each class by its name."""
    found: dict[str, list[str]] = defaultdict(list)
    for folder in ("platform/argosy", "workers", "dashboard"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef):
                    found[node.name].append(str(path.relative_to(ROOT)))
    return found


def test_a_class_name_exists_once() -> None:
    found = classes()
    assert len(found) > 500
    twice = {name: files for name, files in found.items() if len(files) > 1}
    assert twice == {}


def test_imitated_names_stay_in_the_bridge() -> None:
    found = classes()
    for name in IMITATED:
        assert all("/freqtrade/" in file for file in found[name]), found[name]
