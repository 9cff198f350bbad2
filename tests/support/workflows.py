"""Short forms of workflow documents for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from argosy.bootstrap.local import LocalRunner
from argosy.core.clock import DrivenClock
from argosy.errors import NotFound
from argosy.graph import nodes as generic
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.registry import NodeRegistry
from argosy.graph.runs import RunSnapshot

START = datetime(2026, 2, 2, 11, tzinfo=UTC)


def generic_registry() -> NodeRegistry:
    """Return all node types that belong to no domain."""
    registry = NodeRegistry()
    for module in iter_modules(generic.__path__, generic.__name__ + "."):
        registry.add_module(import_module(module.name))
    return registry


REGISTRY = generic_registry()


def workflow(
    nodes: Mapping[str, Any], edges: Sequence[str] = (), *, kind: str = "strategy", **more: Any
) -> dict[str, Any]:
    """Return a document.

    Nodes: id → type or (type, params[, fields]). Edges: "a.value > b.left" or "a > b.when".
    """
    written = []
    for node_id, spec in nodes.items():
        type_, params, fields = (*((spec,) if isinstance(spec, str) else spec), {}, {})[:3]
        written.append({"id": node_id, "type": type_, "params": params, **fields})
    return {
        "id": "w",
        "name": "W",
        "kind": kind,
        "schema": 1,
        "nodes": written,
        "edges": [edge(text) for text in edges],
        **more,
    }


def edge(text: str) -> dict[str, Any]:
    source, target = (part.strip().partition(".") for part in text.split(">"))
    made = {"source": source[0], "target": target[0], "targetHandle": target[2]}
    return {**made, "sourceHandle": source[2]} if source[2] else made


def found_in(documents: Mapping[str, Mapping[str, Any]]) -> Callable[[str], WorkflowDocument]:
    """Return a resolver of strategies that reads from a mapping."""

    def resolve(name: str) -> WorkflowDocument:
        if name not in documents:
            raise NotFound(f"there is no workflow {name!r}")
        return parse(documents[name])

    return resolve


def runner(
    raw: Mapping[str, Any], *, strategies: Mapping[str, Mapping[str, Any]] | None = None, **options: Any
) -> LocalRunner:
    compiled = compile_workflow(parse(raw), REGISTRY, found_in(strategies or {}))
    return LocalRunner(compiled, clock=DrivenClock(START), **options)


def run(raw: Mapping[str, Any], **options: Any) -> RunSnapshot:
    return runner(raw, **options).run()


def outputs(snapshot: RunSnapshot, key: str) -> dict[str, Any]:
    """Return the outputs of a node; fails if it did not succeed."""
    import orjson

    node = snapshot.nodes[key]
    assert node.outputs is not None, f"{key} was {node.status}: {node.reason}"
    found: dict[str, Any] = orjson.loads(node.outputs)
    return found
