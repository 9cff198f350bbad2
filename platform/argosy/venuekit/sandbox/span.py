"""Parts of lists that only grow at their end: `limit` rows from `cursor` on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from starlette.requests import Request

from argosy.errors import InvalidInput

MOST = 1_000
_DIGITS = 12
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Span:
    """Rows that a request asks for.

    Rows keep their place in the list, so a place serves as cursor.
    """

    first: int = 0
    limit: int = MOST

    @classmethod
    def of(cls, request: Request) -> Span:
        """Return the span that a request's query names. Raises InvalidInput."""
        query = request.query_params
        span = cls(_number(query, "cursor", 0), _number(query, "limit", MOST))
        if not 1 <= span.limit <= MOST:
            raise InvalidInput("limit is out of range", expected=f"1 to {MOST}", found=str(span.limit))
        return span

    @property
    def following(self) -> str:
        return str(self.first + self.limit)

    def cut(self, rows: Iterable[Row]) -> tuple[list[Row], bool]:
        """Return the rows of the span, and True if more rows follow."""
        found = list(islice(rows, self.first, self.first + self.limit + 1))
        return found[: self.limit], len(found) > self.limit

    def page(self, rows: Iterable[Row], build: Callable[[Row], dict[str, Any]]) -> dict[str, Any]:
        """Return `items`, and in `next` the cursor of the next page (null at the end).

        Only the rows of the page are built.
        """
        found, more = self.cut(rows)
        return {"items": [build(row) for row in found], "next": self.following if more else None}


def _number(query: Any, name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise InvalidInput(f"{name} is no whole number", expected="digits", found=text[:40])
    return int(text)
