"""The shapes that are measured, as edges; a batch is submitted at once, batches follow one another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Edge = tuple[str, str]


@dataclass(frozen=True)
class Shape:
    """`width` graphs are submitted at once, `batches` times in a row."""

    name: str
    edges: Sequence[Edge]
    width: int
    batches: int

    @property
    def keys(self) -> list[str]:
        return list(dict.fromkeys(key for edge in self.edges for key in edge))

    @property
    def nodes(self) -> int:
        return len(self.keys) * self.width * self.batches


def line(n: int) -> list[Edge]:
    return [(f"n{i}", f"n{i + 1}") for i in range(n - 1)]


def fan(n: int) -> list[Edge]:
    return [(f"m{i}", "join") for i in range(n)]


def diamond() -> list[Edge]:
    return [("a", "b"), ("a", "c"), ("a", "d"), ("b", "e"), ("c", "e"), ("d", "e")]


def example(path: Path) -> list[Edge]:
    """The edges of a workflow document, each pair of nodes once."""
    document = json.loads(path.read_text())
    return list(dict.fromkeys((edge["source"], edge["target"]) for edge in document["edges"]))


def shapes(examples: Path) -> list[Shape]:
    found = [
        Shape("line of 20", line(20), width=1, batches=10),
        Shape("fan of 50 and join", fan(50), width=1, batches=6),
        Shape("100 diamonds", diamond(), width=100, batches=1),
    ]
    strategy = examples / "btc_15m_pair_arbitrage.json"
    if strategy.exists():
        found.append(Shape("pair arbitrage graph", example(strategy), width=1, batches=12))
    return found
