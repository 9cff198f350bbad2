"""Values, conditions and lists, run through the engine's own local runner."""

from __future__ import annotations

from typing import Any

import pytest
from support.workflows import outputs, run, workflow

from argosy.graph.runs import NodeStatus


def result(type_: str, params: dict[str, Any], **inputs: Any) -> Any:
    """The outputs of one node fed with constants; a list under `many` is one edge an item."""
    nodes: dict[str, Any] = {"it": (type_, params)}
    edges = []
    for port, value in inputs.items():
        values = value.items if isinstance(value, Edges) else [value]
        for index, item in enumerate(values):
            nodes[f"{port}{index}"] = ("constant", {"value": item})
            edges.append(f"{port}{index}.value > it.{port}")
    return outputs(run(workflow(nodes, edges)), "it")


class Edges:
    """Several edges into one port."""

    def __init__(self, *items: Any) -> None:
        self.items = list(items)


def failure(type_: str, params: dict[str, Any], **inputs: Any) -> str:
    nodes: dict[str, Any] = {"it": (type_, params)}
    edges = []
    for port, value in inputs.items():
        nodes[port] = ("constant", {"value": value})
        edges.append(f"{port}.value > it.{port}")
    node = run(workflow(nodes, edges)).nodes["it"]
    assert node.status is NodeStatus.FAILED
    assert node.attempt == 1, "bad input is not tried again"
    return str(node.reason)


def test_constant_passes_any_json() -> None:
    for value in (None, 1, "x", [1, {"a": None}]):
        assert result("constant", {"value": value})["value"] == value


def test_expression_sees_inputs_variables_and_the_keys_of_values() -> None:
    params = {"expression": "a * rate + values['bonus'] + bonus", "variables": {"rate": "0.5"}}
    assert result("expression", params, a="3", values={"bonus": "0.25"})["value"] == "2.00"


def test_expression_names_what_is_wrong() -> None:
    assert "uses a name that is not there" in failure("expression", {"expression": "zz"})


@pytest.mark.parametrize(
    ("operator", "left", "right", "found"),
    [
        (">", "10", 9, True),
        ("<", "10", "9", False),
        ("==", "1.50", 1.5, True),
        ("!=", "up", "down", True),
        (">=", 2, "2", True),
        ("<=", "a", "b", True),
    ],
)
def test_compare(operator: str, left: Any, right: Any, found: bool) -> None:
    assert result("compare", {"operator": operator}, left=left, right=right)["result"] is found
    assert result("compare", {"operator": operator, "right": right}, left=left)["result"] is found


def test_compare_gives_the_exact_difference_of_numbers() -> None:
    assert result("compare", {}, left="0.3", right="0.1")["difference"] == "0.2"
    assert result("compare", {"operator": "=="}, left="x", right="y")["difference"] is None
    assert "cannot be compared" in failure("compare", {}, left="x", right=1)


def test_select_walks_objects_and_lists() -> None:
    book = {"bids": [{"price": "0.4"}, {"price": "0.3"}]}
    assert result("select", {"path": "bids.0.price"}, value=book)["value"] == "0.4"
    assert result("select", {"path": "bids.-1.price"}, value=book)["value"] == "0.3"
    assert result("select", {"path": ""}, value=book)["value"] == book
    assert result("select", {"path": "asks.0", "optional": True}, value=book)["value"] is None
    assert "an object with bids" in failure("select", {"path": "asks.0"}, value=book)
    assert "a list of 2" in failure("select", {"path": "bids.7"}, value=book)


def test_filter_keeps_what_the_expression_holds_for() -> None:
    rows = [{"edge": "0.01"}, {"edge": "0.05"}, {"edge": "0.03"}]
    found = result("filter", {"expression": "edge > limit", "variables": {"limit": "0.02"}}, items=rows)
    assert found == {"items": rows[1:], "count": 2, "first": rows[1]}
    assert result("filter", {"expression": "item > 1", "limit": 1}, items=[1, 2, 3])["items"] == [2]
    assert result("filter", {"expression": "index == 0"}, items=[]) == {
        "items": [],
        "count": 0,
        "first": None,
    }


def test_merge_modes() -> None:
    values = Edges({"a": 1}, {"b": 2})
    assert result("merge", {}, values=values)["value"] == {"a": 1}
    assert result("merge", {"mode": "all"}, values=values)["value"] == [{"a": 1}, {"b": 2}]
    assert result("merge", {"mode": "object"}, values=values)["value"] == {"a": 1, "b": 2}
    assert "only objects" in failure("merge", {"mode": "object"}, values=1)


@pytest.mark.parametrize(
    ("mode", "value"),
    [
        ("sum", "6.5"),
        ("mean", "1.625"),
        ("min", "0.5"),
        ("max", "3"),
        ("count", 4),
        ("first", 1),
        ("last", "0.5"),
        ("list", [1, "2", 3, "0.5"]),
    ],
)
def test_aggregate(mode: str, value: Any) -> None:
    found = result("aggregate", {"mode": mode}, values=Edges([1, "2"], None, [3, None], "0.5"))
    assert found == {"value": value, "count": 4}


def test_aggregate_of_nothing_and_of_fields() -> None:
    assert result("aggregate", {"mode": "mean"}, values=[])["value"] is None
    assert result("aggregate", {"mode": "sum"}, values=[])["value"] == "0"
    rows = [{"p": "1"}, {"q": 1}, {"p": 2}]
    assert result("aggregate", {"field": "p"}, values=rows) == {"value": "3", "count": 2}
    assert "only numbers" in failure("aggregate", {}, values=["x"])
    assert "only numbers" in failure("aggregate", {}, values=[True])


@pytest.mark.parametrize(
    ("value", "params", "branch"),
    [
        ("0.5", {"threshold": "0.5"}, "high"),
        ("0.5", {"threshold": "0.5", "inclusive": False}, "low"),
        ("0.49", {"threshold": "0.5"}, "low"),
        (3, {"threshold": 2}, "high"),
    ],
)
def test_threshold(value: Any, params: dict[str, Any], branch: str) -> None:
    assert result("threshold", params, value=value)["branch"] == branch


def test_the_branch_not_taken_is_skipped_and_a_merge_brings_both_together() -> None:
    raw = workflow(
        {
            "go": ("constant", {"value": True}),
            "if": "branch",
            "yes": ("log", {}),
            "no": ("log", {}),
            "after_no": ("log", {}),
            "both": "merge",
        },
        [
            "go.value > if.condition",
            "if.true > yes.value",
            "if.false > no.value",
            "no.value > after_no.value",
            "no > after_no.when",
            "yes.value > both.values",
            "after_no.value > both.values",
        ],
    )
    raw["nodes"][3]["type"] = "compare"
    raw["edges"][2]["targetHandle"] = "left"
    raw["edges"][3]["sourceHandle"] = "result"
    snapshot = run(raw)
    assert snapshot.status == "success"
    states = {key: node.status.value for key, node in snapshot.nodes.items()}
    assert states["no"] == states["after_no"] == "skipped"
    assert outputs(snapshot, "both")["value"] is True


@pytest.mark.parametrize(
    ("value", "branch"), [(True, "true"), (0, "false"), ("0.0", "false"), ("2", "true"), (None, "false")]
)
def test_branch(value: Any, branch: str) -> None:
    assert result("branch", {}, condition=value)["branch"] == branch


def test_branch_passes_its_payload_and_refuses_what_is_no_truth() -> None:
    assert result("branch", {}, condition=1, payload={"x": 1})["value"] == {"x": 1}
    assert "neither true nor false" in failure("branch", {}, condition="maybe")
