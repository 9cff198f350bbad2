"""Small compiled workflows, built by hand so that tests need the engine's seam only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from argosy.core.wire import Wire
from argosy.graph.compiled import CompiledNode, CompiledWorkflow, InputSource
from argosy.graph.context import NodeContext
from argosy.graph.node import Branch, Many, NodeType, NoParams, RetryPolicy
from argosy.graph.registry import NodeRegistry, node
from argosy.graph.runs import RunMeta


class Value(Wire):
    value: Any = None


@node("test.join", category="transform", title="Join")
def join(ctx: NodeContext, items: Many[Any]) -> Value:
    return Value(value=[ctx.node_id, *items])


@node("test.io", category="source", title="Reads", pool="io")
def io_node(ctx: NodeContext, items: Many[Any]) -> Value:
    return Value(value=[ctx.node_id, *items])


@node("test.act", category="executor", title="Acts")
def act(ctx: NodeContext, items: Many[Any]) -> Value:
    return Value(value="acted")


@node("test.fork", category="condition", title="Forks", branches=("left", "right"))
def fork(ctx: NodeContext, items: Many[Any]) -> Branch:
    return Branch(branch="left")


def registry() -> NodeRegistry:
    import sys

    result = NodeRegistry()
    result.add_module(sys.modules[__name__])
    return result


TYPES: Mapping[str, NodeType] = {t.name: t for t in registry()}


def workflow(
    edges: Sequence[tuple[str, str]],
    *,
    nodes: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    branches: Mapping[tuple[str, str], str] | None = None,
    fused: Mapping[str, str] | None = None,
    digest: str = "d" * 64,
    strategies: Mapping[str, str] | None = None,
) -> CompiledWorkflow:
    """Build a workflow of `test.join` nodes.

    Every edge joins output `value` to the many-port `items`. Each node waits for all its predecessors.
    """
    keys = list(dict.fromkeys([*nodes, *(k for edge in edges for k in edge)]))
    before = {k: [a for a, b in edges if b == k] for k in keys}
    after = {k: [b for a, b in edges if a == k] for k in keys}
    compiled = {}
    for key in keys:
        type_ = TYPES[(types or {}).get(key, "test.join")]
        strategy = (strategies or {}).get(key)
        compiled[key] = CompiledNode(
            key=key,
            node_id=key,
            strategy_id=strategy,
            type=type_,
            raw_params={},
            params=NoParams(),
            inputs={
                "items": tuple(
                    InputSource(a, "value", (branches or {}).get((a, key)))
                    for a in before[key]
                    if (a, key) not in (branches or {})
                )
            },
            when=tuple(
                InputSource(a, branches[a, key], branches[a, key])
                for a in before[key]
                if (a, key) in branches
            )
            if branches
            else (),
            successors=tuple(after[key]),
            indegree=len(before[key]),
            retry=RetryPolicy(delay_s=0.01, jitter=False),
            timeout_s=type_.timeout_s,
            fused_next=(fused or {}).get(key),
        )
    return CompiledWorkflow(
        digest=digest,
        workflow_id="test",
        kind="bot",
        document={"id": "test"},
        nodes=compiled,
        heads=tuple(k for k in keys if not before[k]),
    )


def meta(run_id: str = "run-1", *, digest: str = "d" * 64, bot_id: str = "bot1", now_ms: int = 0) -> RunMeta:
    return RunMeta(
        run_id=run_id,
        bot_id=bot_id,
        domain="trading",
        mode="paper",
        kind="bot",
        digest=digest,
        trigger="manual",
        correlation_id="c0ffee",
        started_ms=now_ms,
        deadline_ms=now_ms + 60_000,
    )
