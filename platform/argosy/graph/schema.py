"""JSON Schema of workflow documents, with the parameters of every node type: for editors and other programs."""

from __future__ import annotations

from typing import Any

from argosy.graph.document import WorkflowDocument
from argosy.graph.node import NodeType
from argosy.graph.registry import NodeRegistry

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def workflow_schema(registry: NodeRegistry) -> dict[str, Any]:
    """The schema of a whole document; a node's `params` are checked by its `type`."""
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
    """The schema of one node type's parameters, as the form of the palette shows them."""
    return node_type.params_model.model_json_schema(by_alias=True, mode="validation")


def node_schema(node_type: NodeType) -> dict[str, Any]:
    """Everything an editor needs to offer a node type: words, ports, branches, parameters, limits."""
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


def _then(node_type: NodeType, name: str) -> dict[str, Any]:
    then: dict[str, Any] = {"properties": {"params": {"$ref": f"#/$defs/{name}"}}}
    if params_schema(node_type).get("required"):
        then["required"] = ["params"]
    return then


def _hoisted(schema: dict[str, Any], definitions: dict[str, Any], prefix: str) -> dict[str, Any]:
    """Moves a schema's own definitions up, under names that cannot clash."""
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
