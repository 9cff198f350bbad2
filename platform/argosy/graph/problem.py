"""Problems of a workflow document."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Literal

from argosy.core.wire import Wire

Severity = Literal["error", "warning"]


class Problem(Wire):
    """Problem of a workflow document; errors keep it from running, warnings do not.

    `node_id` names the node ("<instance>/<node>" inside a strategy of a bot). `edge` is the index of the edge in
    the document. `path` is a place in the JSON.
    """

    code: str
    severity: Severity = "error"
    message: str
    remedy: str = ""
    node_id: str | None = None
    edge: int | None = None
    path: str | None = None

    @property
    def where(self) -> str:
        if self.node_id is not None:
            return f"node {self.node_id}"
        if self.edge is not None:
            return f"edge {self.edge}"
        return self.path or "document"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" + (f"; {self.remedy}" if self.remedy else "")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """Return a remedy with the nearest known names."""
    choices = sorted(known)
    near = difflib.get_close_matches(name, choices, n=3)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if otherwise:
        return otherwise
    return f"use one of: {', '.join(choices)}" if choices else "there are none"


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Return the problems that keep the workflow from running."""
    return [problem for problem in problems if problem.severity == "error"]
