"""Liveness of a node's inputs, and the decision to run or skip the node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from argosy.graph.compiled import CompiledNode, InputSource
from argosy.graph.runs import NodeStatus, SourceState


@dataclass(frozen=True, slots=True)
class Ready:
    """Inputs of a node that may run: raw JSON values by port.

    `skip` is the reason to skip the node instead, None to run it.
    """

    inputs: Mapping[str, Any]
    skip: str | None = None


def is_live(source: InputSource, states: Mapping[str, SourceState]) -> bool:
    """Return True if the edge's source succeeded and took the edge's branch, if it has one."""
    state = states[source.key]
    if state.status is not NodeStatus.SUCCESS:
        return False
    return source.branch is None or source.branch == state.branch


def _why_dead(source: InputSource, states: Mapping[str, SourceState]) -> str:
    state = states[source.key]
    if state.status is NodeStatus.SUCCESS:
        return f"{source.key} took branch {state.branch}"
    return f"{source.key} was {state.status.value}" if state.status.final else f"{source.key} has not run"


def resolve(node: CompiledNode, states: Mapping[str, SourceState]) -> Ready:
    """Return the inputs of `node` from its predecessors' outcomes."""
    if node.when and not any(is_live(source, states) for source in node.when):
        return Ready({}, "; ".join(dict.fromkeys(_why_dead(source, states) for source in node.when)))
    parsed: dict[str, Any] = {}
    inputs: dict[str, Any] = {}
    for name, port in node.type.inputs.items():
        sources = node.inputs.get(name, ())
        live = [source for source in sources if is_live(source, states)]
        if port.many:
            inputs[name] = [_value(source, states, parsed) for source in live]
        elif live:
            inputs[name] = _value(live[0], states, parsed)
        elif port.required or (port.binding and sources):
            return Ready({}, "; ".join(_why_dead(source, states) for source in sources) or f"no {name}")
    return Ready(inputs)


def _value(source: InputSource, states: Mapping[str, SourceState], parsed: dict[str, Any]) -> Any:
    if source.key not in parsed:
        parsed[source.key] = orjson.loads(states[source.key].outputs or b"{}")
    outputs = parsed[source.key]
    if source.branch is not None:
        return outputs.get("value")
    return outputs.get(source.handle)
