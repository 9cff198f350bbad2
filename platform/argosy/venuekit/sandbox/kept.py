"""Bounded cache of values that are made on demand."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Kept(Generic[V]):
    """Cache of values by number; holds the `most` values made last."""

    def __init__(self, most: int, make: Callable[[int], V]) -> None:
        self._most = most
        self._make = make
        self._kept: OrderedDict[int, V] = OrderedDict()

    def of(self, number: int) -> V:
        found = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._make(number)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found
