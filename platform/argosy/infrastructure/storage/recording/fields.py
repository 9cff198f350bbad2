"""Reading an event's data, and writing COPY's text format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from argosy.infrastructure.storage.codec import clean, dumps

NULL = "\\N"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile(r"[\\\t\n\r\x00]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": "\ufffd"}
_LONGEST_DRIFT_MS = 2 * 86_400_000


def copied(value: str | None) -> str:
    """Text as one field of COPY."""
    if value is None:
        return NULL
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) if _SPECIAL.search(value) else value


def copied_json(value: Any) -> str:
    """An object as one field of COPY; None and {} are NULL."""
    if not value:
        return NULL
    raw = dumps(value).decode()
    return raw.replace("\\", "\\\\") if "\\" in raw else raw


def iso(ms: float) -> str:
    """Unix ms as Postgres reads it. Raises ValueError outside the years it can hold."""
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).isoformat()
    except (OverflowError, TypeError) as error:
        raise ValueError(f"{ms!r} is no time in Unix milliseconds") from error


def near(ms: Any, timestamp: int) -> float:
    """A start time, or the event's own time when it is missing or days away from it: it picks the partition."""
    if isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms - timestamp) <= _LONGEST_DRIFT_MS:
        return ms
    return timestamp


def text(value: Any) -> str | None:
    """A string of at most 10,000 characters; what is no string as its JSON."""
    if value is None:
        return None
    plain = value if isinstance(value, str) else dumps(value).decode()
    return clean(plain[:10_000])


def number(value: Any) -> float | None:
    if value is None or isinstance(value, bool):
        return None
    found = float(value)
    return found if isfinite(found) else None


def count(value: Any) -> int:
    """A count from 0 up to what an integer column holds."""
    return min(max(int(value or 0), 0), 2**31 - 1)


def amount(value: Any) -> str | None:
    """Money as a decimal string; None for what is absent, not a number or not finite."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return str(found) if found.is_finite() and abs(found.adjusted()) < 1000 else None


def moment(value: Any) -> str | None:
    """An ISO-8601 string or Unix ms, as ISO; None for what is neither."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return iso(value)
    try:
        parsed = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).isoformat()


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
