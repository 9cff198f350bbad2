"""Shared state of the checks of one document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from argosy.graph.document import EdgeDocument, NodeDocument, WorkflowDocument
from argosy.graph.node import NodeType
from argosy.graph.problem import Problem, Severity
from argosy.graph.registry import NodeRegistry

Role = Literal["bot", "strategy", "map"]


@dataclass(slots=True)
class DocumentCheck:
    """Document under check.

    `instance` is the strategy node that it replaces, "" for the document itself. `edges` carry their index in the
    document, because malformed edges are left out. `broken` are ids of nodes that were left out as malformed.
    """

    document: WorkflowDocument
    registry: NodeRegistry
    role: Role
    instance: str = ""
    edges: list[tuple[int, EdgeDocument]] = field(default_factory=list)
    broken: frozenset[str] = frozenset()
    types: dict[str, NodeType] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def nodes(self) -> list[NodeDocument]:
        return self.document.nodes

    def add(
        self,
        code: str,
        message: str,
        remedy: str = "",
        *,
        node: str | None = None,
        edge: int | None = None,
        severity: Severity = "error",
    ) -> None:
        where = f"{self.instance}/{node}" if self.instance and node is not None else node
        if self.instance and node is None:
            where, edge, message = self.instance, None, f"{message} (in {self.document.id})"
        self.problems.append(
            Problem(code=code, severity=severity, message=message, remedy=remedy, node_id=where, edge=edge)
        )
