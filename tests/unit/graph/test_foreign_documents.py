"""Documents of n8n, Flowise and React Flow: one answer that says what they are; drawing fields stay harmless."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.bootstrap.types import registry
from argosy.errors import InvalidInput
from argosy.graph.document import digest, parse
from argosy.graph.problem import errors
from argosy.graph.registry import NodeRegistry
from argosy.graph.validation import Problem, validate
from argosy.venuekit.domain import DomainPackage
from tests.support.binary import ScriptedVenue

N8N: dict[str, Any] = {
    "name": "My workflow",
    "nodes": [
        {
            "parameters": {"url": "https://example.org"},
            "name": "HTTP Request",
            "type": "n8n-nodes-base.httpRequest",
            "typeVersion": 4,
            "position": [250, 300],
        },
        {"parameters": {}, "name": "Own", "type": "community.node", "typeVersion": 1, "position": [1, 2]},
    ],
    "connections": {"HTTP Request": {"main": [[{"node": "Own", "type": "main", "index": 0}]]}},
    "settings": {},
}
FLOWISE: dict[str, Any] = {
    "nodes": [
        {
            "id": "chatOpenAI_0",
            "position": {"x": 1, "y": 2},
            "type": "customNode",
            "data": {
                "id": "chatOpenAI_0",
                "label": "ChatOpenAI",
                "inputAnchors": [],
                "baseClasses": ["Chat"],
            },
        }
    ],
    "edges": [{"source": "a", "sourceHandle": "x", "target": "b", "targetHandle": "y", "type": "buttonedge"}],
}
CANVAS: dict[str, Any] = {
    "nodes": [
        {"id": "1", "type": "input", "position": {"x": 0, "y": 0}, "data": {"label": "In"}},
        {"id": "2", "position": {"x": 0, "y": 90}, "data": {"label": "Out"}, "measured": {"width": 9}},
    ],
    "edges": [{"id": "e1-2", "source": "1", "target": "2", "animated": True}],
    "viewport": {"x": 0, "y": 0, "zoom": 1},
}


def own() -> dict[str, Any]:
    return {
        "id": "w",
        "name": "W",
        "kind": "strategy",
        "schema": 1,
        "nodes": [
            {"id": "one", "type": "constant", "params": {"value": 1}},
            {"id": "tell", "type": "notify", "params": {"title": "t"}},
        ],
        "edges": [{"source": "one", "sourceHandle": "value", "target": "tell", "targetHandle": "value"}],
    }


def problems(document: Any) -> list[Problem]:
    return validate(document, registry())


@pytest.mark.parametrize(
    ("document", "what"),
    [(N8N, "n8n"), (FLOWISE, "Flowise"), ({"flowData": FLOWISE}, "Flowise"), (CANVAS, "React Flow")],
)
def test_a_document_of_another_program_is_named_once(document: dict[str, Any], what: str) -> None:
    (problem,) = problems(document)
    assert problem.code == "foreign_document"
    assert what in problem.message
    assert "argosy nodes list" in problem.remedy
    with pytest.raises(InvalidInput, match=what):
        parse(document)


def test_fields_of_the_drawing_are_no_errors_and_change_no_digest() -> None:
    drawn = own() | {"viewport": {"x": 1, "y": 2, "zoom": 0.5}}
    for node in drawn["nodes"]:
        node |= {"data": {"label": "x"}, "width": 10, "height": 5, "measured": {"width": 1}, "selected": True}
    drawn["edges"][0] |= {"type": "smoothstep", "animated": True, "markerEnd": {"type": "arrow"}, "data": {}}
    assert errors(problems(drawn)) == errors(problems(own())) == []
    assert digest(drawn) == digest(own())


def test_other_unknown_fields_stay_errors() -> None:
    wrong = own() | {"speed": 9}
    wrong["nodes"][0]["parameters"] = {}
    assert [problem.code for problem in errors(problems(wrong))] == ["unknown_field", "unknown_field"]


def test_a_byte_order_mark_before_a_document_is_skipped() -> None:
    import json

    text = json.dumps(own())
    assert digest(parse(b"\xef\xbb\xbf" + text.encode())) == digest(parse("\ufeff" + text)) == digest(own())


@pytest.mark.parametrize("capital", ["1e400", "1e-400", "1e41"])
def test_a_capital_of_absurd_size_is_found(capital: str) -> None:
    document = own()
    document["nodes"].append({"id": "begin", "type": "strategy.start", "params": {"capital": capital}})
    found = [problem.code for problem in errors(problems(document))]
    assert found == ["parameter_out_of_range"]


def unknown_venues(types: NodeRegistry, venue: str) -> list[Problem]:
    document = own()
    document["nodes"].append({"id": "pay", "type": "trading.settle", "params": {"venue": venue}})
    return [problem for problem in validate(document, types) if problem.code == "unknown_venue"]


@pytest.mark.parametrize("venue", ["binance", "polymarket"])
def test_a_venue_that_is_installed_is_no_problem(venue: str) -> None:
    assert unknown_venues(registry(), venue) == []


def test_a_misspelt_venue_is_an_error_with_the_nearest_name() -> None:
    for types in (registry(), registry().for_recordings()):
        (found,) = unknown_venues(types, "binnance")
        assert (found.severity, found.node_id) == ("error", "pay")
        assert "did you mean binance" in found.remedy
    (found,) = unknown_venues(registry(), "elsewhere")
    assert "polymarket" in found.remedy, "nothing is near: those there are"


def test_a_misspelt_venue_in_a_list_is_an_error() -> None:
    document = own()
    params = {"venues": ["binance", "polymraket"]}
    document["nodes"].append({"id": "held", "type": "bot.portfolio", "params": params})
    (found,) = [each for each in problems(document) if each.code == "unknown_venue"]
    assert (found.severity, found.remedy) == ("error", "did you mean polymarket?")


def test_a_venue_of_recordings_is_an_error_nowhere() -> None:
    (found,) = unknown_venues(registry(), "chainlink")
    assert found.severity == "warning"
    assert "only recordings" in found.message
    assert unknown_venues(registry().for_recordings(), "chainlink") == []


def test_a_plug_in_that_does_not_name_its_venues_leaves_a_warning() -> None:
    types = registry().for_recordings()
    brings = DomainPackage("other", venues=lambda environment: {"elsewhere": ScriptedVenue})
    types.venues_open = not brings.names_its_venues
    (found,) = unknown_venues(types, "elsewhere")
    assert found.severity == "warning"
    assert "unless a plug-in" in found.message
    assert DomainPackage("none").names_its_venues


@pytest.mark.parametrize(
    ("deadline_s", "wait_s", "severity"),
    [(60, 60, "error"), (60, 59, None), (None, 300, "warning"), (None, 299, None), (4000, 3600, None)],
)
def test_a_gate_that_waits_longer_than_its_run_lives_is_found(
    deadline_s: int | None, wait_s: int, severity: str | None
) -> None:
    document = own() | ({} if deadline_s is None else {"deadlineS": deadline_s})
    document["nodes"].append({"id": "ask", "type": "gate.human", "params": {"timeoutS": wait_s}})
    document["edges"].append(
        {"source": "one", "sourceHandle": "value", "target": "ask", "targetHandle": "payload"}
    )
    found = [problem.severity for problem in problems(document) if problem.code == "gate_outlives_run"]
    assert found == ([] if severity is None else [severity])
