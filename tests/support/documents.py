"""Workflow documents as people write them, and their files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def strategy(id: str = "dip", limit: object = 60_000, **more: Any) -> dict[str, Any]:
    """Return a strategy that compares a constant with a limit.

    The limit is a variable of the node `below`.
    """
    return {
        "id": id,
        "name": "Dip",
        "kind": "strategy",
        "schema": 1,
        "nodes": [
            {"id": "start", "type": "strategy.start"},
            {"id": "price", "type": "constant", "params": {"value": 50_000}},
            {
                "id": "below",
                "type": "expression",
                "params": {"expression": "a < limit", "variables": {"limit": limit}},
            },
            {"id": "end", "type": "strategy.result"},
        ],
        "edges": [
            {"source": "start", "target": "price", "targetHandle": "when"},
            {"source": "price", "sourceHandle": "value", "target": "below", "targetHandle": "a"},
            {"source": "below", "sourceHandle": "value", "target": "end", "targetHandle": "notes"},
        ],
        **more,
    }


def bot(id: str = "dips", strategy: str = "dip", weight: str = "0.5", **more: Any) -> dict[str, Any]:
    """Return a bot with one strategy, `one`."""
    return {
        "id": id,
        "name": "Dips",
        "kind": "bot",
        "schema": 1,
        "nodes": [
            {"id": "tick", "type": "bot.schedule"},
            {"id": "one", "type": "strategy", "params": {"strategy": strategy, "weight": weight}},
        ],
        "edges": [{"source": "tick", "target": "one", "targetHandle": "when"}],
        **more,
    }


def write(folder: Path, document: dict[str, Any], name: str = "") -> str:
    path = folder / f"{name or document['id']}.json"
    path.write_text(json.dumps(document))
    return str(path)
