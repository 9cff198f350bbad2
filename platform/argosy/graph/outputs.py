"""Outputs of a node as exact JSON, or a refusal with path and value.

JSON writers turn NaN into null, merge the keys 1 and "1", and cannot write integers beyond 64 bits. Each of these
would silently pass another value to the next node.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, SecretBytes, SecretStr
from pydantic_core import to_jsonable_python

from argosy.errors import OutputInvalid

MAX_DEPTH = 100
_Place = tuple[Any, Any]
"""Place of a value: (place of its container or None, key or index).

The readable path is built only for an error.
"""
_LEAST, _MOST = -(2**63), 2**64 - 1
_SUSPECT = (b"null", b"NaN", b"Infinity")
"""Marks in the JSON text that a number without a JSON form may have left."""
_PLAIN = (bool, datetime, date, time, timedelta, UUID, PurePath, SecretStr, SecretBytes)


def dump(values: Mapping[str, Any], raw: Mapping[str, Any], loose: Iterable[str], what: str) -> bytes:
    """Return `values`, the serialised form of `raw`, as JSON.

    Raises OutputInvalid with path and value. Ports in `loose` may hold any type and are always checked. Other
    ports are checked only if the text is suspicious.
    """
    for name in loose:
        verify(raw[name], name, what)
    try:
        text = orjson.dumps(values)
    except (TypeError, ValueError, RecursionError) as error:
        for name, value in raw.items():
            verify(value, name, what, strict=False)
        raise refusal(what, "", f"{type(error).__name__}: {error}") from None
    if any(mark in text for mark in _SUSPECT):
        for name, value in raw.items():
            verify(value, name, what, strict=False)
    return text


def refusal(what: str, path: str, found: str) -> OutputInvalid:
    return OutputInvalid(
        f"{what} cannot be carried as JSON" + (f": {path}" if path else ""),
        expected="finite numbers, texts, lists, and objects whose keys stay different as texts",
        found=found,
        remedy="convert the value in the node: null or a text instead of NaN or infinity, a list instead of a set",
    )


def verify(value: Any, path: str, what: str, *, strict: bool = True) -> None:
    """Raise OutputInvalid for the first part without a JSON form.

    `strict` also refuses sets, bytes and objects of unknown types.
    """
    todo: list[tuple[Any, _Place, int]] = [(value, (None, path), 0)]
    while todo:
        item, at, depth = todo.pop()
        if depth > MAX_DEPTH:
            raise refusal(what, _path(at), f"more than {MAX_DEPTH} levels, or a value that contains itself")
        if _is_carried(item):
            continue
        fault = _fault(item, strict=strict)
        if fault is not None:
            raise refusal(what, _path(at), fault)
        if isinstance(item, (str, int, float, Decimal)) or item is None:
            continue
        if isinstance(item, Mapping):
            _verify_keys(item, at, what)
            todo += [(inner, (at, key), depth + 1) for key, inner in item.items()]
        elif isinstance(item, BaseModel):
            extra = item.__pydantic_extra__ or {}
            todo += [(inner, (at, key), depth + 1) for key, inner in (vars(item) | extra).items()]
        elif isinstance(item, (list, tuple, set, frozenset)):
            todo += [(inner, (at, index), depth + 1) for index, inner in enumerate(item)]
        elif isinstance(item, Enum):
            todo.append((item.value, at, depth + 1))
        elif dataclasses.is_dataclass(item) and not isinstance(item, type):
            todo += [
                (getattr(item, each.name), (at, each.name), depth + 1) for each in dataclasses.fields(item)
            ]


def _is_carried(item: Any) -> bool:
    """Return True for the usual values without a fault, by their exact types alone."""
    kind = type(item)
    if kind is str:
        return bool(item.isascii())
    if kind is Decimal:
        return bool(item.is_finite())
    return item is None or kind is bool or kind is datetime


def _fault(item: Any, *, strict: bool) -> str | None:
    """Return the fault of one value, ignoring its parts; None if it is valid."""
    if isinstance(item, Enum) or item is None or isinstance(item, bool):
        return None
    if isinstance(item, str):
        return None if item.isascii() or _encodable(item) else f"a lone surrogate in {_shown(item)}"
    if isinstance(item, int):
        return None if _LEAST <= item <= _MOST else f"an integer of {item.bit_length()} bits"
    if isinstance(item, float):
        return None if math.isfinite(item) else f"the float {item}"
    if isinstance(item, Decimal):
        return None if item.is_finite() else f"the decimal {item}"
    if strict and isinstance(item, (set, frozenset, bytes, bytearray, memoryview)):
        return f"{type(item).__name__} {_shown(item)}"
    if isinstance(item, (*_PLAIN, Mapping, BaseModel, list, tuple, set, frozenset, bytes)):
        return None
    if dataclasses.is_dataclass(item) and not isinstance(item, type):
        return None
    return f"an object of type {type(item).__name__}" if strict else None


def _verify_keys(item: Mapping[Any, Any], at: _Place, what: str) -> None:
    if all(type(key) is str for key in item):
        for key in item:
            if not key.isascii() and not _encodable(key):
                raise refusal(what, _path(at), f"a lone surrogate in the key {_shown(key)}")
        return
    names: dict[str, Any] = {}
    for key in item:
        if not isinstance(key, (str, int, float, Decimal, date, time, UUID, Enum)) or _fault(
            key, strict=True
        ):
            raise refusal(what, _path(at), f"the key {_shown(key)} of type {type(key).__name__}")
        name = next(iter(to_jsonable_python({key: None})))
        if name in names:
            raise refusal(
                what, _path(at), f"the keys {_shown(names[name])} and {_shown(key)}, which are one as texts"
            )
        names[name] = key


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    """Return a short form for messages; never raises, never large."""
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    if isinstance(value, (str, bytes)):
        return repr(value[:40])
    if isinstance(value, (set, frozenset)):
        return f"of {len(value)}"
    try:
        return repr(value)[:60]
    except Exception as error:  # noqa: BLE001 - somebody else's __repr__; named instead
        return f"{type(value).__name__} ({type(error).__name__})"


def _path(at: _Place) -> str:
    """Return the readable path `value.bids[0].price` of a place."""
    steps: list[Any] = []
    step: _Place | None = at
    while step is not None:
        steps.append(step[1])
        step = step[0]
    text = str(steps.pop())
    for part in reversed(steps):
        text += (
            f"[{part}]" if isinstance(part, int) else f".{part if isinstance(part, str) else _shown(part)}"
        )
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= 120 else f"{text[:60]}…{text[-59:]}"
