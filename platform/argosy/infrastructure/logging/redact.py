"""Remove secrets from every log line, by their key and by their value."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from pydantic import BaseModel, SecretBytes, SecretStr

MASK = "********"
MIN_LENGTH = 6
"""Shortest registered secret in characters: shorter values would mask half of every line."""

_KEY = re.compile(
    r"pass(word|phrase|wd)?$|secret|token$|api_?key|private_?key|authorization|signature$|credential|cookie|basic_?auth",
    re.IGNORECASE,
)
# key=value, "key": "value", key: value inside text; a URL's password; bearer tokens.
_IN_TEXT = (
    re.compile(
        r"(?i)([\"']?\b[\w-]*(?:password|passphrase|secret|api[_-]?key|private[_-]?key|access[_-]?token|authorization|signature)[\"']?\s*[=:]\s*)"
        r"(\"[^\"]*\"|'[^']*'|(?:bearer |basic )?[^\s,;}\]]+)"
    ),
    re.compile(r"(?i)(\b(?:bearer|basic) )([A-Za-z0-9._~+/=-]{8,})"),
    re.compile(r"(://[^\s/:@]*:)([^\s/@]+)(?=@)"),
)

_lock = threading.Lock()
_values: set[str] = set()
_pattern: re.Pattern[str] | None = None


def register_secret(value: str | SecretStr | None) -> None:
    """Mask `value` and its URL-quoted form in every log line from now on."""
    global _pattern
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not text or len(text) < MIN_LENGTH:
        return
    with _lock:
        _values.update({text, quote(text, safe="")})
        longest_first = sorted(_values, key=len, reverse=True)
        _pattern = re.compile("|".join(re.escape(item) for item in longest_first))


def register_secrets_of(model: BaseModel) -> None:
    """Register every SecretStr below `model`, and passwords inside its URLs."""
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            register_secrets_of(value)
        elif isinstance(value, tuple):
            for item in value:
                register_secret(item if isinstance(item, SecretStr) else None)
        elif isinstance(value, SecretStr):
            register_secret(value)
            _, _, password = value.get_secret_value().partition(":")
            register_secret(password)
        elif isinstance(value, str) and name.endswith("_url"):
            found = _IN_TEXT[2].search(value)
            if found:
                register_secret(found.group(2))
                register_secret(unquote(found.group(2)))


def text(message: str) -> str:
    """Return `message` without secrets."""
    if _pattern is not None:
        message = _pattern.sub(MASK, message)
    for pattern in _IN_TEXT:
        message = pattern.sub(rf"\g<1>{MASK}", message)
    return message


def value(item: Any, key: str = "") -> Any:
    """Return `item` without secrets, with containers copied; `key` is its name."""
    if isinstance(item, (SecretStr, SecretBytes)) or (key and _KEY.search(key) and item is not None):
        return MASK
    if isinstance(item, str):
        return text(item)
    if isinstance(item, Mapping):
        return {name: value(inner, str(name)) for name, inner in item.items()}
    if isinstance(item, (list, tuple, set, frozenset)):
        return [value(inner) for inner in item]
    if item is None or isinstance(item, (bool, int, float)):
        return item
    return text(str(item))
