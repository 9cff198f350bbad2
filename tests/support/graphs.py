"""Random graphs for property tests, and their properties by brute force."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

Graph = dict[str, list[str]]
"""Each node with the nodes that it waits for."""


@st.composite
def dags(draw: Any, max_nodes: int = 60) -> Graph:
    """Draw random acyclic graphs, sparse and dense.

    The order in the document is independent of the order of precedence.
    """
    count = draw(st.integers(1, max_nodes))
    seed = draw(st.integers(0, 2**32 - 1))
    density = draw(st.sampled_from([0.0, 0.03, 0.08, 0.15, 0.3, 0.6]))
    return random_dag(count, density, seed)


def random_dag(count: int, density: float, seed: int) -> Graph:
    source = random.Random(seed)
    names = [f"n{i}" for i in range(count)]
    order = names[:]
    source.shuffle(order)
    before = {
        name: [other for other in order[:at] if source.random() < density] for at, name in enumerate(order)
    }
    return {name: before[name] for name in names}


@st.composite
def series_parallel(draw: Any, max_nodes: int = 40) -> Graph:
    """Draw graphs that are built by series and parallel composition only."""
    size = draw(st.integers(1, max_nodes))
    source = random.Random(draw(st.integers(0, 2**32 - 1)))
    graph: Graph = {f"n{i}": [] for i in range(size)}

    def build(names: Sequence[str]) -> None:
        if len(names) == 1:
            return
        cut = source.randint(1, len(names) - 1)
        left, right = names[:cut], names[cut:]
        build(left)
        build(right)
        if source.random() < 0.6:
            for name in right:
                graph[name] += left

    build(list(graph))
    return graph


def ancestors(graph: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    """Return for each node all nodes that must be final before it."""
    found: dict[str, set[str]] = {}

    def of(name: str) -> set[str]:
        if name not in found:
            found[name] = set().union(*({before} | of(before) for before in graph[name]), set())
        return found[name]

    for name in graph:
        of(name)
    return found


def has_n(before: Mapping[str, set[str]], names: Sequence[str]) -> bool:
    """Return True if the order restricted to `names` contains an N.

    An N is a < c, b < c, b < d, without any other relation.
    """

    def apart(x: str, y: str) -> bool:
        return x not in before[y] and y not in before[x]

    return any(
        a in before[c] and b in before[c] and b in before[d] and apart(a, b) and apart(c, d) and apart(a, d)
        for a, b, c, d in itertools.permutations(names, 4)
    )


def is_module(before: Mapping[str, set[str]], names: Sequence[str], part: set[str]) -> bool:
    """Return True if each node outside `part` has the same relation to all of its members."""

    def relation(x: str, y: str) -> int:
        return 1 if x in before[y] else -1 if y in before[x] else 0

    return all(len({relation(x, y) for y in part}) == 1 for x in names if x not in part)
