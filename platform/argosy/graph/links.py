"""Links between nodes, derived from a canvas; each step of the engine follows them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from argosy.graph.canvas import form, key_of


@dataclass(frozen=True, slots=True)
class Links:
    """Successors of each node, and its number of predecessors, according to the canvas."""

    successors: dict[str, tuple[str, ...]]
    indegree: dict[str, int]
    heads: tuple[str, ...]


def links(canvas: Mapping[str, Any]) -> Links:
    """Return the links of a canvas.

    In a chain every end of a part leads to every start of the next part. A chord's header leads to its body. A
    group is the union of its parts.
    """
    successors: dict[str, list[str]] = {}
    indegree: dict[str, int] = {}

    def join(tails: list[str], heads: list[str]) -> None:
        for tail in tails:
            successors[tail].extend(heads)
        for head in heads:
            indegree[head] += len(tails)

    def walk(signature: Mapping[str, Any]) -> tuple[list[str], list[str]]:
        kind, parts = form(signature)
        if kind == "task":
            key = key_of(signature)
            successors[key] = []
            indegree[key] = 0
            return [key], [key]
        ends = [walk(part) for part in parts]
        if kind == "chain":
            for (_, tails), (heads, _) in pairwise(ends):
                join(tails, heads)
            return ends[0][0], ends[-1][1]
        side_by_side = ends if kind == "group" else ends[:-1]
        heads = [key for part_heads, _ in side_by_side for key in part_heads]
        tails = [key for _, part_tails in side_by_side for key in part_tails]
        if kind == "group":
            return heads, tails
        body_heads, body_tails = ends[-1]
        join(tails, body_heads)
        return heads, body_tails

    heads, _ = walk(canvas)
    return Links({key: tuple(keys) for key, keys in successors.items()}, indegree, tuple(heads))
