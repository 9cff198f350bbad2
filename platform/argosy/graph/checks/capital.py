"""Checks of strategies' capital, of the waits of gates, and of the portfolio of risk gates."""

from __future__ import annotations

from argosy.graph.checks.scope import DocumentCheck
from argosy.graph.document import NodeDocument, WorkflowDocument
from argosy.graph.nodes.strategy import START

RISK_GATE = "bot.risk_gate"
HUMAN_GATE = "gate.human"
DEADLINE_S = 300.0
"""Default lifetime of a run in seconds.

The workflow or the setting engine.run_deadline_s may replace it.
"""
_CAPITAL = "capital"


def check_capital(scope: DocumentCheck, node: NodeDocument, inner: WorkflowDocument) -> None:
    """Refuse a strategy that uses capital if neither an edge nor its own start provides any."""
    if any((edge.target, edge.target_handle) == (node.id, _CAPITAL) for _, edge in scope.edges):
        return
    for start in (item for item in inner.nodes if item.type == START):
        used = any((edge.source, edge.source_handle) == (start.id, _CAPITAL) for edge in inner.edges)
        if used and start.params.get(_CAPITAL) is None:
            scope.add(
                "missing_capital",
                f"{inner.id} uses capital, and nothing says how much: none is joined or set",
                "join `bot.allocate` to its input `capital`, or set `capital` of its strategy.start",
                node=node.id,
            )


def check_waits(scope: DocumentCheck, deadline_s: float | None) -> None:
    """Report a gate whose wait exceeds the run's deadline, so that a late answer finds no run.

    It is an error under the workflow's own deadline, a warning under the default.
    """
    for node in scope.nodes:
        wait_s = node.params.get("timeoutS", node.params.get("timeout_s"))
        if node.type != HUMAN_GATE or isinstance(wait_s, bool) or not isinstance(wait_s, int | float):
            continue
        if wait_s >= (DEADLINE_S if deadline_s is None else deadline_s):
            scope.add(
                "gate_outlives_run",
                f"this gate waits up to {wait_s:g} s, and its run ends after {deadline_s or DEADLINE_S:g} s",
                "set deadlineS of the workflow above the wait, or wait for less",
                node=node.id,
                severity="warning" if deadline_s is None else "error",
            )


def check_gates(scope: DocumentCheck) -> None:
    """Warn of a risk gate without a portfolio, which denies every run."""
    for node in scope.nodes:
        joined = any((edge.target, edge.target_handle) == (node.id, "portfolio") for _, edge in scope.edges)
        if node.type == RISK_GATE and not joined:
            scope.add(
                "gate_without_portfolio",
                "this gate denies every run: no portfolio is joined to it",
                "join the output of a `bot.portfolio` to its input `portfolio`",
                node=node.id,
                severity="warning",
            )
