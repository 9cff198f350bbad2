"""Part of an expanded workflow without side effects, which can be run again freely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from argosy.graph.node import WHEN
from argosy.graph.registry import NodeRegistry

EXECUTOR = "executor"


def executors(raw: Mapping[str, Any], registry: NodeRegistry) -> list[str]:
    """Return the keys of nodes with side effects; raise UnknownNodeType for unknown types."""
    return [str(item["id"]) for item in raw["nodes"] if registry.get(item["type"]).category == EXECUTOR]


def pure_part(raw: Mapping[str, Any], registry: NodeRegistry) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the document without side effects, and the left-out nodes with the reason.

    Left out are nodes with side effects, and nodes that cannot run without them.
    """
    gone = dict.fromkeys(executors(raw, registry), "it has side effects")
    types = {str(item["id"]): registry.get(item["type"]) for item in raw["nodes"]}
    feeding: dict[tuple[str, str], list[str]] = {}
    for edge in raw["edges"]:
        feeding.setdefault((edge["target"], edge["targetHandle"]), []).append(edge["source"])

    def orphans() -> Iterator[tuple[str, str]]:
        for key, node_type in types.items():
            if key in gone:
                continue
            needs = [name for name, port in node_type.inputs.items() if port.required or port.binding]
            for handle in (*needs, WHEN):
                sources = feeding.get((key, handle), [])
                if sources and all(source in gone for source in sources):
                    yield key, f"its input {handle!r} comes only from {', '.join(sources)}, left out"
                    break

    while found := dict(orphans()):
        gone |= found
    nodes = [item for item in raw["nodes"] if item["id"] not in gone]
    edges = [edge for edge in raw["edges"] if edge["source"] not in gone and edge["target"] not in gone]
    return {**raw, "nodes": nodes, "edges": edges}, gone
