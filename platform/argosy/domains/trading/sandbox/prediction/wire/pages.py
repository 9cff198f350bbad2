"""Pages of the CLOB: rows and a cursor, which is the offset in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from starlette.requests import Request

from argosy.venuekit.sandbox.reply import Json, error

FIRST_CURSOR, LAST_CURSOR = "MA==", "LTE="
PAGE = 100
Row = TypeVar("Row")


def page(
    request: Request, rows: Sequence[Row], build: Callable[[Row], dict[str, Any]], most: int = PAGE
) -> Json:
    """Return the requested page; only its rows are built."""
    cursor = request.query_params.get("next_cursor") or FIRST_CURSOR
    try:
        first = int(base64.b64decode(cursor).decode())
    except (binascii.Error, ValueError, UnicodeDecodeError):
        return error("Invalid cursor")
    if first < 0:
        return error("next item should be greater than or equal to 0")
    following = base64.b64encode(str(first + most).encode()).decode()
    found = [build(row) for row in rows[first : first + most]]
    return Json(
        {
            "data": found,
            "next_cursor": following if first + most < len(rows) else LAST_CURSOR,
            "limit": most,
            "count": len(found),
        }
    )


def empty_page(request: Request) -> Json:
    return page(request, [], dict)
