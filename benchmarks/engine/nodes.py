"""A no-op node."""

from __future__ import annotations

from typing import Any

from argosy.core.wire import Wire
from argosy.graph.context import NodeContext
from argosy.graph.node import Many
from argosy.graph.registry import node


class Nothing(Wire):
    value: None = None


@node("bench.noop", category="transform", title="No-op")
def noop(ctx: NodeContext, items: Many[Any]) -> Nothing:
    """Does nothing."""
    return _NOTHING


_NOTHING = Nothing()
