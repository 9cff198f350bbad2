"""The JSON Schema and the reference page against the models that are the truth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.bootstrap.types import registry
from argosy.graph.reference import markdown
from argosy.graph.schema import node_schema, parameters, workflow_schema

SCHEMA = workflow_schema(registry())


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(item) for item in value.values()), set())
    return set().union(*(references(item) for item in value), set()) if isinstance(value, list) else set()


def test_every_reference_leads_somewhere() -> None:
    found = references(SCHEMA)
    assert len(found) > len(registry())
    assert {ref.removeprefix("#/$defs/") for ref in found} <= set(SCHEMA["$defs"])


def test_every_node_type_brings_its_parameters() -> None:
    rules = SCHEMA["$defs"]["NodeDocument"]["allOf"]
    assert [rule["if"]["properties"]["type"]["const"] for rule in rules] == [t.name for t in registry()]
    by_type = {rule["if"]["properties"]["type"]["const"]: rule["then"] for rule in rules}
    assert by_type["expression"]["required"] == ["params"]
    assert "required" not in by_type["constant"]
    threshold = SCHEMA["$defs"]["params.threshold"]
    assert threshold["additionalProperties"] is False
    assert set(threshold["properties"]) == {"threshold", "inclusive"}


def test_fields_have_the_names_of_the_wire() -> None:
    assert set(SCHEMA["properties"]) == {
        "id",
        "name",
        "kind",
        "schema",
        "description",
        "fuse",
        "deadlineS",
        "nodes",
        "edges",
    }
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_a_palette_entry_has_ports_branches_and_form() -> None:
    entry = node_schema(registry().get("threshold"))
    assert entry["inputs"] == [
        {"name": "value", "type": "decimal", "required": True, "many": False},
        {"name": "payload", "type": "any", "required": False, "many": False},
    ]
    assert entry["branches"] == ["high", "low"]
    assert entry["retry"]["maxAttempts"] == 3
    assert entry["params"]["properties"]["inclusive"]["title"] == "The threshold itself is high"


@pytest.mark.parametrize(
    ("type_", "name", "words", "default"),
    [
        ("filter", "limit", "integer, 1 to 10000", "1000"),
        ("merge", "mode", "one of first, all, object", '"first"'),
        ("strategy", "weight", "number, 0 to 1", '"1"'),
        ("http.fetch", "timeoutS", "number, above 0 to 60", "5"),
        ("bot.risk_gate", "minEquity", "number, from 0", "null"),
        ("expression", "expression", "text", "required"),
        ("map", "workflow", "text or object", "required"),
        ("constant", "value", "any value", "null"),
    ],
)
def test_parameters_in_words(type_: str, name: str, words: str, default: str) -> None:
    found = {parameter.name: parameter for parameter in parameters(registry().get(type_))}[name]
    assert (found.type, found.default) == (words, default)


def test_the_reference_page_is_what_the_code_says(repo_root: Path) -> None:
    page = (repo_root / "docs" / "reference" / "nodes.md").read_text(encoding="utf-8")
    assert page == markdown(registry()), "run `argosy reference`"


def test_every_node_type_is_described() -> None:
    for node_type in registry():
        assert len(node_type.description) > 20, node_type.name
        for parameter in parameters(node_type):
            assert parameter.meaning, f"{node_type.name}.{parameter.name}"
