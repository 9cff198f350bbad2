"""Data of the `run_started` event, the same for every store."""

from __future__ import annotations

import orjson

from argosy.graph.compiled import CompiledWorkflow
from argosy.graph.runs import RunMeta


def started_data(meta: RunMeta, workflow: CompiledWorkflow) -> bytes:
    return orjson.dumps(
        {
            "workflow": workflow.digest,
            "kind": meta.kind,
            "trigger": meta.trigger,
            "correlationId": meta.correlation_id,
            "scheduledAt": meta.due_ms,
            "nodes": len(workflow.nodes),
            "deadline": meta.deadline_ms,
            "startedAt": meta.started_ms,
        }
    )
