"""Versioned documents of venues: read, compare-and-set, list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Executable, select, update
from sqlalchemy import delete as delete_from
from sqlalchemy.dialects.postgresql import insert

from argosy.core.ports import Versioned
from argosy.errors import Conflict
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import VenueDocument


@operation
def get(namespace: str, key: str) -> Steps[Versioned | None]:
    query = select(VenueDocument.value, VenueDocument.version).where(
        VenueDocument.namespace == namespace, VenueDocument.key == key
    )
    row = (yield query).one_or_none()
    return None if row is None else Versioned(row.value, row.version)


@operation
def put(namespace: str, key: str, value: Any, expected: int | None = None) -> Steps[int]:
    """Store the value and return its new version.

    `expected` is the version to replace; 0 means the document must not exist yet. Raises Conflict.
    """
    fresh = insert(VenueDocument).values(namespace=namespace, key=key, version=1, value=value)
    statement: Executable
    if expected is None:
        statement = fresh.on_conflict_do_update(
            index_elements=[VenueDocument.namespace, VenueDocument.key],
            set_={"value": fresh.excluded.value, "version": VenueDocument.version + 1},
        ).returning(VenueDocument.version)
    elif expected == 0:
        statement = fresh.on_conflict_do_nothing().returning(VenueDocument.version)
    else:
        statement = (
            update(VenueDocument)
            .where(
                VenueDocument.namespace == namespace,
                VenueDocument.key == key,
                VenueDocument.version == expected,
            )
            .values(value=value, version=expected + 1)
            .returning(VenueDocument.version)
        )
    version = (yield statement).scalar_one_or_none()
    if version is None:
        raise Conflict(f"document {namespace}/{key} changed meanwhile", expected=f"version {expected}")
    return int(version)


@operation
def delete(namespace: str, key: str) -> Steps[bool]:
    statement = delete_from(VenueDocument).where(
        VenueDocument.namespace == namespace, VenueDocument.key == key
    )
    return (yield statement).rowcount > 0


@operation
def keys(namespace: str) -> Steps[list[str]]:
    query = select(VenueDocument.key).where(VenueDocument.namespace == namespace)
    return sorted((yield query).scalars())
