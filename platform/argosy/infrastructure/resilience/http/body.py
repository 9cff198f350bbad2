"""Reading JSON that may be anything: exact numbers, bounded depth and magnitude, one kind of error."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import orjson

MAX_EXPONENT = 100
_DEEPEST = 500


class UnreadableBody(ValueError):
    """The text is not JSON that Argosy accepts."""


def parse_json(body: bytes) -> Any:
    """JSON with fractions as Decimal. NaN, infinities, numbers of absurd size and absurd nesting are refused."""
    try:
        if body.count(b"[") + body.count(b"{") > _DEEPEST:
            # The standard parser recurses on the C stack as far as the process's recursion limit lets it, which
            # libraries raise beyond what the stack holds. This one bounds the depth by itself.
            orjson.loads(body)
        return json.loads(body.decode("utf-8"), parse_float=_fraction, parse_constant=_refuse)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise UnreadableBody(f"{type(error).__name__}: {str(error)[:120]}") from None


def preview(body: bytes, limit: int = 200) -> str:
    """The beginning of a body for an error message: printable, one line."""
    text = " ".join(body[: limit * 4].decode("utf-8", "replace").split())
    text = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def dump_json(value: Any) -> str:
    """Compact text with keys in the given order: what is signed is what is sent."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_exact)


def _fraction(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number.adjusted()) > MAX_EXPONENT or len(text) > 2 * MAX_EXPONENT:
        raise ValueError(f"number out of range: {text[:40]}")
    return number


def _refuse(text: str) -> Any:
    raise ValueError(f"{text} is not a number")


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} does not go into a request body")
