"""Previews of outputs and inputs for events; the full values stay in the run's state."""

from __future__ import annotations

from collections.abc import Mapping
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
    for items in (_ITEMS, 1, 0):
        cut: dict[str, Any] = {name: _cut(v, items, 3) for name, v in value.items()}
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


def _cut(value: Any, items: int, depth: int) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _STRING else value[:_STRING] + "…"
    if isinstance(value, list):
        if depth == 0 or items == 0:
            return f"[{len(value)} items]"
        head = [_cut(v, items, depth - 1) for v in value[:items]]
        return head if len(value) <= items else [*head, f"… {len(value) - items} more"]
    if isinstance(value, dict):
        if depth == 0 or items == 0:
            return f"{{{len(value)} fields}}"
        return {k: _cut(v, items, depth - 1) for k, v in value.items()}
    return value
