"""JSON replies, and small helpers that the routes of all modules share."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from starlette.responses import Response

from argosy.core.clock import from_ms


class Json(Response):
    """JSON response; Decimals become strings, as venues write them."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else orjson.dumps(content, default=_plain)


def error(text: str, status: int = 400) -> Json:
    """Return `{"error": text}`."""
    return Json({"error": text}, status)


def text(value: Decimal) -> str:
    """Return a number without trailing zeros and exponent: 0.5, 12, 1000."""
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def iso(ms: int) -> str:
    return from_ms(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def integer(value: str | None, default: int, *, least: int = 0, most: int = 10**15) -> int:
    """Return a whole number from a query, limited to `least` and `most`.

    The default stands for anything that is no number.
    """
    try:
        number = int(value) if value is not None else default
    except ValueError:
        return default
    return max(least, min(most, number))


def http_date(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return text(value)
    raise TypeError(type(value).__name__)
