"""Outputs cut to what an event may carry; the whole stays in the run's state."""

from __future__ import annotations

from typing import Any

import orjson

_STRING = 120
_ITEMS = 3


def preview(outputs: bytes, limit_bytes: int) -> tuple[orjson.Fragment | dict[str, Any], bool]:
    """The outputs as they are when small, else a cut copy; and whether it was cut."""
    if len(outputs) <= limit_bytes:
        return orjson.Fragment(outputs), False
    value = orjson.loads(outputs)
    for items in (_ITEMS, 1, 0):
        cut: dict[str, Any] = {name: _cut(v, items, 3) for name, v in value.items()}
        if len(orjson.dumps(cut)) <= limit_bytes:
            return cut, True
    kept: dict[str, Any] = {}
    for name, v in cut.items():
        if len(orjson.dumps({**kept, name: v})) > limit_bytes:
            break
        kept[name] = v
    return kept, True


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
