"""Reading documents, and the digest that names a version."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argosy.errors import InvalidInput
from argosy.graph.document import MAX_BYTES, canonical, digest, parse, preview

MINIMAL: dict[str, Any] = {
    "id": "w",
    "name": "W",
    "kind": "strategy",
    "schema": 1,
    "nodes": [{"id": "a", "type": "constant", "params": {"value": 1}}],
}


def test_reads_bytes_text_and_mappings_alike() -> None:
    text = json.dumps(MINIMAL)
    assert parse(text) == parse(text.encode()) == parse(MINIMAL)
    assert parse(MINIMAL).node("a") is not None
    assert parse(MINIMAL).node("b") is None


def test_the_digest_does_not_see_order_of_keys_spaces_or_written_defaults() -> None:
    written = {
        **dict(reversed(MINIMAL.items())),
        "edges": [],
        "fuse": False,
        "nodes": [{"position": {"y": 0, "x": 0}, "onError": "fail", **MINIMAL["nodes"][0]}],
    }
    assert digest(written) == digest(json.loads(json.dumps(MINIMAL, indent=3)))
    assert digest(parse(written).to_json()) == digest(MINIMAL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "V"},
        {"fuse": True},
        {"deadlineS": 5},
        {"nodes": [{"id": "a", "type": "constant", "params": {"value": 2}}]},
        {"nodes": [{"id": "a", "type": "constant", "params": {"value": 1}, "position": {"x": 1, "y": 0}}]},
        {"edges": [{"source": "a", "target": "a", "targetHandle": "when"}]},
    ],
)
def test_the_digest_sees_every_change(change: dict[str, Any]) -> None:
    assert digest({**MINIMAL, **change}) != digest(MINIMAL)


def test_the_digest_is_known() -> None:
    assert canonical(MINIMAL) == (
        b'{"edges":[],"id":"w","kind":"strategy","name":"W",'
        b'"nodes":[{"id":"a","params":{"value":1},"position":{"x":0.0,"y":0.0},"type":"constant"}],"schema":1}'
    )
    assert digest(MINIMAL) == hashlib.sha256(canonical(MINIMAL)).hexdigest()


def test_text_that_is_no_json_is_named_by_line_and_column() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse('{"id": "w",\n  "nodes": [,]}')
    assert caught.value.details == {"line": 2, "column": 13}
    assert "line 2, column 13" in str(caught.value)


def test_every_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse({**MINIMAL, "id": "a b", "schema": 2, "nodes": [{"id": "x"}], "extra": 1})
    paths = {problem["path"] for problem in caught.value.details["problems"]}
    assert paths == {"id", "schema", "nodes[0].type", "extra"}


def test_a_document_that_is_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(InvalidInput, match="too large"):
        parse(b" " * (MAX_BYTES + 1))


@pytest.mark.parametrize("value", [1 << 70, "\ud800"], ids=["big integer", "surrogate"])
def test_values_that_json_cannot_hold_are_refused(value: Any) -> None:
    node = {"id": "a", "type": "constant", "params": {"value": value}}
    with pytest.raises(InvalidInput):
        parse({**MINIMAL, "nodes": [node]})


def test_a_parameter_nested_without_end_is_refused() -> None:
    value: Any = 0
    for _ in range(5_000):
        value = [value]
    with pytest.raises(InvalidInput):
        parse({**MINIMAL, "nodes": [{"id": "a", "type": "constant", "params": {"value": value}}]})


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=20))
@settings(max_examples=100, deadline=None)
def test_previews_are_short_whatever_the_value(value: Any) -> None:
    assert len(preview(value, 40)) <= 40


def test_examples_are_documents(repo_root: Path) -> None:
    found = sorted((repo_root / "examples").glob("*.json"))
    assert found
    for path in found:
        assert parse(path.read_bytes()).id == path.stem
