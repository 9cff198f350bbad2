"""Reading of event data, and writing of COPY's text format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import Any

from argosy.infrastructure.storage.engine.codec import clean, dumps

NULL = "\\N"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SPECIAL = re.compile(r"[\\\t\n\r\x00]")
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\x00": "\ufffd"}
_LONGEST_DRIFT_MS = 2 * 86_400_000


def copy_field(value: str | None) -> str:
    """Return text as one field of COPY."""
    if value is None:
        return NULL
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], value) if _SPECIAL.search(value) else value


def copied_json(value: Any) -> str:
    """Return an object as one field of COPY; None and {} become NULL."""
    if not value:
        return NULL
    raw = dumps(value).decode()
    return raw.replace("\\", "\\\\") if "\\" in raw else raw


def iso(ms: float) -> str:
    """Convert Unix milliseconds to ISO text. Raises ValueError for a time that has none."""
    try:
        return (_EPOCH + timedelta(milliseconds=ms)).isoformat()
    except (OverflowError, TypeError) as error:
        raise ValueError(f"{ms!r} is no time in Unix milliseconds") from error


def near(ms: Any, timestamp: int) -> float:
    """Return the start time, which picks the partition.

    The event's own time replaces a missing start, or one more than two days away.
    """
    if isinstance(ms, int | float) and not isinstance(ms, bool) and abs(ms - timestamp) <= _LONGEST_DRIFT_MS:
        return ms
    return timestamp


def text(value: Any) -> str | None:
    """Return a string of at most 10,000 characters; other values become JSON."""
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
    """Return a count from 0 to the largest value of an integer column."""
    return min(max(int(value or 0), 0), 2**31 - 1)


def amount(value: Any) -> str | None:
    """Return money as a decimal string; None if absent, not a number, or not finite."""
    if value is None or isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return str(found) if found.is_finite() and abs(found.adjusted()) < 1000 else None


def moment(value: Any) -> str | None:
    """Convert an ISO-8601 string or Unix milliseconds to ISO; None for other values."""
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
