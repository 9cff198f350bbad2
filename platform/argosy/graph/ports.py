"""Handles of edges: the outputs that edges leave, the inputs that they enter."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.graph.node import WHEN, NodeType, Port

BRANCH_VALUE = "value"
"""Output of a condition that its branch handles pass on."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Origin of an edge: an output port, and the branch for a branch handle.

    `port` is None for a control edge without a handle.
    """

    port: Port | None
    branch: str | None = None


def outlet(node_type: NodeType, handle: str | None) -> Outlet | None:
    """Return the outlet of a source handle, None if the node type has no such handle."""
    if handle in (None, ""):
        return Outlet(None)
    if handle in node_type.branches:
        return Outlet(node_type.outputs.get(BRANCH_VALUE), handle)
    port = node_type.outputs.get(str(handle))
    return None if port is None else Outlet(port)


def source_handles(node_type: NodeType) -> list[str]:
    """Return every handle that an edge may leave from."""
    return [*node_type.outputs, *node_type.branches]


def target_handles(node_type: NodeType) -> list[str]:
    """Return every handle that an edge may lead to."""
    return [*node_type.inputs, WHEN]
