"""Bound on numbers from documents and outputs.

A huge exponent makes one conversion take minutes: `int(Decimal("1e999999999"))` writes out a thousand million
digits and blocks the interpreter meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

MAX_MAGNITUDE = 9_999
"""Largest power of ten of a number, positive or negative."""
_SUSPECT = re.compile(r"[eE][+-]?\d{4,}\s*$")


def is_bounded(number: Decimal) -> bool:
    """Return True if the number is finite and can be written out."""
    return number.is_finite() and (not number or abs(number.adjusted()) <= MAX_MAGNITUDE + 100)


def find_unbounded(value: Any) -> str | None:
    """Return the first Decimal in a validated value that cannot be written out, as text.

    Returns None if there is none.
    """
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, Decimal):
            if not is_bounded(item):
                return str(item)
        elif isinstance(item, BaseModel):
            todo += vars(item).values()
        elif isinstance(item, Mapping):
            todo += item.values()
        elif isinstance(item, (list, tuple)):
            todo += item
    return None


def is_suspect(raw: Any) -> bool:
    """Return True if a text in a JSON value ends like a number with a huge exponent."""
    todo = [raw]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            if len(item) < 200 and ("e" in item or "E" in item) and _SUSPECT.search(item):
                return True
        elif isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list):
            todo += item
        elif isinstance(item, Decimal) and not is_bounded(item):
            return True
    return False
