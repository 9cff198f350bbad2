"""The plan against the order it comes from: complete, faithful, and no coarser than it must be."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from support.cpu import least_cpu_s
from support.graphs import Graph, ancestors, dags, has_n, is_module, random_dag, series_parallel

from argosy.graph.plan import (
    MAX_DEPTH,
    GraphLevels,
    Plan,
    Sequence,
    Step,
    describe,
    parts_of,
    plan,
    steps,
    to_json,
)


def implied(tree: Plan) -> dict[str, set[str]]:
    """What each node waits for if the plan alone is followed."""
    before: dict[str, set[str]] = {name: set() for name in steps(tree)}

    def walk(part: Plan) -> None:
        rows = (
            [list(level) for level in part.levels]
            if isinstance(part, GraphLevels)
            else [[inner] for inner in parts_of(part)]
        )
        if isinstance(part, (Sequence, GraphLevels)):
            for earlier, later in itertools.combinations(rows, 2):
                for inner in later:
                    for name in steps(inner):
                        before[name] |= {n for e in earlier for n in steps(e)}
        for row in rows:
            for inner in row:
                walk(inner)

    walk(tree)
    return before


def levelled(tree: Plan) -> list[GraphLevels]:
    own = [tree] if isinstance(tree, GraphLevels) else []
    return own + [found for part in parts_of(tree) for found in levelled(part)]


@given(dags())
@settings(max_examples=150, deadline=None)
def test_every_node_is_in_the_plan_once_and_after_all_its_predecessors(graph: Graph) -> None:
    tree = plan(graph)
    assert sorted(steps(tree)) == sorted(graph)
    waits = implied(tree)
    for name, before in ancestors(graph).items():
        assert before <= waits[name]


@given(series_parallel())
@settings(max_examples=150, deadline=None)
def test_a_series_parallel_graph_waits_for_nothing_but_its_predecessors(graph: Graph) -> None:
    tree = plan(graph)
    assert levelled(tree) == []
    assert implied(tree) == ancestors(graph)


@given(dags(max_nodes=10))
@settings(max_examples=300, deadline=None)
def test_levels_stand_exactly_where_the_order_has_an_n(graph: Graph) -> None:
    before = ancestors(graph)
    assert bool(levelled(plan(graph))) == has_n(before, list(graph))


@given(dags(max_nodes=9))
@settings(max_examples=300, deadline=None)
def test_a_levelled_region_has_no_module_but_those_kept_whole(graph: Graph) -> None:
    before = ancestors(graph)
    for region in levelled(plan(graph)):
        parts = [set(steps(part)) for part in parts_of(region)]
        names = [name for part in parts for name in part]
        assert all(is_module(before, names, part) for part in parts)
        for size in range(2, len(parts)):
            for chosen in itertools.combinations(parts, size):
                assert not is_module(before, names, set().union(*chosen))


def test_the_classic_n_is_two_levels_and_what_follows_waits_once() -> None:
    graph = {"a": [], "b": [], "c": ["a", "b"], "d": ["b"], "e": ["c", "d"]}
    assert plan(graph) == Sequence((GraphLevels(((Step("a"), Step("b")), (Step("c"), Step("d")))), Step("e")))


def test_modules_inside_a_levelled_region_keep_their_own_lines() -> None:
    graph = {"a": [], "a2": ["a"], "b": [], "c": ["a2", "b"], "d": ["b"]}
    (region,) = levelled(plan(graph))
    assert Sequence((Step("a"), Step("a2"))) in parts_of(region)


def test_edges_that_others_imply_change_nothing() -> None:
    reduced = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    assert plan({**reduced, "d": ["a", "b", "c"]}) == plan(reduced)


def test_the_same_graph_gives_the_same_plan() -> None:
    graph = random_dag(60, 0.1, seed=5)
    assert plan(graph) == plan(dict(graph))
    assert to_json(plan(graph)) == to_json(plan(dict(graph)))


def test_text_and_json_show_every_node() -> None:
    tree = plan({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "z": []})
    assert describe(tree) == "\n".join(
        ["parallel", "  sequence", "    a", "    parallel", "      b", "      c", "    d", "  z"]
    )
    assert to_json(tree) == {
        "parallel": [
            {"sequence": [{"step": "a"}, {"parallel": [{"step": "b"}, {"step": "c"}]}, {"step": "d"}]},
            {"step": "z"},
        ]
    }


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"a": ["b"], "b": ["a"]}, "cycle"),
        ({"a": ["x"]}, "'x', which is not in the graph"),
        ({}, "at least one node"),
    ],
)
def test_what_is_no_acyclic_graph_is_refused(graph: Graph, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        plan(graph)


def depth(tree: Plan) -> int:
    return 1 + max((depth(part) for part in parts_of(tree)), default=0)


def test_a_comb_of_two_thousand_nodes_stays_shallow() -> None:
    graph: Graph = {"a0": []}
    for i in range(999):
        graph[f"b{i}"] = [f"a{i}"]
        graph[f"a{i + 1}"] = [f"a{i}"]
    tree = plan(graph)
    assert depth(tree) <= MAX_DEPTH + 2
    waits = implied(tree)
    assert all(set(before) <= waits[name] for name, before in graph.items())


def test_two_thousand_nodes_take_seconds_not_minutes() -> None:
    assert least_cpu_s(lambda: plan(random_dag(2_000, 0.01, seed=1)), 30) < 30
