"""Small documents in Postgres, for data that must survive the loss of Redis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from argosy.core.ports import Versioned
from argosy.infrastructure.state.optimistic import update
from argosy.infrastructure.storage.engine import documents
from argosy.infrastructure.storage.engine.database import Database


class DatabaseDocuments:
    """Documents as rows; each call is its own transaction.

    Raises Unavailable if Postgres does not answer.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, namespace: str, key: str) -> Versioned | None:
        return self._database.run(documents.get(namespace, key))

    def put(self, namespace: str, key: str, value: Any, *, expected: int | None = None) -> int:
        return self._database.run(documents.put(namespace, key, value, expected))

    def update(self, namespace: str, key: str, change: Callable[[Any], Any]) -> Any:
        return update(self, namespace, key, change)

    def delete(self, namespace: str, key: str) -> bool:
        return self._database.run(documents.delete(namespace, key))

    def keys(self, namespace: str) -> list[str]:
        return self._database.run(documents.keys(namespace))
