"""`argosy runs approve` and `argosy runs reject`: answers to a waiting approval gate."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from argosy.cli._shared.actor import actor
from argosy.cli._shared.output import JsonFlag, console, print_json

RunId = Annotated[str, typer.Argument(help="Id of the run.")]
Key = Annotated[str, typer.Argument(help="The gate: its node id, or <strategy>/<node> inside a strategy.")]


def approve(run_id: RunId, node: Key, as_json: JsonFlag = False) -> None:
    """Let a waiting gate pass."""
    _answer(run_id, node, "approved", as_json=as_json)


def reject(run_id: RunId, node: Key, as_json: JsonFlag = False) -> None:
    """Send a waiting gate down its other branch."""
    _answer(run_id, node, "rejected", as_json=as_json)


def _answer(run_id: str, node: str, verdict: Literal["approved", "rejected"], *, as_json: bool) -> None:
    from argosy.bootstrap import open_runtime
    from argosy.core.safety.audit import AuditEntry
    from argosy.graph.nodes import gate

    runtime, who = open_runtime(), actor()
    now_ms = runtime.clock.now_ms()
    # Before the audit: an answer to a gate that no longer waits leaves no row.
    gate.require_waiting(runtime.documents, runtime.runs, run_id, node, now_ms=now_ms)
    entry = AuditEntry(
        actor=who, action="run.gate", subject=f"run:{run_id}", after={"node": node, "answer": verdict}
    )
    with runtime.auditor.around(entry):
        gate.answer(runtime.documents, runtime.runs, run_id, node, verdict, actor=who.id, now_ms=now_ms)
    if as_json:
        print_json({"runId": run_id, "node": node, "answer": verdict})
    else:
        console().print(f"{node} of {run_id}: {verdict}")
