"""Base class of the replies, and types that they share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, PlainSerializer, WithJsonSchema

from argosy.core.wire import Wire


def iso(moment: datetime) -> str:
    """Return ISO-8601 in UTC with milliseconds: `2026-02-02T11:00:05.038Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Instant = Annotated[
    datetime,
    PlainSerializer(iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Json = dict[str, Any]
Metrics = dict[str, str | int | float]
"""Figures by name: money as decimal strings, counts and ratios as numbers."""
Level = Literal["info", "success", "warning", "error"]


def needs(name: str, values: list[str], *fields: str, parameter: str = "") -> Json:
    """Return the JSON Schema of a rule.

    The given values of `name` require `fields`, or the entry `parameter` of `parameters`.
    """
    needed = list(fields) or ["parameters"]
    then: Json = {"required": needed}
    then["properties"] = {each: {"type": "string"} for each in fields}
    if parameter:
        then["properties"] = {"parameters": {"required": [parameter]}}
    return {"if": {"properties": {name: {"enum": list(values)}}, "required": [name]}, "then": then}


class View(Wire):
    """Base of a reply. Every field is always present, so the schema requires it."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)


class ErrorDetail(View):
    """The one form of an error: message, expected and found values, and remedy."""

    code: str
    message: str
    expected: str | None = None
    found: str | None = None
    remedy: str | None = None
    details: Json = {}


class ErrorBody(View):
    error: ErrorDetail
