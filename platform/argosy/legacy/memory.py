"""Memory of a legacy strategy between polls.

Its plain attributes are stored where every worker finds them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from argosy.core.ports import Documents
from argosy.errors import InvalidInput

MAXIMUM_BYTES = 256 * 1024
_PLAIN = (str, int, float, bool, type(None))
_TAGS = ("$decimal", "$time", "$tuple", "$set", "$deque", "$map")


class StrategyMemory:
    """State of one strategy in one bot.

    A run that is delivered twice starts both times from the state before it, so it decides the same.
    """

    def __init__(self, documents: Documents, namespace: str, key: str) -> None:
        self._documents = documents
        self._namespace = namespace
        self._key = key

    def before(self, run_id: str) -> dict[str, Any]:
        found = self._documents.get(self._namespace, self._key)
        if found is None:
            return {}
        again = found.value["run"] == run_id
        known: dict[str, Any] = decode(found.value["before" if again else "after"])
        return known

    def after(self, run_id: str, before: Mapping[str, Any], state: Mapping[str, Any]) -> None:
        """Store the state. Raises InvalidInput if it is larger than MAXIMUM_BYTES."""
        value = {"run": run_id, "before": encode(before), "after": encode(state)}
        size = len(orjson.dumps(value))
        if size > 2 * MAXIMUM_BYTES:
            raise InvalidInput(
                "the strategy remembers too much",
                expected=f"{MAXIMUM_BYTES} bytes",
                found=f"{size // 2} bytes",
            )
        self._documents.put(self._namespace, self._key, value)


def attributes(strategy: Any) -> dict[str, Any]:
    """Return the attributes that are plain data.

    Plain data are numbers, texts, times, and lists and dicts of them.
    """
    return {
        name: value
        for name, value in getattr(strategy, "__dict__", {}).items()
        if not name.startswith("__") and name not in ("config", "params", "settings") and _storable(value)
    }


def changed_attributes(fresh: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that differ from those of a newly built strategy.

    Values from the config are not remembered, so the config can be edited. `fresh` is encoded, so that it cannot
    change together with the strategy.
    """
    return {name: value for name, value in now.items() if name not in fresh or fresh[name] != encode(value)}


def restore(strategy: Any, state: Mapping[str, Any]) -> None:
    for name, value in state.items():
        setattr(strategy, name, value)


def _storable(value: Any) -> bool:
    if isinstance(value, int) and abs(value) >= 2**63:
        return False
    if type(value) in _PLAIN or isinstance(value, Decimal | datetime):
        return True
    if type(value) is dict:
        return all(_storable(k) and _storable(v) for k, v in value.items())
    return type(value) in (list, tuple, set, deque) and all(_storable(item) for item in value)


def encode(value: Any) -> Any:
    """Encode as JSON, with a tag for types that JSON lacks."""
    if isinstance(value, Decimal):
        return {"$decimal": str(value)}
    if isinstance(value, datetime):
        return {"$time": value.isoformat()}
    if isinstance(value, Mapping):
        if all(type(k) is str and k not in _TAGS for k in value):
            return {key: encode(item) for key, item in value.items()}
        return {"$map": [[encode(k), encode(v)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"$tuple": [encode(item) for item in value]}
    if isinstance(value, set):
        return {"$set": sorted((encode(item) for item in value), key=repr)}
    if isinstance(value, deque):
        return {"$deque": [encode(item) for item in value], "maximum": value.maxlen}
    if isinstance(value, list):
        return [encode(item) for item in value]
    return value


def decode(value: Any) -> Any:
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "$decimal" in value:
        return Decimal(value["$decimal"])
    if "$time" in value:
        return datetime.fromisoformat(value["$time"])
    if "$map" in value:
        return {decode(k): decode(v) for k, v in value["$map"]}
    if "$tuple" in value:
        return tuple(decode(item) for item in value["$tuple"])
    if "$set" in value:
        return {decode(item) for item in value["$set"]}
    if "$deque" in value:
        return deque((decode(item) for item in value["$deque"]), value["maximum"])
    return {key: decode(item) for key, item in value.items()}
