"""Previews of outputs and inputs for events; the full values stay in the run's state."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import orjson

_STRING = 120
_ITEMS = 3


def preview(outputs: bytes, limit_bytes: int) -> tuple[orjson.Fragment | dict[str, Any], bool]:
    """Return small outputs unchanged, large ones cut, and True if they were cut."""
    if len(outputs) <= limit_bytes:
        return orjson.Fragment(outputs), False
    return _cut_to(orjson.loads(outputs), limit_bytes), True


def preview_values(
    values: Mapping[str, Any], limit_bytes: int
) -> tuple[orjson.Fragment | dict[str, Any], bool]:
    """Return a preview of JSON values by name, and True if it was cut.

    A large value is cut without being encoded completely.
    """
    if _left(values, limit_bytes) >= 0:
        encoded = orjson.dumps(values)
        if len(encoded) <= limit_bytes:
            return orjson.Fragment(encoded), False
    return _cut_to(values, limit_bytes), True


def _cut_to(value: Mapping[str, Any], limit_bytes: int) -> dict[str, Any]:
    for items in (_ITEMS, 1):
        with suppress(_Full):
            cut = _cut_all(value, items, _Budget(limit_bytes))
            if len(orjson.dumps(cut)) <= limit_bytes:
                return cut
    cut = _cut_all(value, 0, _Budget(None))
    if len(orjson.dumps(cut)) <= limit_bytes:
        return cut
    kept: dict[str, Any] = {}
    for name, v in cut.items():
        if len(orjson.dumps({**kept, name: v})) > limit_bytes:
            break
        kept[name] = v
    return kept


def _left(value: Any, left: int) -> int:
    """Return an upper bound of the budget left after the value, in bytes.

    It is negative as soon as the budget is used up.
    """
    if isinstance(value, str):
        return left - len(value) - 2
    if isinstance(value, dict):
        for name, each in value.items():
            left = _left(each, left - len(name) - 4)
            if left < 0:
                return left
        return left
    if isinstance(value, list):
        for each in value:
            left = _left(each, left - 1)
            if left < 0:
                return left
        return left
    return left - 1


class _Full(Exception):
    """The parts so far are larger than the limit."""


class _Budget:
    """Lower bound of a value's size in bytes, so that cutting a large value ends early."""

    __slots__ = ("_left",)

    def __init__(self, left: int | None) -> None:
        self._left = left

    def take(self, size: int) -> None:
        if self._left is not None:
            self._left -= size
            if self._left < 0:
                raise _Full


def _cut_all(values: Mapping[str, Any], items: int, budget: _Budget) -> dict[str, Any]:
    return {name: _cut(value, items, 3, budget) for name, value in values.items()}


def _cut(value: Any, items: int, depth: int, budget: _Budget) -> Any:
    if isinstance(value, str):
        text = value if len(value) <= _STRING else value[:_STRING] + "…"
        budget.take(len(text) + 2)
        return text
    if isinstance(value, list):
        if depth == 0 or items == 0:
            return f"[{len(value)} items]"
        head = [_cut(v, items, depth - 1, budget) for v in value[:items]]
        return head if len(value) <= items else [*head, f"… {len(value) - items} more"]
    if isinstance(value, dict):
        if depth == 0 or items == 0:
            return f"{{{len(value)} fields}}"
        cut = {}
        for name, each in value.items():
            budget.take(len(name) + 4)
            cut[name] = _cut(each, items, depth - 1, budget)
        return cut
    return value
