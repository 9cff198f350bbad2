"""Gate that waits for a person's answer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from argosy.core.clock import from_ms
from argosy.core.ports import Documents
from argosy.core.wire import Wire
from argosy.errors import AwaitingHuman, Conflict, NotFound
from argosy.graph.context import NodeContext
from argosy.graph.document import preview
from argosy.graph.node import Branch, RetryPolicy
from argosy.graph.registry import node
from argosy.graph.runs import RunStore

NAMESPACE = "approval"
TIMED_OUT = "timed_out"
LOOK_AGAIN = RetryPolicy(max_attempts=100_000, delay_s=1.0, factor=1.0, max_delay_s=1.0, jitter=False)


class HumanParams(Wire):
    question: str = Field(default="Go on?", min_length=1, max_length=500, title="Question")
    timeout_s: float = Field(default=120, gt=0, le=86_400, title="Wait at most, s")


@node(
    "gate.human",
    category="gate",
    title="Ask a person",
    branches=("approved", "rejected", "timed_out"),
    retry=LOOK_AGAIN,
)
def human(ctx: NodeContext, params: HumanParams, payload: Any = None) -> Branch:
    """Wait until a person approves or rejects, and pass the payload on.

    The question is a document `approval/<run>/<node>`; `answer` writes the answer into it. Without an answer, the
    node fails with a retryable error. Its retry policy checks again later, so no worker is blocked. The run's own
    deadline must leave time for the wait.
    """
    key = f"{ctx.run_id}/{ctx.key}"
    asked = ctx.documents.get(NAMESPACE, key)
    if asked is None:
        question = {
            "question": params.question,
            "payload": preview(payload, 500),
            "botId": ctx.bot_id,
            "runId": ctx.run_id,
            "node": ctx.key,
            "askedAt": ctx.clock.now_ms(),
            "answer": None,
        }
        # Another delivery of this node may have created the question meanwhile.
        with suppress(Conflict):
            ctx.documents.put(NAMESPACE, key, question, expected=0)
        asked = ctx.documents.get(NAMESPACE, key)
    if ctx.attempt == 1:
        body = f"run {ctx.run_id}, node {ctx.key}: {preview(payload, 500)}"
        title = f"{ctx.bot_id} asks: {params.question}"
        ctx.emit("notify", {"title": title, "body": body, "level": "warning"})
    state = {} if asked is None else asked.value
    answer = state.get("answer")
    if answer in ("approved", "rejected", TIMED_OUT):
        return Branch(branch=answer, value=payload)
    asked_at = from_ms(state.get("askedAt", ctx.clock.now_ms()))
    if ctx.clock.now() - asked_at >= timedelta(seconds=params.timeout_s):
        return Branch(branch=_close(ctx.documents, key), value=payload)
    raise AwaitingHuman(
        f"waiting for an answer to {params.question!r}",
        expected="approved or rejected",
        remedy=f"answer the question of run {ctx.run_id}, node {ctx.key}",
    )


def _close(documents: Documents, key: str) -> str:
    """End the wait; an answer at the last moment counts, later ones are refused."""

    def change(old: Any) -> Any:
        known = old or {}
        return known if known.get("answer") else {**known, "answer": TIMED_OUT}

    return str(documents.update(NAMESPACE, key, change)["answer"])


def answer(
    documents: Documents,
    runs: RunStore,
    run_id: str,
    key: str,
    verdict: Literal["approved", "rejected"],
    *,
    actor: str,
    now_ms: int,
) -> None:
    """Answer the question of a gate that waits in an active run.

    Raises NotFound if there is no question. Raises Conflict with the reason if the question is no longer open.
    """
    require_waiting(documents, runs, run_id, key, now_ms=now_ms)

    def change(old: Any) -> Any:
        if old is None:
            raise _nothing_asked(run_id, key)
        if old.get("answer") is not None:
            raise _answered(run_id, key, old)
        return {**old, "answer": verdict, "actor": actor, "answeredAt": now_ms}

    documents.update(NAMESPACE, f"{run_id}/{key}", change)


def require_waiting(documents: Documents, runs: RunStore, run_id: str, key: str, *, now_ms: int) -> None:
    """Raise NotFound or Conflict unless the gate waits in an active run."""
    run = runs.snapshot(run_id)
    asked = documents.get(NAMESPACE, f"{run_id}/{key}")
    if asked is not None and asked.value.get("answer") is not None:
        raise _answered(run_id, key, asked.value)
    if run is None:
        if asked is None:
            raise _nothing_asked(run_id, key)
        raise _over(run_id, key, "the run ended some time ago", "`argosy runs show` has its end")
    node = run.nodes.get(key)
    if node is None:
        raise NotFound(
            f"run {run_id} has no node {key}", expected=f"one of {', '.join(run.nodes)}"[:300], found=key
        )
    if run.status != "running":
        why = f": {run.reason}" if run.reason else ""
        raise _over(run_id, key, f"the run is {run.status}{why}")
    if run.cancel is not None:
        raise _over(run_id, key, f"the run is being cancelled: {run.cancel}")
    if now_ms >= run.meta.deadline_ms:
        raise _over(run_id, key, "the run's deadline has passed")
    if node.status.final:
        why = f": {node.reason}" if node.reason else ""
        raise _over(run_id, key, f"the node is {node.status}{why}")
    if asked is None:
        raise _nothing_asked(run_id, key)


def _nothing_asked(run_id: str, key: str) -> NotFound:
    return NotFound(
        f"node {key} of run {run_id} has asked nothing",
        remedy="`argosy runs show` names the gates that wait",
    )


def _answered(run_id: str, key: str, asked: Any) -> Conflict:
    if asked["answer"] == TIMED_OUT:
        return _over(run_id, key, "the question timed out")
    return Conflict(
        f"node {key} of run {run_id} is answered already",
        expected="a gate that waits",
        found=f"{asked['answer']} by {asked.get('actor')}",
    )


def _over(run_id: str, key: str, found: str, remedy: str = "start another run") -> Conflict:
    return Conflict(
        f"node {key} of run {run_id} waits no more; the answer was not taken",
        expected="a gate that waits in a running run",
        found=found,
        remedy=remedy,
    )
