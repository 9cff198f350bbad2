"""Facts about each node that the scripts need, stored once per workflow digest."""

from __future__ import annotations

from typing import Any

import orjson

from argosy.graph.compiled import CompiledNode, CompiledWorkflow

CLAIM_GRACE_MS = 5_000
HARD_LIMIT_GRACE_S = 10


def hard_limit(node: CompiledNode) -> str:
    """Return Celery's hard time limit as JSON, "null" for none.

    Only processes of the heavy pool can be killed alone.
    """
    return str(int(node.timeout_s) + HARD_LIMIT_GRACE_S) if node.type.pool == "heavy" else "null"


def node_spec(node: CompiledNode, workflow: CompiledWorkflow, before: list[str]) -> dict[str, Any]:
    """Return the facts about one node for the Lua scripts.

    Absent values are left out: cjson would turn null into a true value.
    """
    spec: dict[str, Any] = {
        "id": node.node_id,
        "type": node.type.name,
        "queue": node.queue,
        "claim": int(node.timeout_s * 1000) + CLAIM_GRACE_MS,
        "announce": node.type.pool != "quick",
        "sources": node.sources,
        "next": [
            [key, workflow.nodes[key].indegree, workflow.nodes[key].queue, hard_limit(workflow.nodes[key])]
            for key in node.successors
        ],
        "before": before,
        "indegree": node.indegree,
        "limit": hard_limit(node),
    }
    if node.strategy_id is not None:
        spec["strategy"] = node.strategy_id
    if node.fused_next is not None:
        spec["fused"] = node.fused_next
    return spec


def plan_fields(workflow: CompiledWorkflow) -> dict[str, bytes]:
    """Return the fields of the plan's hash."""
    before: dict[str, list[str]] = {key: [] for key in workflow.nodes}
    for key, node in workflow.nodes.items():
        for successor in node.successors:
            before[successor].append(key)
    fields = {
        f"n:{key}": orjson.dumps(node_spec(node, workflow, before[key]))
        for key, node in workflow.nodes.items()
    }
    fields["keys"] = orjson.dumps(list(workflow.nodes))
    fields["document"] = orjson.dumps(workflow.document)
    return fields
