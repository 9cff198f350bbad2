"""JSON that Postgres can store."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import orjson

from argosy.text import REPLACEMENT, clean_value

_NUL = b"\\u0000"
_UNSTORABLE = dict.fromkeys([0, *range(0xD800, 0xE000)], REPLACEMENT)


def _default(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dumps(value: Any) -> bytes:
    """Encode a value as JSON bytes.

    Decimals become strings. NUL characters (refused by jsonb) and unpaired surrogates become U+FFFD. Raises
    TypeError for a value without a JSON form.
    """
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    try:
        raw = orjson.dumps(value, default=_default, option=options)
    except TypeError:
        raw = orjson.dumps(clean_value(value), default=_default, option=options)
    if _NUL in raw:
        raw = orjson.dumps(_without_nul(orjson.loads(raw)), option=options)
    return raw


def loads(raw: bytes | str) -> Any:
    return orjson.loads(raw)


def clean(text: str) -> str:
    """Return the text as a `text` column can hold it: NUL and unpaired surrogates become U+FFFD."""
    return text.translate(_UNSTORABLE) if "\x00" in text or not text.isascii() else text


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    if isinstance(value, dict):
        return {clean(key): _without_nul(item) for key, item in value.items()}
    return value
