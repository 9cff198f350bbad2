"""Which output an edge leaves from and which input it arrives at."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.graph.node import WHEN, NodeType, Port

BRANCH_VALUE = "value"
"""The output of a condition that its branch handles pass on."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where an edge leaves: an output (None for a control edge from no output in particular), maybe a branch."""

    port: Port | None
    branch: str | None = None


def outlet(node_type: NodeType, handle: str | None) -> Outlet | None:
    """The outlet of a source handle; None when the node type has no such handle."""
    if handle in (None, ""):
        return Outlet(None)
    if handle in node_type.branches:
        return Outlet(node_type.outputs.get(BRANCH_VALUE), handle)
    port = node_type.outputs.get(str(handle))
    return None if port is None else Outlet(port)


def source_handles(node_type: NodeType) -> list[str]:
    """Every handle an edge may leave from."""
    return [*node_type.outputs, *node_type.branches]


def target_handles(node_type: NodeType) -> list[str]:
    """Every handle an edge may arrive at."""
    return [*node_type.inputs, WHEN]
