"""Expansion of strategies in place: one bot run is one graph, one canvas.

The node of type `strategy` with id `pairs` is replaced by the nodes of its strategy's workflow. Their keys are
`pairs/<node>`. Edges into the strategy node lead to the strategy's start; edges out of it leave from its result.
Every node of the strategy that could run without an input waits for the start. A strategy that the bot holds back
therefore reads no market and places no order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from argosy.graph.document import EdgeDocument, NodeDocument, WorkflowDocument, canonical_json
from argosy.graph.node import WHEN
from argosy.graph.nodes.strategy import RESULT, START, STRATEGY, StrategyParams
from argosy.graph.registry import NodeRegistry

Resolve = Callable[[str], WorkflowDocument]
"""Function that returns the newest document of a strategy by its id; raises NotFound."""

MAP = "map"


def expand(document: WorkflowDocument, registry: NodeRegistry, resolve: Resolve) -> dict[str, Any]:
    """Return the document with all strategies and sub-workflows inside it, as JSON.

    Each node keeps its `nodeId` and, inside a strategy, its `strategyId`. `id` is the node's key in the run. The
    document must be valid (see `validation.validate`). Raises NotFound for an unknown strategy.
    """
    gone = left_out(document, registry)
    instances: dict[str, tuple[StrategyParams, WorkflowDocument]] = {}
    for item in document.nodes:
        if item.type == STRATEGY and item.id not in gone:
            params = StrategyParams.model_validate(item.params)
            instances[item.id] = (params, resolve(params.strategy))

    nodes: list[dict[str, Any]] = []
    edges: list[dict[str, Any]] = []
    for item in document.nodes:
        if item.id in gone:
            continue
        if item.id not in instances:
            nodes.append(_node(item, document, resolve))
            continue
        params, inner = instances[item.id]
        configured = configure(inner, params)
        nodes += (_node(node, configured, resolve, instance=item.id) for node in configured.nodes)
        edges += _inner_edges(item.id, configured, registry)
    for edge in document.edges:
        if edge.source not in gone and edge.target not in gone:
            edges.append(_outer_edge(edge, instances))

    expanded: dict[str, Any] = {
        "id": document.id,
        "name": document.name,
        "kind": document.kind,
        "schema": document.schema_version,
        "nodes": nodes,
        "edges": edges,
    }
    if document.deadline_s is not None:
        expanded["deadlineS"] = document.deadline_s
    return expanded


def expanded_digest(expanded: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of an expanded document, which is exactly what a run executes."""
    return hashlib.sha256(canonical_json(expanded)).hexdigest()


def left_out(document: WorkflowDocument, registry: NodeRegistry) -> dict[str, str]:
    """Return the nodes that take no part, with the reason.

    These are disabled strategies, and nodes that cannot run without them.
    """
    gone = {
        node.id: "the strategy is disabled"
        for node in document.nodes
        if node.type == STRATEGY and node.params.get("enabled", True) is False
    }
    feeding: dict[tuple[str, str], list[str]] = {}
    for edge in document.edges if gone else ():
        feeding.setdefault((edge.target, edge.target_handle), []).append(edge.source)
    changed = bool(gone)
    while changed:
        changed = False
        for node in document.nodes:
            if node.id in gone or node.type not in registry:
                continue
            ports = registry.get(node.type).inputs.items()
            needs = [name for name, port in ports if port.required or port.binding]
            for handle in (*needs, WHEN):
                sources = feeding.get((node.id, handle), [])
                if sources and all(source in gone for source in sources):
                    gone[node.id] = f"its input {handle!r} comes only from {', '.join(sources)}, left out"
                    changed = True
                    break
    return gone


def configure(document: WorkflowDocument, params: StrategyParams) -> WorkflowDocument:
    """Return the strategy's document with an instance's weight and parameters applied."""
    nodes = []
    for node in document.nodes:
        override = params.config_overrides.get(node.id, {})
        if node.type == START:
            override = {"weight": str(params.weight), "config": params.config_overrides, **override}
        nodes.append(
            node.model_copy(update={"params": merge_params(node.params, override)}) if override else node
        )
    return document.model_copy(update={"nodes": nodes})


def merge_params(params: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters with `override` applied; both spellings of a name are one parameter."""
    return {camel(n): v for n, v in params.items()} | {camel(n): v for n, v in override.items()}


def camel(name: str) -> str:
    return to_camel(name) if "_" in name.strip("_") else name


def _node(
    node: NodeDocument, document: WorkflowDocument, resolve: Resolve, instance: str | None = None
) -> dict[str, Any]:
    wire = node.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    wire["nodeId"] = node.id
    if instance is not None:
        wire["id"] = f"{instance}/{node.id}"
        wire["strategyId"] = instance
    if document.fuse:
        wire["fuse"] = True
    workflow = node.params.get("workflow")
    if node.type == MAP and isinstance(workflow, str):
        wire["params"] = {**wire["params"], "workflow": resolve(workflow).to_json()}
    return wire


def _edge(source: str, handle: str | None, target: str, target_handle: str) -> dict[str, Any]:
    wire = {"source": source, "target": target, "targetHandle": target_handle}
    if handle:
        wire["sourceHandle"] = handle
    return wire


def _inner_edges(instance: str, document: WorkflowDocument, registry: NodeRegistry) -> list[dict[str, Any]]:
    edges = [
        _edge(f"{instance}/{e.source}", e.source_handle, f"{instance}/{e.target}", e.target_handle)
        for e in document.edges
    ]
    start = _only(document, START)
    controlled = {edge.target for edge in document.edges if edge.target_handle == WHEN}
    for node in document.nodes:
        needs = any(port.required for port in registry.get(node.type).inputs.values())
        if start is not None and node.id != start and node.id not in controlled and not needs:
            edges.append(_edge(f"{instance}/{start}", None, f"{instance}/{node.id}", WHEN))
    return edges


def _outer_edge(
    edge: EdgeDocument, instances: Mapping[str, tuple[StrategyParams, WorkflowDocument]]
) -> dict[str, Any]:
    source, target = edge.source, edge.target
    if source in instances:
        source = f"{source}/{_only(instances[source][1], RESULT)}"
    if target in instances:
        target = f"{target}/{_only(instances[target][1], START)}"
    return _edge(source, edge.source_handle, target, edge.target_handle)


def _only(document: WorkflowDocument, node_type: str) -> str | None:
    return next((node.id for node in document.nodes if node.type == node_type), None)
