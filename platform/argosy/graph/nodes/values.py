"""Nodes for values: constant, expression, comparison, selection by path."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from argosy.core.wire import Wire
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.formula import Expression, evaluate, number
from argosy.graph.node import Binding
from argosy.graph.registry import node


class Value(Wire):
    """Value of any JSON type; decimals are passed as texts."""

    value: Any


class ConstantParams(Wire):
    value: Any = Field(default=None, title="Value", description="Any JSON value")


@node("constant", category="source", title="Constant")
def constant(ctx: NodeContext, params: ConstantParams) -> Value:
    """Provide a constant value."""
    return Value(value=params.value)


class ExpressionParams(Wire):
    """Expression and its variables.

    `variables` are further names, for numbers that change without a change of the expression.
    """

    expression: Expression = Field(title="Expression", examples=["1 - (a + b)", "values['ask'] < 0.5"])
    variables: dict[str, Any] = Field(default={}, title="Variables")


@node("expression", category="transform", title="Expression")
def expression(
    ctx: NodeContext,
    params: ExpressionParams,
    a: Any = None,
    b: Any = None,
    c: Any = None,
    d: Any = None,
    e: Any = None,
    f: Any = None,
    values: Any = None,
) -> Value:
    """Calculate with the inputs `a` to `f`, the object `values` and the variables.

    The keys of `values` are names too. Arithmetic is exact and decimal. Allowed are comparisons, `and`, `or`,
    `not`, `x if y else z` and indexing. Functions: abs, min, max, sum, len, round, floor, ceil, sqrt, ln, exp,
    any, all. Attributes and loops are refused.
    """
    inner = values if isinstance(values, dict) else {}
    names = {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "values": values}
    return Value(value=evaluate(params.expression, {**inner, **params.variables, **names}))


Operator = Literal["<", "<=", "==", "!=", ">=", ">"]


class CompareParams(Wire):
    operator: Operator = Field(default=">", title="Operator")
    right: Decimal | str | bool | None = Field(
        default=None,
        title="Right side",
        description="A number, text or boolean, used where nothing is joined to the input `right`",
    )


class CompareOutputs(Wire):
    """Result of the comparison; `difference` is left less right, null unless both are numbers."""

    result: bool
    difference: Decimal | None = None


@node("compare", category="transform", title="Compare")
def compare(ctx: NodeContext, params: CompareParams, left: Any, right: Binding[Any] = None) -> CompareOutputs:
    """Compare two numbers or texts; numbers are compared by value, however they are written."""
    first, second = number(left), number(params.right if right is None else right)
    numeric = all(isinstance(v, (int, Decimal)) and not isinstance(v, bool) for v in (first, second))
    try:
        result = {
            "<": lambda: first < second,
            "<=": lambda: first <= second,
            "==": lambda: first == second,
            "!=": lambda: first != second,
            ">=": lambda: first >= second,
            ">": lambda: first > second,
        }[params.operator]()
    except TypeError:
        raise InvalidInput(
            "the two sides cannot be compared",
            expected="two numbers or two texts",
            found=f"{type(left).__name__} {params.operator} {type(second).__name__}",
            remedy="select the number inside the value first",
        ) from None
    return CompareOutputs(result=bool(result), difference=Decimal(first) - second if numeric else None)


class SelectParams(Wire):
    path: str = Field(
        default="",
        max_length=500,
        title="Path",
        description="Keys and indices joined by dots, as in `bids.0.price`; a negative index counts from the end",
    )
    optional: bool = Field(default=False, title="Null where it is missing")


@node("select", category="transform", title="Select")
def select(ctx: NodeContext, params: SelectParams, value: Any) -> Value:
    """Select one part of an object or a list."""
    at = value
    steps = params.path.split(".") if params.path else []
    for done, step in enumerate(steps):
        try:
            at = at[int(step)] if isinstance(at, list) else at[step]
        except (KeyError, IndexError, TypeError, ValueError):
            if params.optional:
                return Value(value=None)
            raise InvalidInput(
                f"there is nothing at {params.path!r}",
                expected=f"{step!r} in {'.'.join(steps[:done]) or 'the value'}",
                found=_kinds(at),
                remedy="correct the path, or set `optional`",
            ) from None
    return Value(value=at)


def _kinds(value: Any) -> str:
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:10]) or 'no keys'}"
    return f"a list of {len(value)}" if isinstance(value, list) else type(value).__name__
