"""JSON that all readers understand alike: unique names in objects, no NaN, no Infinity.

Of two members with one name some readers take the first, others the last. The checked value could then differ
from the executed one.
"""

from __future__ import annotations

import json
from typing import Any

from argosy.core.exact_json import refuse_deep
from argosy.errors import InvalidInput

_SHOWN = 80


def check_json(text: bytes | str, *, what: str = "the body") -> None:
    """Raise InvalidInput if `text` is not JSON, or is ambiguous between readers."""
    try:
        refuse_deep(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        json.loads(
            text, object_pairs_hook=_once, parse_constant=_refuse_constant, parse_int=str, parse_float=str
        )
    except _Ambiguous as error:
        raise InvalidInput(
            f"{what} is not clear",
            expected="each name once in an object, and numbers that JSON knows",
            found=str(error),
            remedy="remove the repeated name, or write the number as a decimal",
        ) from None
    except (ValueError, RecursionError) as error:  # including bytes that are not UTF-8
        raise InvalidInput(
            f"{what} is not JSON", expected="one JSON document", found=str(error)[:200]
        ) from None


class _Ambiguous(Exception):
    """JSON that two readers may understand differently."""


def _once(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            shown = name[:_SHOWN].encode("utf-8", "backslashreplace").decode()
            raise _Ambiguous(f"{shown!r} twice in one object")
        seen.add(name)


def _refuse_constant(name: str) -> None:
    raise _Ambiguous(f"the number {name}")
