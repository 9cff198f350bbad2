"""A gate that waits for a person."""

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

NAMESPACE = "approval"
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
    """Waits until somebody approves or rejects, and passes the payload on.

    The question is a document `approval/<run>/<node>`; `answer` writes the answer into it. While there is none
    the node fails with a retryable error and its retry policy looks again, so that no worker is held up. The
    run's own deadline has to leave room for the wait.
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
        # Another delivery of this node may have asked meanwhile.
        with suppress(Conflict):
            ctx.documents.put(NAMESPACE, key, question, expected=0)
        asked = ctx.documents.get(NAMESPACE, key)
    if ctx.attempt == 1:
        body = f"run {ctx.run_id}, node {ctx.key}: {preview(payload, 500)}"
        title = f"{ctx.bot_id} asks: {params.question}"
        ctx.emit("notify", {"title": title, "body": body, "level": "warning"})
    state = {} if asked is None else asked.value
    answer = state.get("answer")
    if answer in ("approved", "rejected"):
        return Branch(branch=answer, value=payload)
    asked_at = from_ms(state.get("askedAt", ctx.clock.now_ms()))
    if ctx.clock.now() - asked_at >= timedelta(seconds=params.timeout_s):
        return Branch(branch="timed_out", value=payload)
    raise AwaitingHuman(
        f"waiting for an answer to {params.question!r}",
        expected="approved or rejected",
        remedy=f"answer the question of run {ctx.run_id}, node {ctx.key}",
    )


def answer(
    documents: Documents, run_id: str, key: str, verdict: Literal["approved", "rejected"], *, actor: str
) -> None:
    """Answers the question of a gate. Raises NotFound when nobody asked, Conflict when it is answered already."""

    def change(old: Any) -> Any:
        if old is None:
            raise NotFound(
                f"node {key} of run {run_id} has asked nothing",
                remedy="`argosy runs show` names the gates that wait",
            )
        if old.get("answer") not in (None, verdict):
            raise Conflict(
                f"node {key} of run {run_id} is answered already",
                found=f"{old['answer']} by {old.get('actor')}",
            )
        return {**old, "answer": verdict, "actor": actor}

    documents.update(NAMESPACE, f"{run_id}/{key}", change)
