"""Text from outside, made safe for storage and display.

Terminals, logs and Postgres obey or refuse some characters; these are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

REPLACEMENT = "\ufffd"
"""Replacement for each removed character, so that nothing disappears unnoticed."""

# Controls of both sets: ESC and its 8-bit forms begin terminal sequences, Postgres refuses NUL. Halves of
# surrogate pairs, noncharacters, and characters that reverse or hide text.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\ufffe\uffff\U000e0000-\U000e007f]"
)
_UNSAFE_IN_JSON = re.compile(_UNSAFE.pattern.replace("[", "[\u2028\u2029", 1))
_BREAKS = re.compile(r"[ \t]*(?:\r\n|[\n\r\t\v\f\x85\u2028\u2029])[ \t]*")
_ANY_BREAK = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Return safe text of several lines; line breaks become `\\n`, tabs stay. Never raises."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(REPLACEMENT, _ANY_BREAK.sub("\n", text))


def clean_line(text: str) -> str:
    """Return safe text of one line: line breaks and tabs become a space. Never raises."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSAFE.sub(REPLACEMENT, _BREAKS.sub(" ", text))


def clean_value(value: Any) -> Any:
    """Return a JSON value with every text cleaned, including keys."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {
            clean_line(key) if isinstance(key, str) else key: clean_value(item) for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [clean_value(item) for item in value]
    return value


def escape_json(text: str) -> str:
    """Return equivalent JSON text with unsafe characters as escapes.

    A reader gets the stored text.
    """
    return text if text.isascii() and "\x7f" not in text else _UNSAFE_IN_JSON.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    return f"\\u{0xD800 + ((code - 0x10000) >> 10):04x}\\u{0xDC00 + ((code - 0x10000) & 0x3FF):04x}"
