"""Inputs of a node, composed from its predecessors' complete outputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from argosy.graph.node import WHEN
from argosy.graph.runs import RunSnapshot


def types_of(document: Mapping[str, Any] | None) -> dict[str, str]:
    """Return node types by key of an expanded document."""
    if document is None:
        return {}
    return {str(node["id"]): str(node["type"]) for node in document.get("nodes", [])}


def of_node(document: Mapping[str, Any] | None, snapshot: RunSnapshot, key: str) -> dict[str, Any] | None:
    """Return inputs by port; a port with several edges has a list.

    Return None when the document is no longer kept.
    """
    if document is None:
        return None
    found: dict[str, list[Any]] = {}
    for edge in document.get("edges", []):
        port = edge.get("targetHandle")
        source = snapshot.nodes.get(str(edge.get("source")))
        if edge.get("target") != key or port == WHEN or source is None or source.outputs is None:
            continue
        outputs = orjson.loads(source.outputs)
        handle = edge.get("sourceHandle")
        if isinstance(outputs, dict):
            value = (
                outputs.get(handle, outputs.get("value")) if handle == source.branch else outputs.get(handle)
            )
            found.setdefault(str(port), []).append(value)
    return {port: values[0] if len(values) == 1 else values for port, values in found.items()}
