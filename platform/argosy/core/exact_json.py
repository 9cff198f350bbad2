"""Exact reader of JSON from outside: fractions as Decimal, bounded depth and magnitude."""

from __future__ import annotations

import codecs
import json
from decimal import Decimal
from typing import Any

import orjson

MAX_EXPONENT = 100
LARGEST_NUMBER = 2**53 - 1
"""Largest whole number that browsers and other JSON readers keep exactly."""
_DEEPEST = 500


class UnreadableJson(ValueError):
    """Text that is not JSON, or is outside the accepted limits."""


def load_exact(text: bytes | str, *, long_as_text: bool = False) -> Any:
    """Return the value of a JSON text; skip a byte order mark.

    `long_as_text` keeps whole numbers beyond `LARGEST_NUMBER` as text, digit by digit: they are ids. Raises
    UnreadableJson for NaN, infinities, and numbers or nesting beyond the limits.
    """
    body = without_mark(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    try:
        refuse_deep(body)
        whole = _short_or_text if long_as_text else int
        return json.loads(
            body.decode("utf-8"), parse_float=_fraction, parse_int=whole, parse_constant=_refuse
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise UnreadableJson(f"{type(error).__name__}: {str(error)[:120]}") from None


def refuse_deep(body: bytes) -> None:
    """Raise UnreadableJson if values are nested too deeply for the standard parser.

    That parser recurses on the C stack up to the process's recursion limit. Libraries may raise that limit beyond the
    size of the stack, and such a text then ends the process. orjson has a limit of its own.
    """
    if body.count(b"[") + body.count(b"{") <= _DEEPEST:
        return
    try:
        orjson.loads(body)
    except ValueError as error:
        if "limit" in str(error):
            raise UnreadableJson("objects or lists too deep in one another") from None


def without_mark(text: bytes) -> bytes:
    """Return the text without the byte order mark that some editors write before it."""
    return text.removeprefix(codecs.BOM_UTF8)


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT or len(text) > 2 * MAX_EXPONENT:
        raise ValueError(f"number out of range: {text[:40]}")
    return number


def _short_or_text(text: str) -> int | str:
    return int(text) if len(text) < 20 and abs(int(text)) <= LARGEST_NUMBER else text


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not a number")
