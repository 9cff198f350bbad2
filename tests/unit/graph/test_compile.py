"""From a document to what the engine runs: expansion, wiring, fusing, digests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from support.graphs import Graph, ancestors, dags
from support.workflows import REGISTRY, found_in, workflow

from argosy.bootstrap.types import packaged_workflow, registry
from argosy.errors import WorkflowInvalid
from argosy.graph.compile import compile_expanded, compile_workflow, plan_of
from argosy.graph.compiled import CompiledWorkflow, InputSource
from argosy.graph.document import parse
from argosy.graph.plan import steps

STRATEGY = workflow(
    {
        "start": "strategy.start",
        "limit": ("constant", {"value": 1}),
        "check": ("threshold", {"threshold": 1}),
        "end": "strategy.result",
    },
    ["start.capital > check.value", "check.high > end.notes", "limit.value > end.notes"],
)


def compiled(raw: Any, **strategies: Any) -> CompiledWorkflow:
    return compile_workflow(parse(raw), REGISTRY, found_in(strategies))


def bot(**params: Any) -> dict[str, Any]:
    return workflow(
        {
            "tick": "bot.schedule",
            "cash": ("constant", {"value": "100"}),
            "s": ("strategy", {"strategy": "s", **params}),
            "sum": "bot.aggregate",
        },
        ["tick > s.when", "cash.value > s.capital", "s.result > sum.results"],
        kind="bot",
    )


def test_a_strategy_is_expanded_in_place() -> None:
    found = compiled(bot(weight="0.5"), s=STRATEGY)
    assert set(found.nodes) == {"tick", "cash", "s/start", "s/limit", "s/check", "s/end", "sum"}
    start = found.nodes["s/start"]
    assert (start.node_id, start.strategy_id) == ("start", "s")
    assert start.inputs == {"capital": (InputSource("cash", "value"),)}
    assert start.when == (InputSource("tick", ""),)
    assert found.nodes["sum"].inputs == {"results": (InputSource("s/end", "result"),)}
    assert found.nodes["tick"].strategy_id is None
    assert found.kind == "bot"


def test_weight_and_parameters_of_the_instance_are_applied() -> None:
    found = compiled(bot(weight="0.25", configOverrides={"check": {"threshold": "7"}}), s=STRATEGY)
    assert found.nodes["s/start"].raw_params["weight"] == "0.25"
    assert found.nodes["s/start"].raw_params["config"] == {"check": {"threshold": "7"}}
    assert str(found.nodes["s/check"].params.threshold) == "7"  # type: ignore[attr-defined]


def test_nodes_that_need_no_input_wait_for_their_strategys_start() -> None:
    found = compiled(bot(), s=STRATEGY)
    waiting = {key for key, node in found.nodes.items() if InputSource("s/start", "") in node.when}
    assert waiting == {"s/limit", "s/end"}


def test_a_disabled_strategy_and_what_hangs_on_it_are_left_out() -> None:
    raw = bot(enabled=False)
    raw["nodes"].append({"id": "after", "type": "select"})
    raw["edges"].append({"source": "s", "sourceHandle": "result", "target": "after", "targetHandle": "value"})
    found = compiled(raw, s=STRATEGY)
    assert set(found.nodes) == {"tick", "cash", "sum"}
    assert found.nodes["sum"].inputs == {}


def test_a_branch_edge_reads_the_conditions_value() -> None:
    found = compiled(
        workflow(
            {"a": ("constant", {"value": 1}), "b": "branch", "c": "log"},
            ["a.value > b.condition", "b.true > c.value", "b.true > c.when"],
        )
    )
    assert found.nodes["c"].inputs == {"value": (InputSource("b", "value", "true"),)}
    assert found.nodes["c"].when == (InputSource("b", "value", "true"),)


def test_many_edges_keep_the_order_of_the_document() -> None:
    nodes = dict.fromkeys("cab", "constant") | {"m": "merge"}
    found = compiled(workflow(nodes, [f"{name}.value > m.values" for name in "bca"]))
    assert [source.key for source in found.nodes["m"].inputs["values"]] == ["b", "c", "a"]


def test_own_retry_time_limit_and_error_policy_replace_the_types() -> None:
    fields = {"retry": {"maxAttempts": 7}, "timeoutS": 1.5, "onError": "continue"}
    node = compiled(workflow({"a": ("constant", {}, fields), "b": "constant"})).nodes["a"]
    assert (node.retry.max_attempts, node.retry.delay_s, node.timeout_s, node.on_error) == (
        7,
        0.5,
        1.5,
        "continue",
    )


def test_lines_of_quick_nodes_are_fused_where_the_workflow_allows_it() -> None:
    nodes = {"a": "constant", "b": "log", "f": ("http.fetch", {"url": "https://x"}), "c": "log", "d": "log"}
    edges = ["a.value > b.value", "b.value > f.query", "f.value > c.value", "c.value > d.value"]
    fused = {key: node.fused_next for key, node in compiled(workflow(nodes, edges, fuse=True)).nodes.items()}
    assert fused == {"a": "b", "b": None, "f": None, "c": "d", "d": None}
    plain = compiled(workflow(nodes, edges)).nodes.values()
    assert {node.fused_next for node in plain} == {None}


def test_only_the_strategy_that_allows_it_is_fused() -> None:
    found = compiled(bot(), s={**STRATEGY, "fuse": True})
    assert {key for key, node in found.nodes.items() if node.fused_next} <= {"s/start", "s/limit", "s/check"}
    line = workflow(
        {"start": "strategy.start", "x": "log", "end": "strategy.result"},
        ["start.capital > x.value", "x.value > end.notes"],
        fuse=True,
    )
    found = compiled(bot(), s=line)
    assert (found.nodes["s/x"].fused_next, found.nodes["s/end"].fused_next) == ("s/end", None)


def test_parameters_are_kept_under_the_names_of_the_wire() -> None:
    node = compiled(
        workflow(
            {
                "a": ("filter", {"expression": "1"}),
                "h": ("http.fetch", {"url": "https://x", "timeout_s": 2}),
                "l": "constant",
            },
            ["l.value > a.items", "h.value > a.values"],
        )
    ).nodes["h"]
    assert node.raw_params == {"url": "https://x", "timeoutS": 2}


def test_all_problems_travel_in_the_error() -> None:
    with pytest.raises(WorkflowInvalid) as caught:
        compiled(workflow({"a": "nope", "b": "compare"}))
    codes = [problem["code"] for problem in caught.value.details["problems"]]
    assert codes == ["unknown_node_type", "missing_input", "orphan"]
    assert "a: unknown node type" in str(caught.value)


def test_the_digest_names_the_expanded_document() -> None:
    first = compiled(bot(), s=STRATEGY)
    changed = json.loads(json.dumps(STRATEGY))
    changed["nodes"][1]["params"]["value"] = 2
    assert compiled(bot(), s=changed).digest != first.digest
    assert compiled(bot(), s=STRATEGY).digest == first.digest


def test_a_worker_compiles_the_expanded_document_to_the_same(repo_root: Path) -> None:
    for path in (repo_root / "examples").glob("*.json"):
        here = compile_workflow(parse(path.read_bytes()), registry(), packaged_workflow)
        there = compile_expanded(json.loads(json.dumps(here.document)), registry())
        assert there == here


def test_a_worker_without_a_node_type_says_so() -> None:
    document = compiled(workflow({"a": "constant"})).document
    from argosy.graph.registry import NodeRegistry

    with pytest.raises(WorkflowInvalid, match="unknown node type 'constant'"):
        compile_expanded(document, NodeRegistry())


@given(dags(max_nodes=40))
@settings(max_examples=50, deadline=None)
def test_what_is_compiled_respects_every_edge(graph: Graph) -> None:
    edges = [f"{before}.value > {name}.values" for name, waits in graph.items() for before in waits]
    found = compiled(workflow(dict.fromkeys(graph, "merge"), edges))
    assert sorted(steps(plan_of(found))) == sorted(graph)
    after: dict[str, set[str]] = {name: set() for name in graph}
    for name in reversed([*topological(found)]):
        for following in found.nodes[name].successors:
            after[name] |= {following} | after[following]
    assert all(name in after[before] for name, waits in ancestors(graph).items() for before in waits)


def topological(workflow: CompiledWorkflow) -> list[str]:
    """Order in which the links start the nodes."""
    waiting = {key: node.indegree for key, node in workflow.nodes.items()}
    order = list(workflow.heads)
    for key in order:
        for following in workflow.nodes[key].successors:
            waiting[following] -= 1
            if not waiting[following]:
                order.append(following)
    return order
