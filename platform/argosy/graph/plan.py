"""Plan of a workflow: a tree of sequences and parallels derived from its precedence order.

A set of nodes is decomposed by its order relation. Parts without any order between them are parallel. Parts that
lie wholly one before the other are a sequence. Source: Valdes, Tarjan and Lawler,
"The recognition of series parallel digraphs", 1982.

Any other region is prime (it contains an N). Its maximal modules are kept whole (Gallai 1967), and the quotient
between them is ordered by levels. That is the smallest region that waits longer than its edges require. Redundant
edges change nothing, because the order relation is transitively closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from argosy.graph.modules import bits, components, maximal_modules

MAX_DEPTH = 40
"""Largest nesting depth, because Celery handles a canvas recursively.

Deeper parts are ordered by levels.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """Single node."""

    key: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts in sequence: each part starts when every node of the part before is final."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class Parallel:
    """Independent parts that run in parallel."""

    parts: tuple[Plan, ...]


@dataclass(frozen=True, slots=True)
class GraphLevels:
    """Region that is not series-parallel: each level is a set of parts that start together."""

    levels: tuple[tuple[Plan, ...], ...]


Plan = Step | Sequence | Parallel | GraphLevels


def plan(predecessors: Mapping[str, Iterable[str]]) -> Plan:
    """Return the plan of a non-empty acyclic graph, given as node → predecessors.

    It takes O(n²) bit operations. The same mapping in the same order gives the same plan. Raises ValueError for a
    cycle or an unknown node.
    """
    order = _Order(predecessors)
    return _decompose(order, (1 << len(order.keys)) - 1, 0)


class _Order:
    """Precedence order as bit sets: `before[i]` holds every node that precedes node i."""

    def __init__(self, predecessors: Mapping[str, Iterable[str]]) -> None:
        self.keys = tuple(predecessors)
        if not self.keys:
            raise ValueError("a plan needs at least one node")
        index = {key: i for i, key in enumerate(self.keys)}
        self.before = [0] * len(self.keys)
        self.after = [0] * len(self.keys)
        ordered = _topological(predecessors, index)
        for i in ordered:
            for name in predecessors[self.keys[i]]:
                self.before[i] |= self.before[index[name]] | 1 << index[name]
        for i in reversed(ordered):
            for name in predecessors[self.keys[i]]:
                self.after[index[name]] |= self.after[i] | 1 << i
        self.related = [b | a for b, a in zip(self.before, self.after, strict=True)]


def _topological(predecessors: Mapping[str, Iterable[str]], index: Mapping[str, int]) -> list[int]:
    waiting = [0] * len(index)
    successors: list[list[int]] = [[] for _ in index]
    for key, names in predecessors.items():
        for name in dict.fromkeys(names):
            if name not in index:
                raise ValueError(f"node {key!r} waits for {name!r}, which is not in the graph")
            waiting[index[key]] += 1
            successors[index[name]].append(index[key])
    ready = [i for i, count in enumerate(waiting) if not count]
    for i in ready:
        for j in successors[i]:
            waiting[j] -= 1
            if not waiting[j]:
                ready.append(j)
    if len(ready) != len(index):
        raise ValueError("the graph has a cycle")
    return ready


def _decompose(order: _Order, region: int, depth: int) -> Plan:
    if region & (region - 1) == 0:
        return Step(order.keys[region.bit_length() - 1])
    if depth >= MAX_DEPTH:
        return _levelled(order, [1 << i for i in bits(region)], depth)
    parts = components(region, lambda i: order.related[i])
    if len(parts) > 1:
        return Parallel(tuple(_decompose(order, part, depth + 1) for part in parts))
    parts = components(region, lambda i: ~order.related[i])
    if len(parts) > 1:
        parts.sort(key=lambda part: (order.before[next(bits(part))] & region).bit_count())
        return Sequence(tuple(_decompose(order, part, depth + 1) for part in parts))
    return _levelled(order, maximal_modules(region, order.before, order.after), depth)


def _levelled(order: _Order, modules: list[int], depth: int) -> Plan:
    """Return the levels of the quotient: a module is one level after its last predecessor."""
    by_member = {next(bits(module)): module for module in modules}
    left = sum(1 << member for member in by_member)
    rows: list[tuple[Plan, ...]] = []
    while left:
        ready = [member for member in bits(left) if not order.before[member] & left]
        rows.append(tuple(_decompose(order, by_member[member], depth + 1) for member in ready))
        left &= ~sum(1 << member for member in ready)
    return GraphLevels(tuple(rows))


def steps(tree: Plan) -> Iterator[str]:
    """Iterate over every node key of the plan, in plan order."""
    if isinstance(tree, Step):
        yield tree.key
        return
    for part in parts_of(tree):
        yield from steps(part)


def parts_of(tree: Plan) -> tuple[Plan, ...]:
    """Return the parts of a plan, levels one after another."""
    if isinstance(tree, Step):
        return ()
    if isinstance(tree, GraphLevels):
        return tuple(part for level in tree.levels for part in level)
    return tree.parts


def to_json(tree: Plan) -> dict[str, Any]:
    """Return the JSON-ready form of the tree."""
    if isinstance(tree, Step):
        return {"step": tree.key}
    if isinstance(tree, GraphLevels):
        return {"levels": [[to_json(part) for part in level] for level in tree.levels]}
    name = "sequence" if isinstance(tree, Sequence) else "parallel"
    return {name: [to_json(part) for part in tree.parts]}


def describe(tree: Plan, indent: str = "") -> str:
    """Return the tree as indented text, one line per node or group."""
    return "\n".join(_lines(tree, indent))


def _lines(tree: Plan, indent: str) -> Iterator[str]:
    if isinstance(tree, Step):
        yield f"{indent}{tree.key}"
        return
    deeper = indent + "  "
    if isinstance(tree, GraphLevels):
        yield f"{indent}levels (not series-parallel)"
        for number, level in enumerate(tree.levels, 1):
            yield f"{deeper}level {number}"
            for part in level:
                yield from _lines(part, deeper + "  ")
        return
    yield f"{indent}{'sequence' if isinstance(tree, Sequence) else 'parallel'}"
    for part in tree.parts:
        yield from _lines(part, deeper)
