"""Read-modify-write on top of compare-and-set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argosy.core.ports import Documents
from argosy.errors import Conflict


def update(documents: Documents, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
    """Store `change(value)` and return it; retry if another writer was faster."""
    while True:
        present = documents.get(namespace, key)
        value = change(None if present is None else present.value)
        try:
            documents.put(namespace, key, value, expected=0 if present is None else present.version)
        except Conflict:
            continue
        return value
