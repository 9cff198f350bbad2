"""JSON Schema of workflow documents, with the parameters of every node type.

Editors and other programs use it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from argosy.graph.document import WorkflowDocument
from argosy.graph.node import NodeType
from argosy.graph.registry import NodeRegistry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def workflow_schema(registry: NodeRegistry) -> dict[str, Any]:
    """Return the schema of a document; it checks a node's `params` by its `type`."""
    schema = WorkflowDocument.model_json_schema(by_alias=True, mode="validation")
    definitions: dict[str, Any] = schema.setdefault("$defs", {})
    node = definitions["NodeDocument"]
    types = list(registry)
    node["properties"]["type"]["enum"] = [node_type.name for node_type in types]
    node["allOf"] = []
    for node_type in types:
        name = f"params.{node_type.name}"
        definitions[name] = _hoisted(params_schema(node_type), definitions, name)
        node["allOf"].append(
            {
                "if": {"properties": {"type": {"const": node_type.name}}, "required": ["type"]},
                "then": _then(node_type, name),
            }
        )
    return {"$schema": DIALECT, "$id": "argosy-workflow-1", **schema}


def params_schema(node_type: NodeType) -> dict[str, Any]:
    """Return the schema of a node type's parameters, as used by the form of the palette."""
    return node_type.params_model.model_json_schema(by_alias=True, mode="validation")


def node_schema(node_type: NodeType) -> dict[str, Any]:
    """Return the description of a node type for editors: ports, branches, parameters, limits."""
    return {
        "type": node_type.name,
        "category": node_type.category,
        "title": node_type.title,
        "description": node_type.description,
        "pool": node_type.pool,
        "timeoutS": node_type.timeout_s,
        "retry": node_type.retry.to_wire(),
        "inputs": [
            {"name": p.name, "type": p.type_name, "required": p.required, "many": p.many}
            for p in node_type.inputs.values()
        ],
        "outputs": [{"name": p.name, "type": p.type_name} for p in node_type.outputs.values()],
        "branches": list(node_type.branches),
        "params": params_schema(node_type),
    }


@dataclass(frozen=True, slots=True)
class Parameter:
    """Parameter in readable form, for the reference and `argosy nodes show`."""

    name: str
    type: str
    default: str
    meaning: str


def parameters(node_type: NodeType) -> list[Parameter]:
    """Return the parameters of a node type in readable form."""
    schema = params_schema(node_type)
    required = schema.get("required", [])
    found = []
    for name, item in schema.get("properties", {}).items():
        default = "required" if name in required else json.dumps(item.get("default"))
        words = [item[key] for key in ("title", "description") if item.get(key)]
        found.append(Parameter(name, _type_words(item), default, ". ".join(words)))
    return found


def _type_words(item: dict[str, Any]) -> str:
    """Return a readable type: "number 0 to 100", "one of a, b"; alternatives are joined by "or"."""
    if "enum" in item:
        return "one of " + ", ".join(map(str, item["enum"]))
    if "anyOf" in item:
        options = [option for option in item["anyOf"] if option.get("type") != "null"]
        # A decimal may be written as a number or a text: show it as a number.
        written = {at + 1 for at, option in enumerate(options) if option.get("type") == "number"}
        words = [
            _type_words(option)
            for at, option in enumerate(options)
            if not (at in written and option.get("type") == "string")
        ]
        return " or ".join(dict.fromkeys(words))
    if "$ref" in item:
        return "object"
    kind = {"string": "text", "array": "list", None: "any value"}.get(item.get("type"), item.get("type"))
    low, high = item.get("minimum", item.get("exclusiveMinimum")), item.get("maximum")
    above = "above " if "exclusiveMinimum" in item else ""
    if low is not None and high is not None:
        return f"{kind}, {above}{low:g} to {high:g}"
    if low is not None:
        return f"{kind}, {above or 'from '}{low:g}"
    return f"{kind}, to {high:g}" if high is not None else str(kind)


def _then(node_type: NodeType, name: str) -> dict[str, Any]:
    then: dict[str, Any] = {"properties": {"params": {"$ref": f"#/$defs/{name}"}}}
    if params_schema(node_type).get("required"):
        then["required"] = ["params"]
    return then


def _hoisted(schema: dict[str, Any], definitions: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Move a schema's own definitions to the top level, under unique names."""
    own = schema.pop("$defs", {})
    renamed = {f"#/$defs/{name}": f"#/$defs/{prefix}.{name}" for name in own}
    for name, definition in own.items():
        definitions[f"{prefix}.{name}"] = _referring(definition, renamed)
    result: dict[str, Any] = _referring(schema, renamed)
    return result


def _referring(value: Any, renamed: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            key: renamed.get(item, item)
            if key == "$ref" and isinstance(item, str)
            else _referring(item, renamed)
            for key, item in value.items()
        }
    return [_referring(item, renamed) for item in value] if isinstance(value, list) else value
