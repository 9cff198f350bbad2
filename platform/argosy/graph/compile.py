"""Compiler of workflows, run once per digest.

Steps: document → expanded document → plan → canvas → links.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from argosy.errors import ArgosyError, UnknownNodeType, WorkflowInvalid
from argosy.graph.canvas import canvas
from argosy.graph.compiled import CompiledNode, CompiledWorkflow, InputSource
from argosy.graph.document import WorkflowDocument
from argosy.graph.expansion import Resolve, camel, expand, expanded_digest
from argosy.graph.links import Links, links
from argosy.graph.node import WHEN, NodeType, RetryPolicy
from argosy.graph.plan import Plan, plan
from argosy.graph.ports import BRANCH_VALUE, outlet
from argosy.graph.problem import Problem, errors
from argosy.graph.registry import NodeRegistry
from argosy.graph.validation import validate


def compile_workflow(
    document: WorkflowDocument, registry: NodeRegistry, resolve: Resolve
) -> CompiledWorkflow:
    """Validate, expand and compile a document.

    Raises WorkflowInvalid with all problems in `details["problems"]`.
    """
    problems = validate(document, registry, resolve)
    if errors(problems):
        raise invalid(document.id, problems)
    return compile_expanded(expand(document, registry, resolve), registry)


def compile_expanded(raw: Mapping[str, Any], registry: NodeRegistry) -> CompiledWorkflow:
    """Compile an expanded document; the same document gives the same result in every process.

    Raises WorkflowInvalid if this process cannot run it, for example because a node type is missing.
    """
    problems: list[Problem] = []
    nodes: dict[str, Mapping[str, Any]] = {str(item["id"]): item for item in raw["nodes"]}
    types: dict[str, NodeType] = {}
    for key, item in nodes.items():
        try:
            types[key] = registry.get(item["type"])
        except ArgosyError as error:
            problems.append(
                Problem(
                    code="unknown_node_type", node_id=key, message=error.message, remedy=error.remedy or ""
                )
            )
    if problems:
        raise invalid(str(raw["id"]), problems)

    inputs, when = _sources(raw, types)
    predecessors = {
        key: [s.key for sources in (*inputs[key].values(), when[key]) for s in sources] for key in nodes
    }
    try:
        linked = _links(plan(predecessors), types)
    except ValueError as error:
        raise invalid(str(raw["id"]), [Problem(code="cycle", message=str(error))]) from None

    compiled: dict[str, CompiledNode] = {}
    for key, item in nodes.items():
        try:
            compiled[key] = _node(key, item, types[key], inputs[key], when[key], linked, nodes, types)
        except (ArgosyError, ValidationError) as error:
            problems.append(Problem(code="parameter_invalid", node_id=key, message=str(error)))
    if problems:
        raise invalid(str(raw["id"]), problems)
    return CompiledWorkflow(
        digest=expanded_digest(raw),
        workflow_id=raw["id"],
        kind=raw["kind"],
        document=raw,
        nodes=compiled,
        heads=linked.heads,
        deadline_s=raw.get("deadlineS"),
    )


def plan_of(workflow: CompiledWorkflow) -> Plan:
    """Return the plan of a compiled workflow."""
    return plan({key: node.sources for key, node in workflow.nodes.items()})


def invalid(workflow_id: str, problems: list[Problem]) -> WorkflowInvalid:
    """Return one error for all problems of a document: UnknownNodeType if a type is missing."""
    found = errors(problems)
    unknown = [problem for problem in found if problem.code == "unknown_node_type"]
    kind = UnknownNodeType if unknown else WorkflowInvalid
    return kind(
        f"workflow {workflow_id} has {len(found)} problem{'s' if len(found) != 1 else ''}",
        found="; ".join(str(problem) for problem in found[:5]) + (" …" if len(found) > 5 else ""),
        remedy="`argosy workflow validate FILE` lists every one with its remedy",
        problems=[problem.to_wire() for problem in problems],
    )


def _sources(
    raw: Mapping[str, Any], types: Mapping[str, NodeType]
) -> tuple[dict[str, dict[str, tuple[InputSource, ...]]], dict[str, tuple[InputSource, ...]]]:
    inputs: dict[str, dict[str, tuple[InputSource, ...]]] = {key: {} for key in types}
    when: dict[str, tuple[InputSource, ...]] = dict.fromkeys(types, ())
    for edge in raw["edges"]:
        source, target, port = edge["source"], edge["target"], edge["targetHandle"]
        handle = edge.get("sourceHandle") or ""
        leaving = outlet(types[source], handle)
        branch = None if leaving is None else leaving.branch
        entry = InputSource(source, BRANCH_VALUE if branch is not None else handle, branch)
        if port == WHEN:
            when[target] = (*when[target], entry)
        else:
            inputs[target][port] = (*inputs[target].get(port, ()), entry)
    return inputs, when


def _links(tree: Plan, types: Mapping[str, NodeType]) -> Links:
    return links(canvas(tree, "run", {key: queue(node_type) for key, node_type in types.items()}))


def _node(
    key: str,
    item: Mapping[str, Any],
    node_type: NodeType,
    inputs: Mapping[str, tuple[InputSource, ...]],
    when: tuple[InputSource, ...],
    linked: Links,
    nodes: Mapping[str, Mapping[str, Any]],
    types: Mapping[str, NodeType],
) -> CompiledNode:
    # Tweaks arrive under wire names; the same spelling here lets them replace the document's values.
    raw_params = {camel(name): value for name, value in item.get("params", {}).items()}
    retry = item.get("retry")
    return CompiledNode(
        key=key,
        node_id=item.get("nodeId", key),
        strategy_id=item.get("strategyId"),
        type=node_type,
        raw_params=raw_params,
        params=node_type.parse_params(raw_params),
        inputs=inputs,
        when=when,
        successors=linked.successors[key],
        indegree=linked.indegree[key],
        retry=node_type.retry if retry is None else RetryPolicy.model_validate(retry),
        timeout_s=item.get("timeoutS", node_type.timeout_s),
        on_error=item.get("onError", "fail"),
        fused_next=_fused_next(key, linked, nodes, types),
    )


def _fused_next(
    key: str, linked: Links, nodes: Mapping[str, Mapping[str, Any]], types: Mapping[str, NodeType]
) -> str | None:
    """Return the next node of a line of quick nodes, if the workflow allows fusing."""
    if len(linked.successors[key]) != 1:
        return None
    following = linked.successors[key][0]
    fuse = nodes[key].get("fuse") and nodes[following].get("fuse")
    quick = types[key].pool == "quick" and types[following].pool == "quick"
    return following if fuse and quick and linked.indegree[following] == 1 else None


def queue(node_type: NodeType) -> str:
    """Return the broker queue of a node type's pool."""
    return f"argosy.{node_type.pool}"
