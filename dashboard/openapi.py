"""OpenAPI document, generated from the route table and the wire models.

`python -m dashboard.openapi` writes `dashboard/openapi.json`; a test fails when that file is out of date.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from argosy import __version__
from dashboard.live.wire import (
    Coalesced,
    LiveError,
    LiveEvent,
    LiveHeartbeat,
    LiveSnapshot,
    Ping,
    Pong,
    Reset,
    Subscribe,
    Unsubscribe,
)
from dashboard.routes import PREFIX, ROUTES, Route
from dashboard.wire import ErrorBody

FILE = Path(__file__).with_name("openapi.json")
_SCHEMAS = "#/components/schemas/"
_SERVER = (LiveSnapshot, LiveEvent, Reset, Coalesced, Pong, LiveHeartbeat, LiveError)
_CLIENT = (Subscribe, Unsubscribe, Ping)
AMOUNT = r"^0?\.[0-9]{1,18}$|^[0-9]{1,18}(\.[0-9]{1,18})?$"
SHARE = r"^0?\.[0-9]{0,17}[1-9]$|^1(\.0{1,17})?$"
_PARAMETER = re.compile(r"{(\w+)}")


def document() -> dict[str, Any]:
    """Return the whole document.

    The messages of `/ws` are among its schemas (ServerMessage, ClientMessage).
    """
    replies: list[type[BaseModel]] = [*(route.reply for route in ROUTES), *_SERVER, ErrorBody]
    models: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    models += [(model, "serialization") for model in dict.fromkeys(replies)]
    said: list[type[BaseModel]] = [*_CLIENT, *(route.body for route in ROUTES if route.body is not None)]
    models += [(model, "validation") for model in dict.fromkeys(said)]
    _, schema = models_json_schema(models, ref_template=_SCHEMAS + "{model}")
    schemas: dict[str, Any] = schema["$defs"]
    schemas["ServerMessage"] = _any_of(_SERVER)
    schemas["ClientMessage"] = _any_of(_CLIENT)
    paths: dict[str, Any] = {}
    for route in ROUTES:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Argosy",
            "version": __version__,
            "description": "Money as decimal strings, times as ISO-8601 UTC. Live events come over /ws.",
        },
        "paths": paths,
        "components": {"schemas": {name: _plain(schemas[name]) for name in sorted(schemas)}},
    }


def text() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]
    if route.query is not None:
        query = route.query.model_json_schema()
        parameters += [
            {"name": name, "in": "query", "required": False, "schema": _plain(schema)}
            for name, schema in query["properties"].items()
        ]
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            str(route.status): {"description": "Success.", **_content(route.reply)},
            "default": {
                "description": "An error: what was expected, what was found, what to do.",
                **_content(ErrorBody),
            },
        },
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, **_content(route.body)}
    return operation


def _content(model: type[BaseModel]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _SCHEMAS + model.__name__}}}}


def _any_of(models: tuple[type[BaseModel], ...]) -> dict[str, Any]:
    return {"anyOf": [{"$ref": _SCHEMAS + model.__name__} for model in models]}


def _plain(schema: Any, *, names: bool = False) -> Any:
    """Return the schema without pydantic's titles.

    `names` marks the level on which keys are names of properties.
    """
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _plain(value, names=key == "properties" and not names)
        for key, value in schema.items()
        if names or key != "title"
    }
    return plain if names else _with_amounts(plain)


def _with_amounts(schema: dict[str, Any]) -> dict[str, Any]:
    """Restrict the text form of an amount to the pattern of a number.

    An amount is a number or its text; pydantic leaves that text open.
    """
    kinds = schema.get("anyOf", [])
    numbers = [kind for kind in kinds if kind.get("type") == "number"]
    if {"type": "string"} in kinds and numbers:
        text = {"type": "string", "pattern": SHARE if numbers[0].get("maximum") == 1 else AMOUNT}
        return {**schema, "anyOf": [text if kind == {"type": "string"} else kind for kind in kinds]}
    return schema


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
