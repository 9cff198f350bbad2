"""Compiled workflow: the engine's input, made once for each digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel

from argosy.graph.node import NodeType, RetryPolicy

OnError = Literal["fail", "continue"]


@dataclass(frozen=True, slots=True)
class InputSource:
    """Source of an input; `branch` is set when the handle is a branch of a condition."""

    key: str
    handle: str
    branch: str | None = None


@dataclass(frozen=True, slots=True)
class CompiledNode:
    """Node of the expanded workflow.

    `inputs` maps each connected input port to its sources, in document order. `when` holds the control edges.
    `successors` and `indegree` come from the canvas: this node starts when `indegree` predecessors are final.
    `fused_next` is the next node of a fused line, which may run in the same message.
    """

    key: str
    node_id: str
    strategy_id: str | None
    type: NodeType
    raw_params: Mapping[str, Any]
    params: BaseModel
    inputs: Mapping[str, tuple[InputSource, ...]]
    when: tuple[InputSource, ...]
    successors: tuple[str, ...]
    indegree: int
    retry: RetryPolicy
    timeout_s: float
    on_error: OnError = "fail"
    fused_next: str | None = None

    @property
    def queue(self) -> str:
        return f"argosy.{self.type.pool}"

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of all nodes whose state or outputs this node reads, without repeats."""
        seen = dict.fromkeys(s.key for sources in self.inputs.values() for s in sources)
        seen.update(dict.fromkeys(s.key for s in self.when))
        return tuple(seen)


@dataclass(frozen=True)
class CompiledWorkflow:
    """Compiled workflow; `document` is the expanded JSON document, `digest` is its digest.

    The expanded document contains all strategies inline.
    """

    digest: str
    workflow_id: str
    kind: Literal["strategy", "bot"]
    document: Mapping[str, Any]
    nodes: Mapping[str, CompiledNode]
    heads: tuple[str, ...]
    deadline_s: float | None = None
