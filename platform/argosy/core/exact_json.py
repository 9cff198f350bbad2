"""JSON from outside, read exactly: fractions as Decimal, integers whole, bounded depth and magnitude."""

from __future__ import annotations

import codecs
import json
from decimal import Decimal
from typing import Any

import orjson

MAX_EXPONENT = 100
_DEEPEST = 500


class UnreadableJson(ValueError):
    """The text is not JSON that Argosy accepts."""


def load_exact(text: bytes | str) -> Any:
    """Value of a JSON text. A byte order mark is skipped.

    Raises UnreadableJson for NaN, infinities, numbers of absurd size and absurd nesting.
    """
    body = without_mark(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    try:
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            # The standard parser recurses on the C stack as far as the process's recursion limit lets it, which
            # libraries raise beyond what the stack holds. This one bounds the depth by itself.
            orjson.loads(body)
        return json.loads(body.decode("utf-8"), parse_float=_fraction, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise UnreadableJson(f"{type(error).__name__}: {str(error)[:120]}") from None


def without_mark(text: bytes) -> bytes:
    """The text without the byte order mark that some editors write before it."""
    return text.removeprefix(codecs.BOM_UTF8)


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT or len(text) > 2 * MAX_EXPONENT:
        raise ValueError(f"number out of range: {text[:40]}")
    return number


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not a number")
