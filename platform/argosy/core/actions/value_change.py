"""Value actions: a field of an asset, its value when decided, and the value wanted."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal

from pydantic import Field

from argosy.core.wire import Wire

SUPERSEDED = "superseded"
"""Code of value actions that ended because another user set another value."""

Standing = Literal["wanted", "before", "other"]
"""Place of a value that was read: the wanted one, the one at the decision, or a third."""


class ValueChange(Wire):
    """Change of one field of an asset at a venue, as text; numbers are decimal text.

    `before` is the value when the action was decided, `wanted` the value that it sets.
    """

    field: str = Field(min_length=1, max_length=64)
    before: str
    wanted: str

    def standing(self, value: str) -> Standing:
        """Compare a value that was read; numbers are equal whatever their zeros."""
        if is_same(value, self.wanted):
            return "wanted"
        return "before" if is_same(value, self.before) else "other"

    def numbers(self) -> tuple[Decimal, Decimal] | None:
        """Return both values as numbers; None if one of them is no finite number."""
        before, wanted = number(self.before), number(self.wanted)
        return None if before is None or wanted is None else (before, wanted)


def is_same(one: str, other: str) -> bool:
    if one == other:
        return True
    first, second = number(one), number(other)
    return first is not None and first == second


def number(text: str) -> Decimal | None:
    """Return `text` as a finite number, else None."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
