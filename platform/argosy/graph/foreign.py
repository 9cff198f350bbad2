"""Recognition of other programs' documents, so that the answer names the program.

Otherwise the answer would list every field as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from argosy.graph.problem import Problem

NODE_FIELDS = frozenset(
    [
        "data",
        "width",
        "height",
        "initialWidth",
        "initialHeight",
        "measured",
        "selected",
        "dragging",
        "resizing",
        "draggable",
        "selectable",
        "connectable",
        "deletable",
        "focusable",
        "hidden",
        "zIndex",
        "style",
        "className",
        "sourcePosition",
        "targetPosition",
        "positionAbsolute",
        "extent",
        "parentId",
        "parentNode",
        "expandParent",
        "dragHandle",
        "handles",
        "origin",
        "ariaLabel",
        "ariaRole",
        "domAttributes",
    ]
)
"""Node fields of React Flow that Argosy ignores."""
EDGE_FIELDS = frozenset(
    [
        "type",
        "animated",
        "data",
        "style",
        "className",
        "label",
        "labelStyle",
        "labelShowBg",
        "labelBgStyle",
        "labelBgPadding",
        "labelBgBorderRadius",
        "markerStart",
        "markerEnd",
        "selected",
        "selectable",
        "deletable",
        "focusable",
        "reconnectable",
        "updatable",
        "hidden",
        "zIndex",
        "interactionWidth",
        "pathOptions",
        "ariaLabel",
        "ariaRole",
        "domAttributes",
    ]
)
DOCUMENT_FIELDS = frozenset({"viewport"})
_OWN = frozenset({"kind", "schema"})
_REMEDY = "draw it anew: `argosy nodes list` has the node types, `argosy workflow schema` the shape, examples/ a start"


def without(value: Any, fields: frozenset[str]) -> Any:
    """Return `value` without the named fields, if it is an object."""
    if not isinstance(value, Mapping) or fields.isdisjoint(value):
        return value
    return {name: item for name, item in value.items() if name not in fields}


def foreign(value: Mapping[str, Any]) -> Problem | None:
    """Return the problem of a document of another program, with a remedy.

    Returns None for Argosy's own documents and for unrecognised ones.
    """
    if _OWN & value.keys():
        return None
    inner = value.get("flowData", value)
    nodes = [node for node in _list(inner, "nodes") if isinstance(node, Mapping)]
    if _is_n8n(value, nodes):
        what = "this is a workflow of n8n, and its nodes do not exist here"
        remedy = f"{_REMEDY}; an HTTP request is the node `http.fetch`, an if is `branch`"
    elif "flowData" in value or any(_is_flowise(node) for node in nodes):
        what = "this is a flow of Flowise, and its nodes do not exist here"
        remedy = _REMEDY
    elif nodes and all("position" in node and "params" not in node for node in nodes):
        what = "this is a React Flow canvas: it says how a graph is drawn, not what its nodes do"
        remedy = (
            "add id, name, kind and schema to the document, and to each node a type of `argosy nodes list` with its "
            "params; React Flow's own fields may stay"
        )
    else:
        return None
    return Problem(code="foreign_document", message=what, remedy=remedy, path="$")


def _is_n8n(value: Mapping[str, Any], nodes: Iterable[Mapping[str, Any]]) -> bool:
    return any(
        str(node.get("type", "")).startswith(("n8n-nodes", "@n8n/"))
        or (isinstance(value.get("connections"), Mapping) and "typeVersion" in node)
        for node in nodes
    )


def _is_flowise(node: Mapping[str, Any]) -> bool:
    data = node.get("data")
    return isinstance(data, Mapping) and bool({"inputAnchors", "baseClasses", "inputParams"} & data.keys())


def _list(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []
