"""Write and read JSON bodies with exact numbers and one kind of error."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from argosy.core.exact_json import UnreadableJson as UnreadableBody
from argosy.core.exact_json import load_exact as parse_json

__all__ = ["UnreadableBody", "dump_json", "parse_json", "preview"]


def preview(body: bytes, limit: int = 200) -> str:
    """Return the beginning of a body for an error message, printable and on one line."""
    text = " ".join(body[: limit * 4].decode("utf-8", "replace").split())
    text = "".join(character if character.isprintable() else "\ufffd" for character in text)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def dump_json(value: Any) -> str:
    """Return compact JSON with keys in the given order, so the signed text is the sent text."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_exact)


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} does not go into a request body")
