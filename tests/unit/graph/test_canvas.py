"""The canvas of a plan, and the links that the engine reads off it."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from typing import Any

from celery.canvas import Signature, chord, group
from hypothesis import given, settings
from hypothesis import strategies as st
from support.graphs import Graph, ancestors, dags, random_dag, series_parallel

from argosy.graph.canvas import canvas, form, key_of
from argosy.graph.links import Links, links
from argosy.graph.plan import plan

RUN = "btc-15m-1763891212345-9f2c"


def made(graph: Graph) -> Signature:
    return canvas(plan(graph), RUN, dict.fromkeys(graph, "argosy.quick"))


def leaves(signature: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kind, parts = form(signature)
    return [signature] if kind == "task" else [leaf for part in parts for leaf in leaves(part)]


def forms(signature: Mapping[str, Any]) -> list[str]:
    kind, parts = form(signature)
    return [kind, *(name for part in parts for name in forms(part))]


def simulate(found: Links, order: random.Random) -> list[str]:
    """Runs nodes as they become ready, in any order."""
    waiting = dict(found.indegree)
    ready = list(found.heads)
    done = []
    while ready:
        name = ready.pop(order.randrange(len(ready)))
        done.append(name)
        for following in found.successors[name]:
            waiting[following] -= 1
            if not waiting[following]:
                ready.append(following)
    return done


@given(dags(), st.integers())
@settings(max_examples=150, deadline=None)
def test_links_run_every_node_once_after_all_its_predecessors(graph: Graph, seed: int) -> None:
    found = links(made(graph))
    done = simulate(found, random.Random(seed))
    assert sorted(done) == sorted(graph)
    at = {name: i for i, name in enumerate(done)}
    assert all(at[b] < at[name] for name, before in ancestors(graph).items() for b in before)
    assert sorted(n for n, count in found.indegree.items() if not count) == sorted(found.heads)


@given(dags())
@settings(max_examples=100, deadline=None)
def test_every_node_is_one_tiny_immutable_signature(graph: Graph) -> None:
    found = leaves(made(graph))
    assert sorted(key_of(leaf) for leaf in found) == sorted(graph)
    for leaf in found:
        assert leaf["task"] == "argosy.node"
        assert leaf["args"] == (RUN, key_of(leaf))
        assert leaf["immutable"] is True
        assert leaf["options"]["queue"] == "argosy.quick"
        assert len(json.dumps(leaf)) < 300


@given(series_parallel())
@settings(max_examples=100, deadline=None)
def test_a_join_of_tasks_is_a_chord_whose_body_is_the_join(graph: Graph) -> None:
    def walk(signature: Mapping[str, Any]) -> None:
        kind, parts = form(signature)
        if kind == "chord":
            assert form(parts[-1])[0] == "task"
        if kind == "chain":
            assert len(parts) > 1
            assert all(form(part)[0] != "chain" for part in parts)
        for part in parts:
            walk(part)

    walk(made(graph))


def test_the_forms_of_the_usual_shapes() -> None:
    line = {"a": [], "b": ["a"], "c": ["b"]}
    diamond = {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}
    fan = {"a": [], "b": ["a"], "c": ["a"]}
    assert forms(made(line)) == ["chain", "task", "task", "task"]
    assert forms(made(diamond)) == ["chain", "task", "chord", "task", "task", "task"]
    assert forms(made(fan)) == ["chain", "task", "group", "task", "task"]
    assert forms(made({"a": []})) == ["task"]
    assert forms(made({"a": [], "b": []})) == ["group", "task", "task"]


def test_only_what_a_join_counts_keeps_its_result() -> None:
    graph = {"a": [], "b": ["a"], "c": ["b"], "d": ["a"], "e": ["c", "d"], "f": ["e"], "g": ["e"]}
    kept = {key_of(leaf) for leaf in leaves(made(graph)) if not leaf["options"]["ignore_result"]}
    assert kept == {"b", "c", "d"}


def test_links_of_a_diamond() -> None:
    found = links(made({"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]}))
    assert found.successors == {"a": ("b", "c"), "b": ("d",), "c": ("d",), "d": ()}
    assert found.indegree == {"a": 0, "b": 1, "c": 1, "d": 2}
    assert found.heads == ("a",)


def test_links_of_canvases_written_by_hand() -> None:
    def task(key: str) -> Signature:
        return Signature("argosy.node", args=(RUN, key), immutable=True)

    written = chord(group(task("a") | task("b"), task("c")), body=task("d") | group(task("e"), task("f")))
    found = links(written)
    assert found.heads == ("a", "c")
    assert found.successors == {
        "a": ("b",),
        "b": ("d",),
        "c": ("d",),
        "d": ("e", "f"),
        "e": (),
        "f": (),
    }


def test_queues_follow_the_nodes() -> None:
    built = canvas(plan({"a": [], "b": ["a"]}), RUN, {"a": "argosy.io", "b": "argosy.quick"})
    assert [leaf["options"]["queue"] for leaf in leaves(built)] == ["argosy.io", "argosy.quick"]


def test_the_canvas_grows_with_its_nodes_and_not_faster() -> None:
    sizes = {
        count: len(json.dumps(made({f"n{i}": [f"n{i - 1}"] if i else [] for i in range(count)})))
        for count in (20, 200)
    }
    assert sizes[200] / sizes[20] < 11


def test_a_large_canvas_is_built_and_walked_without_deep_recursion() -> None:
    found = links(made(random_dag(1_000, 0.02, seed=3)))
    assert len(found.successors) == 1_000
