"""Validation of a workflow document: all problems at once."""

from __future__ import annotations

from typing import Any

from argosy.graph.checks.capital import check_gates, check_waits
from argosy.graph.checks.edges import check_edges
from argosy.graph.checks.flow import check_flow
from argosy.graph.checks.nodes import MAP_ITEM, check_nodes
from argosy.graph.checks.scope import DocumentCheck, Role
from argosy.graph.checks.shape import read
from argosy.graph.checks.strategies import check_maps, check_strategies
from argosy.graph.document import MAX_NODES, WorkflowDocument
from argosy.graph.expansion import Resolve
from argosy.graph.problem import Problem
from argosy.graph.registry import NodeRegistry

__all__ = ["Problem", "validate"]


def validate(
    document: Any, registry: NodeRegistry, strategies: Resolve | None = None, *, to_run: bool = True
) -> list[Problem]:
    """Return all problems of a document; never raises.

    The document is a WorkflowDocument, JSON text, or any value read from JSON. `strategies` finds the documents
    named by strategy nodes and maps; without it they are not checked. Without `to_run` the document may also be the
    workflow of a map. Such a workflow can be saved alone, but not run alone. Errors come first, in document order.
    """
    shape = read(document)
    problems = list(shape.problems)
    if shape.document is not None:
        role: Role = shape.document.kind
        if not to_run and any(node.type == MAP_ITEM for node in shape.document.nodes):
            role = "map"
        scope = DocumentCheck(shape.document, registry, role, edges=shape.edges, broken=shape.broken)
        problems += _check(scope, strategies, shape.document.deadline_s)
    return sorted(problems, key=lambda problem: problem.severity != "error")


def _check(
    scope: DocumentCheck, strategies: Resolve | None, deadline_s: float | None = None
) -> list[Problem]:
    check_nodes(scope)
    check_waits(scope, deadline_s)
    check_edges(scope)
    check_flow(scope)
    inner = check_maps(scope, strategies)
    if scope.role == "bot":
        check_gates(scope)
        inner += check_strategies(scope, strategies)
    problems = scope.problems
    total = len(scope.nodes)
    for node_id, role, document in inner:
        total += len(document.nodes) if role == "strategy" else 0
        problems = problems + _check(_inner(scope, node_id, role, document), strategies, deadline_s)
    if total > MAX_NODES:
        message = f"with its strategies the workflow has {total} nodes, at most {MAX_NODES} are allowed"
        problems = [*problems, Problem(code="too_many_nodes", message=message, remedy="split the bot")]
    return problems


def _inner(scope: DocumentCheck, node_id: str, role: Role, document: WorkflowDocument) -> DocumentCheck:
    instance = f"{scope.instance}/{node_id}" if scope.instance else node_id
    return DocumentCheck(document, scope.registry, role, instance, list(enumerate(document.edges)))
