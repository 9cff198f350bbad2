"""Conditions: each takes one of its branches, and the nodes behind the others are skipped."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pydantic import Field

from argosy.core.wire import Wire
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.formula import number
from argosy.graph.node import Branch
from argosy.graph.registry import node


class ThresholdParams(Wire):
    threshold: Decimal = Field(default=Decimal(0), title="Threshold")
    inclusive: bool = Field(default=True, title="The threshold itself is high")


@node("threshold", category="condition", title="Threshold", branches=("high", "low"))
def threshold(ctx: NodeContext, params: ThresholdParams, value: Decimal, payload: Any = None) -> Branch:
    """Take `high` when the value has reached the threshold, else `low`.

    Passes on the payload, or the value without a payload.
    """
    high = value > params.threshold or (params.inclusive and value == params.threshold)
    return Branch(branch="high" if high else "low", value=value if payload is None else payload)


@node("branch", category="condition", title="Branch", branches=("true", "false"))
def branch(ctx: NodeContext, condition: Any, payload: Any = None) -> Branch:
    """Take `true` or `false` by a boolean or a number; a number other than zero counts as true.

    Passes on the payload, or the input without a payload.
    """
    read = number(condition)
    if not (read is None or isinstance(read, (bool, int, Decimal))):
        raise InvalidInput(
            "the condition is neither true nor false",
            expected="a boolean or a number",
            found=type(condition).__name__,
            remedy="compare it with something first",
        )
    return Branch(branch="true" if read else "false", value=condition if payload is None else payload)
