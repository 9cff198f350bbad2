"""Checks of edges: existing ends, matching types, and one edge for every required input."""

from __future__ import annotations

from collections import Counter

from argosy.graph.checks.scope import DocumentCheck
from argosy.graph.document import EdgeDocument
from argosy.graph.node import WHEN, Port, compatible
from argosy.graph.nodes.strategy import START
from argosy.graph.ports import Outlet, outlet, source_handles, target_handles
from argosy.graph.problem import did_you_mean


def check_edges(scope: DocumentCheck) -> None:
    known = {node.id for node in scope.nodes}
    fed: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str | None, str, str]] = set()
    for index, edge in scope.edges:
        identity = (edge.source, edge.source_handle, edge.target, edge.target_handle)
        if identity in seen:
            scope.add("duplicate_edge", f"{_name(edge)} is there twice", "remove one of them", edge=index)
            continue
        seen.add(identity)
        missing = [end for end in (edge.source, edge.target) if end not in known and end not in scope.broken]
        for end in dict.fromkeys(missing):
            remedy = did_you_mean(end, known)
            scope.add("missing_node", f"{_name(edge)}: there is no node {end!r}", remedy, edge=index)
        fed[edge.target, edge.target_handle] += 1
        if not missing:
            _check_edge(scope, index, edge)
    _check_fed(scope, fed)


def _check_edge(scope: DocumentCheck, index: int, edge: EdgeDocument) -> None:
    if edge.source == edge.target:
        scope.add("self_edge", f"{_name(edge)} leads back to its own node", "remove it", edge=index)
    leaving = _leaving(scope, index, edge)
    target = scope.types.get(edge.target)
    if target is not None and target.name == START and scope.role == "strategy":
        message = f"{_name(edge)} leads to the start of its own strategy"
        scope.add("start_comes_first", message, "remove it: only the bot feeds the start", edge=index)
    if target is None or edge.target_handle == WHEN:
        return
    port = target.inputs.get(edge.target_handle)
    if port is None:
        message = f"{edge.target} ({target.name}) has no input {edge.target_handle!r}"
        remedy = did_you_mean(edge.target_handle, target_handles(target))
        scope.add("unknown_handle", message, remedy, edge=index)
    elif leaving is not None:
        _check_type(scope, index, edge, leaving.port, port)


def _leaving(scope: DocumentCheck, index: int, edge: EdgeDocument) -> Outlet | None:
    source = scope.types.get(edge.source)
    if source is None:
        return None
    leaving = outlet(source, edge.source_handle)
    if leaving is None:
        message = f"{edge.source} ({source.name}) has no output {edge.source_handle!r}"
        remedy = did_you_mean(str(edge.source_handle), source_handles(source))
        scope.add("unknown_handle", message, remedy, edge=index)
    elif leaving.port is None and edge.target_handle != WHEN:
        message = f"{_name(edge)} does not say which output it takes"
        handles = ", ".join(source_handles(source)) or "none: join it to `when` instead"
        scope.add("missing_handle", message, f"set sourceHandle to one of: {handles}", edge=index)
        return None
    return leaving


def _check_type(
    scope: DocumentCheck, index: int, edge: EdgeDocument, source: Port | None, target: Port
) -> None:
    if source is None or compatible(source.type_name, target.type_name):
        return
    takes = f"many {target.type_name}" if target.many else target.type_name
    scope.add(
        "type_mismatch",
        f"{edge.target}.{edge.target_handle} takes {takes}, "
        f"{edge.source}.{edge.source_handle} gives {source.type_name}",
        "join ports of one type, or put a node between that turns one into the other",
        edge=index,
    )


def _check_fed(scope: DocumentCheck, fed: Counter[tuple[str, str]]) -> None:
    for node_id, node_type in scope.types.items():
        for name, port in node_type.inputs.items():
            count = fed[node_id, name]
            if count > 1 and not port.many:
                scope.add(
                    "too_many_edges",
                    f"input {name!r} takes one edge, found {count}",
                    "put a `merge` node between, which passes on the first that is live",
                    node=node_id,
                )
            elif not count and port.required:
                scope.add(
                    "missing_input",
                    f"required input {name!r} ({port.type_name}) of {node_type.name} is not connected",
                    f"join an output of type {port.type_name} to it",
                    node=node_id,
                )


def _name(edge: EdgeDocument) -> str:
    handle = f".{edge.source_handle}" if edge.source_handle else ""
    return f"edge {edge.source}{handle} → {edge.target}.{edge.target_handle}"
