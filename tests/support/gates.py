"""Run whose gate waits for an answer, without workers."""

from __future__ import annotations

from argosy.core.clock import SystemClock
from argosy.core.ports import Documents
from argosy.graph.nodes import gate
from argosy.graph.runs import NodeStatus, Outcome, RunStore
from support.builders import meta, workflow
from support.stores import token


def waiting_gate(store: RunStore, documents: Documents, run_id: str, key: str) -> None:
    """Start a run whose node `key` has asked and checks for an answer in a minute."""
    flow = workflow([], nodes=[key, "other"])
    now_ms = SystemClock().now_ms()
    assert store.launch(meta(run_id, bot_id=f"bot-{run_id}", now_ms=now_ms), flow).started
    claim = token()
    store.begin(run_id, key, claim)
    store.finish(run_id, key, claim, Outcome(NodeStatus.FAILED, b"{}", retry_in_ms=60_000))
    documents.put(gate.NAMESPACE, f"{run_id}/{key}", {"question": "go on?", "answer": None})
