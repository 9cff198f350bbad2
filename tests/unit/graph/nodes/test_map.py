"""A sub-workflow for each item of a list."""

from __future__ import annotations

from typing import Any

import pytest
from support.workflows import REGISTRY, START, found_in, outputs, run, runner, workflow

from argosy.errors import WorkflowInvalid
from argosy.graph.compile import compile_workflow
from argosy.graph.document import parse
from argosy.graph.runs import NodeStatus

DOUBLE = workflow(
    {"i": "map.item", "x": ("expression", {"expression": "a * 2 + index"}), "r": "map.result"},
    ["i.item > x.a", "i.index > x.values", "x.value > r.value"],
)
DOUBLE["nodes"][1]["params"] = {"expression": "a * 2 + b"}
DOUBLE["edges"][1]["targetHandle"] = "b"


def mapped(items: Any, inner: Any, **params: Any) -> dict[str, Any]:
    return workflow(
        {"l": ("constant", {"value": items}), "m": ("map", {"workflow": inner, **params})},
        ["l.value > m.items"],
    )


def test_every_item_goes_through_in_order() -> None:
    found = outputs(run(mapped([1, "2.5", 3], DOUBLE)), "m")
    assert found == {"results": ["2", "6.0", "8"], "count": 3, "failed": 0, "skipped": 0, "errors": []}


def test_no_items_no_results() -> None:
    assert outputs(run(mapped([], DOUBLE)), "m")["results"] == []


def test_a_workflow_named_by_id_is_written_into_the_compiled_document() -> None:
    raw = mapped([4], "double")
    compiled = compile_workflow(parse(raw), REGISTRY, found_in({"double": DOUBLE}))
    inside = next(node for node in compiled.document["nodes"] if node["id"] == "m")
    assert inside["params"]["workflow"]["nodes"][0]["type"] == "map.item"
    assert outputs(run(raw, strategies={"double": DOUBLE}), "m")["results"] == ["8"]


def test_items_on_a_branch_not_taken_give_nothing() -> None:
    inner = workflow(
        {"i": "map.item", "t": ("threshold", {"threshold": 2}), "r": "map.result"},
        ["i.item > t.value", "t.high > r.value"],
    )
    found = outputs(run(mapped([1, 2, 3], inner)), "m")
    assert (found["results"], found["skipped"]) == (["2", "3"], 1)


def test_an_item_that_fails_is_left_out_and_told() -> None:
    found = outputs(run(mapped([1, "x", 3], DOUBLE)), "m")
    assert (found["results"], found["failed"]) == (["2", "8"], 1)
    assert found["errors"][0] | {"message": ""} == {
        "index": 1,
        "node": "x",
        "code": "invalid_input",
        "message": "",
    }


def test_or_fails_the_map_naming_item_and_node() -> None:
    node = run(mapped([1, "x"], DOUBLE, onError="fail")).nodes["m"]
    assert node.status is NodeStatus.FAILED
    assert "item 1: node x" in str(node.reason)


def test_a_node_that_may_fail_does_not_take_its_item_along() -> None:
    inner = workflow(
        {
            "i": "map.item",
            "x": ("expression", {"expression": "1 / a"}, {"onError": "continue"}),
            "both": "merge",
            "r": "map.result",
        },
        ["i.item > x.a", "x.value > both.values", "i.item > both.values", "both.value > r.value"],
    )
    assert outputs(run(mapped([4, 0], inner)), "m")["results"] == ["0.25", 0]


def test_shared_values_reach_every_item() -> None:
    inner = workflow(
        {"i": "map.item", "x": ("expression", {"expression": "a + b"}), "r": "map.result"},
        ["i.item > x.a", "i.shared > x.b", "x.value > r.value"],
    )
    raw = mapped([1, 2], inner)
    raw["nodes"].append({"id": "s", "type": "constant", "params": {"value": 10}})
    raw["edges"].append({"source": "s", "sourceHandle": "value", "target": "m", "targetHandle": "shared"})
    assert outputs(run(raw), "m")["results"] == ["11", "12"] or outputs(run(raw), "m")["results"] == [11, 12]


def test_a_list_that_is_too_long_is_refused_not_cut() -> None:
    node = run(mapped([1, 2, 3], DOUBLE, maxItems=2)).nodes["m"]
    assert node.status is NodeStatus.FAILED
    assert "at most 2 items" in str(node.reason)


def test_a_map_inside_a_map_is_refused() -> None:
    inner = workflow(
        {"i": "map.item", "m": ("map", {"workflow": DOUBLE}), "r": "map.result"},
        ["i.item > m.items", "m.results > r.value"],
    )
    with pytest.raises(WorkflowInvalid):
        run(mapped([[1]], inner))


def test_the_clock_does_not_move_and_nothing_else_is_recorded() -> None:
    made = runner(mapped([1, 2], DOUBLE))
    snapshot = made.run()
    assert made.clock.now() == START
    assert set(snapshot.nodes) == {"l", "m"}
