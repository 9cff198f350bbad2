"""Single values of a recording: text or JSON numbers, read exactly.

Unreadable values raise ValueError.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from argosy.core.clock import from_ms, to_ms
from argosy.venuekit.recordings.problems import UnreadableRow

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_ID = re.compile(r"[!-~]+", re.ASCII)
_LARGEST = 40
"""Greatest power of ten of a number.

Prices of the oracle have 22 digits before the point.
"""
_FIRST_MS, _LAST_MS = 946_684_800_000, 4_102_444_800_000
"""Years 2000 to 2100. Other times are damaged, or in another unit."""


def number(value: Any) -> Decimal:
    """Return a finite number.

    Raises ValueError for NaN, infinities, booleans and all other values.
    """
    if isinstance(value, float):
        value = repr(value)
    elif not isinstance(value, str | Decimal | int) or isinstance(value, bool):
        raise UnreadableRow(f"{value!r} is not a number")
    text = str(value).strip()
    if _NUMBER.fullmatch(text) is None:
        raise UnreadableRow(f"{text[:40]!r} is not a number")
    found = Decimal(text)
    if found and abs(found.adjusted()) > _LARGEST:
        raise UnreadableRow(f"{text[:40]!r} is out of range")
    return found


def optional(value: Any) -> Decimal | None:
    """Return the number, or None for an empty cell."""
    return None if value is None or value == "" else number(value)


def positive(value: Any) -> Decimal:
    found = number(value)
    if found <= 0:
        raise UnreadableRow(f"{value!r} is not above zero")
    return found


def whole(value: Any) -> int:
    """Return an integer, also for one written as 250.0.

    Raises ValueError for one that lost its last digits (1.76762E+12).
    """
    found = number(value)
    if _exponent(found) > 0 or found != found.to_integral_value():
        raise UnreadableRow(f"{value!r} is not a whole number with all its digits")
    return int(found)


def milliseconds(value: Any) -> int:
    """Return a time in Unix milliseconds; a fraction is rounded up."""
    return _unix_ms(value, Decimal(1))


def seconds(value: Any) -> int:
    """Return Unix milliseconds of a time in Unix seconds."""
    return _unix_ms(value, Decimal(1000))


def microseconds(value: Any) -> int:
    """Return Unix milliseconds of a time in Unix microseconds."""
    return _unix_ms(value, Decimal("0.001"))


def moment(value: Any) -> datetime:
    """Return an ISO-8601 time with its zone.

    Raises ValueError without a zone: the time would be ambiguous.
    """
    if not isinstance(value, str):
        raise UnreadableRow(f"{value!r} is not a time")
    found = datetime.fromisoformat(value.strip())
    if found.tzinfo is None:
        raise UnreadableRow(f"{value!r} has no zone")
    return from_ms(in_range(to_ms(found)))


def name(value: Any) -> str:
    """Return an id: text, or an integer with all its digits.

    Raises ValueError for a fraction or an exponent.
    """
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if _ID.fullmatch(text) is None:
        raise UnreadableRow(f"{value!r} is not an id")
    return text


def token(value: Any) -> str:
    """Return the id of an outcome token.

    Raises ValueError for an id that a spreadsheet has rounded.
    """
    text = name(value)
    if _NUMBER.fullmatch(text) and not text.isdigit():
        raise UnreadableRow(f"{value!r} is not a token id")
    return text


def _unix_ms(value: Any, factor: Decimal) -> int:
    found = number(value)
    if _exponent(found) > 0:
        raise UnreadableRow(f"{value!r} lost its last digits")
    return in_range(int((found * factor).to_integral_value(ROUND_CEILING)))


def _exponent(found: Decimal) -> int:
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)  # numbers are finite
    return exponent


def in_range(ms: int) -> int:
    """Return the time. Raises ValueError outside the years 2000 to 2100."""
    if not _FIRST_MS <= ms <= _LAST_MS:
        raise UnreadableRow(f"{ms} ms is not between the years 2000 and 2100")
    return ms
