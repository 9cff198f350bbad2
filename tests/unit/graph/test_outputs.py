"""Outputs that JSON cannot carry are refused with path and value; everything else arrives as it was returned."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.node_context import a_context

from argosy.core.clock import DrivenClock
from argosy.core.wire import Wire
from argosy.errors import OutputInvalid
from argosy.graph.context import NodeContext
from argosy.graph.node import NodeType
from argosy.graph.registry import NodeRegistry, node


class Loose(Wire):
    value: Any


class Typed(Wire):
    price: float
    names: list[str] = []
    by_level: dict[int, Decimal] = {}


@node("t.loose", category="transform", title="Loose")
def loose(ctx: NodeContext) -> Loose:
    """Any value."""
    return Loose(value=None)


@node("t.typed", category="transform", title="Typed")
def typed(ctx: NodeContext) -> Typed:
    """Numbers."""
    return Typed(price=1.0)


def type_of(function: Any) -> NodeType:
    registry = NodeRegistry()
    node_type: NodeType = function.__argosy_node__
    registry.add(node_type)
    return node_type


def circle() -> list[Any]:
    made: list[Any] = []
    made.append({"me": made})
    return made


def deep(levels: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(levels):
        made = [made]
    return made


REFUSED: list[tuple[Any, str, str]] = [
    (float("nan"), "value", "nan"),
    ({"a": [1.0, float("inf")]}, "value.a[1]", "inf"),
    (float("-inf"), "value", "-inf"),
    (Decimal("NaN"), "value", "NaN"),
    (Decimal("-Infinity"), "value", "Infinity"),
    ({"a": Decimal("sNaN")}, "value.a", "sNaN"),
    ({1: "a", "1": "b"}, "value", "1"),
    ({True: "a", "true": "b"}, "value", "true"),
    ({"x": {(1, 2): 3}}, "value.x", "(1, 2)"),
    ({1}, "value", "set"),
    (frozenset("a"), "value", "frozenset"),
    (b"abc", "value", "bytes"),
    ([b"\xff\x00"], "value[0]", "bytes"),
    (2**64, "value", "65 bits"),
    (-(2**63) - 1, "value", "64 bits"),
    (10**50_000, "value", "bits"),
    ("a\ud800b", "value", "surrogate"),
    ({"a\ud800": 1}, "value", "surrogate"),
    (circle(), "value", "levels"),
    (deep(5_000), "value", "levels"),
    (1j, "value", "complex"),
    (object(), "value", "object"),
    ((i for i in range(3)), "value", "generator"),
]


@pytest.mark.parametrize(("value", "path", "found"), REFUSED, ids=lambda case: type(case).__name__)
def test_a_value_without_a_json_form_is_refused_with_its_path(value: Any, path: str, found: str) -> None:
    with pytest.raises(OutputInvalid) as caught:
        type_of(loose).dump_outputs(Loose.model_construct(value=value))
    assert path in caught.value.message
    assert found.lower() in (caught.value.found or "").lower()
    str(caught.value).encode()  # it must be storable itself


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        ("NaN", '"NaN"'),
        ({"null": [None, "Infinity"]}, '{"null":[null,"Infinity"]}'),
        (2**64 - 1, str(2**64 - 1)),
        (Decimal("0.10"), '"0.10"'),
        ({1: "a", 2: "b"}, '{"1":"a","2":"b"}'),
        ((1, "é"), '[1,"é"]'),
        (datetime(2026, 1, 1, tzinfo=UTC), '"2026-01-01T00:00:00Z"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ("a\x00b", '"a\\u0000b"'),
        (5e-324, "5e-324"),
        (Loose(value=[1]), '{"value":[1]}'),
    ],
)
def test_everything_else_passes(value: Any, text: str) -> None:
    found = type_of(loose).dump_outputs(Loose.model_construct(value=value))
    assert found.decode() == f'{{"value":{text}}}'


def test_a_typed_number_that_is_none_is_refused_too() -> None:
    with pytest.raises(OutputInvalid, match="price"):
        type_of(typed).dump_outputs(Typed(price=float("nan")))
    with pytest.raises(OutputInvalid, match="by_level"):
        type_of(typed).dump_outputs(Typed.model_construct(price=1.0, by_level={1: Decimal("NaN")}))


def test_an_event_that_json_cannot_carry_is_refused_where_it_is_made() -> None:
    for data in ({"price": float("nan")}, {"price": Decimal(1)}, {"x": object()}):
        with pytest.raises(OutputInvalid):
            a_context(DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))).emit("notify", data)


_scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
_values = st.recursive(
    _scalars | st.decimals(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=3) | st.integers(0, 3), inner, max_size=4)
    ),
    max_leaves=20,
)


def plain(value: Any) -> Any:
    """The value as a JSON reader must see it."""
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


@given(_values)
def test_what_is_written_reads_back_as_it_was(value: Any) -> None:
    try:
        text = type_of(loose).dump_outputs(Loose.model_construct(value=value))
    except OutputInvalid:
        return
    assert orjson.loads(text)["value"] == plain(value)
