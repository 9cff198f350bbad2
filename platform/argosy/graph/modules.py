"""Modules of an order relation, on bit sets.

A module is a set of nodes that have the same relation to every node outside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol


class _Relation(Protocol):
    def __getitem__(self, index: int, /) -> int: ...


def bits(mask: int) -> Iterator[int]:
    """Iterate over the indexes of the set bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def components(region: int, neighbours: Callable[[int], int]) -> list[int]:
    """Return the connected components of `region` under a symmetric relation, by lowest member."""
    found = []
    left = region
    while left:
        component = frontier = left & -left
        while frontier:
            reached = 0
            for i in bits(frontier):
                reached |= neighbours(i)
            frontier = reached & left & ~component
            component |= frontier
        found.append(component)
        left &= ~component
    return found


def maximal_modules(region: int, before: _Relation, after: _Relation) -> list[int]:
    """Return the partition of a prime region into its maximal proper modules, by lowest member.

    `before[i]` and `after[i]` are the nodes that precede and follow node i. The region must be connected both in
    its order relation and in the complement of it. Only then are maximal modules disjoint (Gallai 1967).
    """
    pivot = next(bits(region))
    apart = _refine(region & ~(1 << pivot), region, before, after)
    own = 1 << pivot
    for part in apart:
        while outside := part & ~own:
            closed = _closure(own | (outside & -outside), pivot, region, before, after)
            if closed == region:
                break
            own = closed
    return sorted([own, *(part for part in apart if not part & own)], key=lambda part: part & -part)


def _refine(rest: int, region: int, before: _Relation, after: _Relation) -> list[int]:
    """Return the coarsest partition of `rest` in which every part is a module of `region`."""
    done: list[int] = []
    todo = [rest]
    while todo:
        part = todo.pop()
        first = next(bits(part))
        told_apart = 0
        for i in bits(part & (part - 1)):
            told_apart |= (before[i] ^ before[first]) | (after[i] ^ after[first])
        splitters = [*bits(told_apart & region & ~part)]
        if splitters:
            todo += _split(part, splitters[len(splitters) // 2], before, after)
        else:
            done.append(part)
    return done


def _split(part: int, splitter: int, before: _Relation, after: _Relation) -> list[int]:
    earlier = part & before[splitter]
    later = part & after[splitter]
    return [piece for piece in (earlier, later, part & ~earlier & ~later) if piece]


def _closure(members: int, pivot: int, region: int, before: _Relation, after: _Relation) -> int:
    """Return the smallest module that contains `members`.

    A node with different relations to two members belongs to the module.
    """
    todo = members & ~(1 << pivot)
    while todo and members != region:
        i = (todo & -todo).bit_length() - 1
        todo &= todo - 1
        told_apart = (before[i] ^ before[pivot]) | (after[i] ^ after[pivot])
        new = told_apart & region & ~members
        members |= new
        todo |= new
    return members
