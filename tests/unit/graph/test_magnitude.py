"""Numbers from documents are bounded wherever they become one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from support.cpu import least_cpu_s

from argosy.core.wire import Wire
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.formula import evaluate
from argosy.graph.node import NodeType, RetryPolicy
from argosy.graph.nodes import conditions, values
from argosy.graph.registry import NodeRegistry, node


class Sized(Wire):
    sizes: list[Decimal]


@node("t.sized", category="transform", title="Sized")
def sized(ctx: NodeContext, book: Sized, size: Decimal, text: str = "") -> Sized:
    """Takes numbers."""
    return book


def type_of(name: str) -> NodeType:
    registry = NodeRegistry()
    registry.add_module(values)
    registry.add_module(conditions)
    return registry.get(name)


@pytest.mark.parametrize("number", ["1e999999999", "-1E+99999999", "1e-999999999"])
def test_a_parameter_with_a_huge_exponent_is_refused(number: str) -> None:
    with pytest.raises(InvalidInput, match="1e9999"):
        type_of("compare").parse_params({"right": Decimal(number)})


@pytest.mark.parametrize("number", ["1e9000", "-0.1", "1e-40", 0, 10**40])
def test_ordinary_parameters_pass(number: Any) -> None:
    assert type_of("compare").parse_params({"right": number})


def test_an_input_with_a_huge_exponent_is_refused() -> None:
    made: NodeType = sized.__argosy_node__  # type: ignore[attr-defined]
    with pytest.raises(InvalidInput):
        made.parse_input("size", "1e99999999")
    with pytest.raises(InvalidInput):
        made.parse_input("book", {"sizes": ["1", "1e99999999"]})
    assert made.parse_input("size", "1e300") == Decimal("1e300")
    assert made.parse_input("text", "5e12345678") == "5e12345678"  # an id that looks like one


def test_a_number_that_only_looks_small_does_not_reach_a_conversion() -> None:
    def work() -> None:
        with pytest.raises(InvalidInput):
            evaluate("floor(a) + 1", {"a": Decimal("1e999999999")})

    assert least_cpu_s(work, 0.5) < 0.5


def test_the_delay_of_a_late_attempt_is_the_longest() -> None:
    assert RetryPolicy(factor=1e300, max_attempts=100_000).delay_after(90_000) == 30
    assert RetryPolicy(factor=2, jitter=False).delay_after(2) == 1
