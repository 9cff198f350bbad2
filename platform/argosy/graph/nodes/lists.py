"""Nodes for lists: filter, merge, aggregate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import Field

from argosy.core.wire import Wire
from argosy.errors import InvalidInput
from argosy.graph.context import NodeContext
from argosy.graph.formula import Expression, evaluate, number
from argosy.graph.node import Many
from argosy.graph.nodes.values import Value
from argosy.graph.registry import node


class FilterParams(Wire):
    """Condition of the filter.

    In the expression `item` is the item and `index` its position. The keys of an object are names too.
    """

    expression: Expression = Field(title="Keep where", examples=["item['edge'] > limit"])
    variables: dict[str, Any] = Field(default={}, title="Variables")
    limit: int = Field(default=1000, ge=1, le=10_000, title="Keep at most")


class FilterOutputs(Wire):
    """Kept items; `first` is null if there are none."""

    items: list[Any]
    count: int
    first: Any


@node("filter", category="transform", title="Filter")
def filter_list(
    ctx: NodeContext, params: FilterParams, items: list[Any], values: Any = None
) -> FilterOutputs:
    """Keep the items of a list for which the expression is true, in their order."""
    shared = {**(values if isinstance(values, dict) else {}), **params.variables}
    kept: list[Any] = []
    for index, item in enumerate(items):
        inner = item if isinstance(item, dict) else {}
        if evaluate(params.expression, {**inner, **shared, "item": item, "index": index, "values": values}):
            kept.append(item)
            if len(kept) == params.limit:
                break
    return FilterOutputs(items=kept, count=len(kept), first=kept[0] if kept else None)


class MergeParams(Wire):
    mode: Literal["first", "all", "object"] = Field(
        default="first",
        title="Mode",
        description="first: the first live value; all: a list of the live ones; object: live objects into one",
    )


@node("merge", category="transform", title="Merge")
def merge(ctx: NodeContext, params: MergeParams, values: Many[Any]) -> Value:
    """Join branches again: take the values of live edges, in the order of the edges."""
    if params.mode == "all":
        return Value(value=values)
    if params.mode == "first":
        return Value(value=values[0] if values else None)
    merged: dict[str, Any] = {}
    for value in values:
        if not isinstance(value, dict):
            raise InvalidInput(
                "only objects can be merged into one",
                expected="objects",
                found=type(value).__name__,
                remedy="use the mode `all` for a list",
            )
        merged |= value
    return Value(value=merged)


class AggregateParams(Wire):
    mode: Literal["sum", "mean", "min", "max", "count", "first", "last", "list"] = Field(
        default="sum", title="Mode"
    )
    field: str | None = Field(
        default=None, max_length=200, title="Field", description="Take this key of each item"
    )


class AggregateOutputs(Wire):
    """Aggregated value; null if an empty list has no such value."""

    value: Any
    count: int


@node("aggregate", category="transform", title="Aggregate")
def aggregate(ctx: NodeContext, params: AggregateParams, values: Many[Any]) -> AggregateOutputs:
    """Combine many values into one; lists are taken item by item, null is left out."""
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    if params.field is not None:
        items = [item.get(params.field) if isinstance(item, dict) else None for item in items]
    items = [item for item in items if item is not None]
    return AggregateOutputs(value=_aggregate(params.mode, items), count=len(items))


def _aggregate(mode: str, items: list[Any]) -> Any:
    if mode == "count":
        return len(items)
    if mode == "list":
        return items
    if mode in ("first", "last"):
        return items[0 if mode == "first" else -1] if items else None
    numbers = [_number(item) for item in items]
    if mode == "sum":
        return sum(numbers, Decimal(0))
    if not numbers:
        return None
    if mode == "mean":
        return sum(numbers, Decimal(0)) / len(numbers)
    return min(numbers) if mode == "min" else max(numbers)


def _number(item: Any) -> Decimal:
    read = number(item)
    if isinstance(read, bool) or not isinstance(read, (int, Decimal)):
        raise InvalidInput(
            "only numbers can be added up or compared",
            expected="numbers",
            found=repr(item)[:80],
            remedy="name the field that holds the number",
        )
    return Decimal(read)
