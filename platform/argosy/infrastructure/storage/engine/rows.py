"""Conversion of result rows to records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import ColumnElement

from argosy.infrastructure.storage.engine.stream_position import seq_of

if TYPE_CHECKING:
    from argosy.infrastructure.storage.models.base import Base

R = TypeVar("R")


def columns_of(model: type[Base], record: type[Any]) -> list[ColumnElement[Any]]:
    """Return the model's columns that the record names; `seq` reads `position`."""
    names = ["position" if field.name == "seq" else field.name for field in fields(record)]
    return [getattr(model, name) for name in names if hasattr(model, name)]


def record_of(record: type[R], row: Any, **extra: Any) -> R:
    """Build the record; `position` becomes `seq`, an empty strategy id becomes None."""
    values = dict(row._mapping)
    if "position" in values:
        values["seq"] = seq_of(values.pop("position"))
    if values.get("strategy_id") == "":
        values["strategy_id"] = None
    return record(**values, **extra)


def records_of(record: type[R], rows: Iterable[Any]) -> list[R]:
    return [record_of(record, row) for row in rows]
