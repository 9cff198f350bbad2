"""Small documents in memory."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import orjson

from argosy.core.ports import Versioned
from argosy.errors import Conflict


class MemoryDocuments:
    """Documents in a dict; values are copied through JSON so that callers share none."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], tuple[bytes, int]] = {}
        self._lock = threading.RLock()

    def get(self, namespace: str, key: str) -> Versioned | None:
        found = self._values.get((namespace, key))
        return None if found is None else Versioned(orjson.loads(found[0]), found[1])

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        raw = orjson.dumps(value)
        with self._lock:
            have = self._values.get((namespace, key), (b"", 0))[1]
            if expected is not None and expected != have:
                raise Conflict(
                    f"document {namespace}/{key} changed meanwhile", expected=f"version {expected}"
                )
            self._values[namespace, key] = (raw, have + 1)
            return have + 1

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        with self._lock:
            present = self.get(namespace, key)
            value = change(None if present is None else present.value)
            self.put(namespace, key, value)
            return value

    def delete(self, namespace: str, key: str) -> bool:
        with self._lock:
            return self._values.pop((namespace, key), None) is not None

    def keys(self, namespace: str) -> list[str]:
        return sorted(key for space, key in self._values if space == namespace)
