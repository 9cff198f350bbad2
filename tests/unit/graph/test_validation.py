"""Every problem at once, each with its place and its remedy; and no input that makes validation fail."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.workflows import REGISTRY, edge, found_in, workflow

from argosy.bootstrap.types import packaged_workflow, registry
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.problem import Problem, errors
from argosy.graph.validation import validate

STRATEGY = workflow(
    {"start": ("strategy.start", {"capital": "9"}), "end": "strategy.result"}, ["start.capital > end.pnl"]
)


def check(raw: Any, **strategies: Any) -> list[Problem]:
    return validate(raw, REGISTRY, found_in(strategies))


def codes(problems: list[Problem]) -> list[str]:
    return [problem.code for problem in problems]


def one(raw: Any, **strategies: Any) -> Problem:
    problems = check(raw, **strategies)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_sound_document_has_no_problem() -> None:
    sound = workflow(
        {"a": ("constant", {"value": 3}), "b": ("threshold", {"threshold": 2}), "c": "log", "d": "merge"},
        ["a.value > b.value", "b.high > c.value", "c.value > d.values", "b.low > d.values"],
    )
    assert check(sound) == []
    assert validate(json.dumps(sound), REGISTRY) == []
    assert validate(parse(sound), REGISTRY) == []


def test_all_problems_come_at_once() -> None:
    raw = workflow(
        {
            "a": "constnat",
            "b": ("threshold", {"treshold": 1}),
            "b2": ("filter", {"expression": "1", "limit": 0}),
            "c": "compare",
            "lonely": "constant",
        },
        [
            "a.value > b.value",
            "b.hihg > c.left",
            "b.high > c.lefft",
            "b.high > nowhere.x",
            "c.result > b.payload",
        ],
    )
    raw["nodes"].append({"id": "bad id", "type": "log"})
    found = check(raw)
    assert sorted(codes(found)) == sorted(
        [
            "bad_id",
            "unknown_node_type",
            "unknown_parameter",
            "parameter_out_of_range",
            "missing_input",
            "unknown_handle",
            "unknown_handle",
            "missing_node",
            "cycle",
            "orphan",
        ]
    )
    assert all(problem.remedy for problem in found if problem.code != "parameter_out_of_range")
    assert [p.severity for p in found] == ["error"] * (len(found) - 1) + ["warning"]


def test_near_names_are_offered() -> None:
    raw = workflow({"a": ("threshold", {"treshold": 1}), "b": "constnat"}, ["b.value > a.valeu"])
    remedies = {problem.code: problem.remedy for problem in check(raw)}
    assert "constant" in remedies["unknown_node_type"]
    assert "threshold" in remedies["unknown_parameter"]
    assert "value" in remedies["unknown_handle"]


def test_a_cycle_is_named_and_so_is_the_next() -> None:
    nodes = dict.fromkeys("abcde", "log")
    raw = workflow(nodes, ["a.value > b.value", "b.value > c.value", "c.value > a.value"])
    raw["edges"] += [edge("d.value > e.value"), edge("e.value > d.value")]
    messages = [problem.message for problem in check(raw) if problem.code == "cycle"]
    assert len(messages) == 2
    assert any(text in messages[0] for text in ("a → b → c → a", "b → c → a → b", "c → a → b → c"))
    assert any(text in messages[1] for text in ("d → e → d", "e → d → e"))


def test_an_edge_to_itself_is_not_called_a_cycle() -> None:
    assert codes(check(workflow({"a": "log"}, ["a.value > a.value"]))) == ["self_edge"]


def test_two_edges_into_a_single_value_port() -> None:
    raw = workflow({"a": "constant", "b": "constant", "c": "log"}, ["a.value > c.value", "b.value > c.value"])
    problem = one(raw)
    assert (problem.code, problem.node_id) == ("too_many_edges", "c")
    assert "merge" in problem.remedy


def test_port_types_that_do_not_fit() -> None:
    raw = workflow({"a": "bot.portfolio", "b": "bot.notify"}, ["a.portfolio > b.summary"], kind="bot")
    problem = one(raw)
    assert problem.code == "type_mismatch"
    assert "takes RunTotals" in problem.message
    assert "gives Portfolio" in problem.message
    assert problem.edge == 0


def test_numbers_flow_into_numbers_and_anything_into_any() -> None:
    raw = workflow(
        {"a": ("constant", {"value": 1}), "b": "aggregate", "c": "threshold", "d": "log"},
        ["a.value > b.values", "b.count > c.value", "c.high > d.value"],
    )
    assert check(raw) == []


def test_an_edge_that_names_no_output_may_only_lead_to_when() -> None:
    good = workflow({"a": "constant", "b": "merge"}, ["a > b.when"])
    bad = workflow({"a": "constant", "b": "log"}, ["a > b.value"])
    assert check(good) == []
    assert codes(check(bad)) == ["missing_handle"]


def test_the_same_edge_twice() -> None:
    raw = workflow({"a": "constant", "b": "merge"}, ["a.value > b.values", "a.value > b.values"])
    problem = one(raw)
    assert (problem.code, problem.edge) == ("duplicate_edge", 1)


def test_ids_that_come_twice() -> None:
    raw = workflow({"a": "constant", "b": "log"}, ["a.value > b.value"])
    raw["nodes"].append({"id": "a", "type": "constant"})
    assert codes(check(raw)) == ["duplicate_id"]


def test_a_node_that_needs_two_branches_of_one_condition_never_runs() -> None:
    raw = workflow(
        {"a": ("constant", {"value": 1}), "b": "branch", "c": "compare", "d": "log"},
        ["a.value > b.condition", "b.true > c.left", "b.false > c.when", "c.result > d.value"],
    )
    problem = one(raw)
    assert (problem.code, problem.node_id) == ("unreachable", "c")
    assert "'false'" in problem.message
    assert "'true'" in problem.message


def test_branches_that_meet_in_a_many_port_or_in_when_are_reachable() -> None:
    raw = workflow(
        {"a": ("constant", {"value": 1}), "b": "branch", "c": "merge", "d": "merge"},
        [
            "a.value > b.condition",
            "b.true > c.values",
            "b.false > c.values",
            "b.true > d.when",
            "b.false > d.when",
        ],
    )
    assert check(raw) == []


def test_a_branch_into_an_optional_input_is_warned_about() -> None:
    nodes = {"a": ("constant", {"value": 1}), "b": "branch", "g": "gate.human"}
    problem = one(workflow(nodes, ["a.value > b.condition", "b.true > g.payload"]))
    assert (problem.code, problem.severity, problem.node_id) == ("runs_anyway", "warning", "g")
    assert check(workflow(nodes, ["a.value > b.condition", "b.true > g.payload", "b.true > g.when"])) == []


@pytest.mark.parametrize(
    ("retry", "names"),
    [
        ({"maxAttempts": 0}, ["maxAttempts"]),
        ({"delayS": -1, "factor": 0.5, "maxDelayS": 1e9}, ["delayS", "factor", "maxDelayS"]),
        ({"maxAttempts": 5, "delayS": 0}, []),
    ],
)
def test_retry_policies_have_ranges(retry: dict[str, Any], names: list[str]) -> None:
    found = check(workflow({"a": ("constant", {}, {"retry": retry})}))
    assert [problem.message.split(":")[0].removeprefix("retry.") for problem in found] == names


@pytest.mark.parametrize(
    ("expression", "word"),
    [("1 +", "not an expression"), ("a.b", "Attribute"), ("open('x')", "only these functions")],
)
def test_an_expression_is_refused_before_it_runs(expression: str, word: str) -> None:
    problem = one(workflow({"a": ("expression", {"expression": expression})}))
    assert problem.code == "parameter_invalid"
    assert word in problem.message


# --- bots and their strategies ----------------------------------------------------------------------------


def bot(**params: Any) -> dict[str, Any]:
    nodes = {"tick": "bot.schedule", "s": ("strategy", {"strategy": "s", **params}), "sum": "bot.aggregate"}
    return workflow(nodes, ["tick > s.when", "s.result > sum.results"], kind="bot")


def test_a_sound_bot() -> None:
    assert check(bot(), s=STRATEGY) == []


def test_an_unknown_strategy() -> None:
    problem = one(bot())
    assert (problem.code, problem.node_id) == ("unknown_strategy", "s")


def test_without_a_way_to_find_strategies_they_are_not_looked_into() -> None:
    assert validate(bot(), REGISTRY) == []


def test_problems_inside_a_strategy_name_instance_and_node() -> None:
    broken = workflow(
        {"start": ("strategy.start", {"capital": "9"}), "end": "strategy.result", "c": "compare"},
        ["start.capital > c.right", "c.difference > end.pnl"],
    )
    problem = one(bot(), s=broken)
    assert (problem.code, problem.node_id) == ("missing_input", "s/c")


def test_weights_may_not_exceed_the_capital() -> None:
    nodes = {n: ("strategy", {"strategy": "s", "weight": w}) for n, w in (("x", "0.6"), ("y", "0.41"))}
    problem = one(workflow(nodes, ["x > y.when"], kind="bot"), s=STRATEGY)
    assert problem.code == "weights_exceed_capital"
    nodes["y"] = ("strategy", {"strategy": "s", "weight": "0.41", "enabled": False})
    found = check(workflow(nodes, ["y > x.when"], kind="bot"), s=STRATEGY)
    assert codes(found) == ["nothing_runs", "left_out", "left_out"]


@pytest.mark.parametrize(
    "inner",
    [
        workflow({"x": ("strategy", {"strategy": "s"})}, kind="bot"),
        workflow({"x": ("strategy", {"strategy": "s"})}),
    ],
)
def test_strategies_do_not_nest(inner: dict[str, Any]) -> None:
    assert codes(check(bot(), s=inner)) == ["strategy_recursion"]


def test_overrides_name_nodes_and_fit_their_parameters() -> None:
    unknown = check(bot(configOverrides={"strat": {"capital": 1}}), s=STRATEGY)
    assert codes(unknown) == ["unknown_override"]
    assert "start" in unknown[0].remedy
    wrong = check(bot(configOverrides={"start": {"capital": -1}}), s=STRATEGY)
    assert [(p.code, p.node_id) for p in wrong] == [("parameter_out_of_range", "s/start")]


def test_a_strategy_needs_the_ends_that_the_bot_joins() -> None:
    found = check(bot(), s=workflow({"a": "constant"}))
    assert codes(found) == ["strategy_incomplete", "strategy_incomplete"]


def test_only_the_bot_feeds_the_start() -> None:
    raw = workflow({"a": "constant", "start": "strategy.start"}, ["a > start.when"])
    assert codes(check(raw)) == ["start_comes_first"]


def test_nodes_in_the_wrong_kind_of_workflow() -> None:
    assert codes(
        check(workflow({"a": "strategy.start", "b": "bot.schedule"}, ["b > a.when"], kind="bot"))
    ) == ["misplaced_node"]
    assert codes(check(workflow({"a": ("strategy", {"strategy": "s"})}), s=STRATEGY)) == ["misplaced_node"]
    assert codes(check(workflow({"a": "map.item"}))) == ["misplaced_node"]


def test_the_workflow_of_a_map_is_sound_alone_but_does_not_run_alone() -> None:
    inner = workflow({"i": "map.item", "r": "map.result"}, ["i.item > r.value"])
    assert validate(inner, registry(), to_run=False) == []
    assert codes(validate(inner, registry())) == ["misplaced_node", "misplaced_node"]
    wrong = workflow({"i": "map.item", "s": "strategy.start", "r": "map.result"}, ["i.item > r.value"])
    assert codes(validate(wrong, registry(), to_run=False)) == ["misplaced_node", "orphan"]


def test_a_map_takes_pure_quick_nodes_only() -> None:
    inner = workflow(
        {"i": "map.item", "f": ("http.fetch", {"url": "https://x"}), "r": "map.result"},
        ["i.item > f.query", "f.value > r.value"],
    )
    raw = workflow(
        {"l": ("constant", {"value": []}), "m": ("map", {"workflow": "inner"})}, ["l.value > m.items"]
    )
    assert [(p.code, p.node_id) for p in check(raw, inner=inner)] == [("misplaced_node", "m/f")]
    empty = workflow({"c": "constant"})
    assert codes(check(raw, inner=empty)) == ["map_workflow_invalid", "map_workflow_invalid"]


# --- anything at all --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        None,
        1,
        [],
        "",
        "{",
        b"\xff",
        {},
        {"nodes": 1},
        {"nodes": [1], "edges": [None]},
        {"nodes": []},
        float("nan"),
    ],
)
def test_what_is_no_document_is_said_to_be_none(raw: Any) -> None:
    assert errors(validate(raw, REGISTRY))


def test_a_document_that_is_too_large_is_one_problem() -> None:
    raw = workflow({f"n{i}": "constant" for i in range(2_001)})
    assert codes(check(raw)) == ["too_many_nodes"]


def test_two_thousand_nodes_with_dense_edges_are_checked() -> None:
    raw = workflow({f"n{i}": "merge" for i in range(2_000)})
    raw["edges"] = [
        edge(f"n{i}.value > n{j}.values") for i in range(2_000) for j in range(i + 1, min(i + 10, 2_000))
    ]
    assert check(raw) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=15,
)


@given(JSON)
@settings(max_examples=500, deadline=None)
def test_no_value_makes_validation_fail(raw: Any) -> None:
    assert errors(validate(raw, REGISTRY))


@given(JSON, JSON, JSON)
@settings(max_examples=500, deadline=None)
def test_nodes_and_edges_of_any_shape(nodes: Any, edges: Any, params: Any) -> None:
    raw = {**workflow({}), "nodes": [{"id": "a", "type": "map", "params": params}, nodes], "edges": [edges]}
    validate(raw, REGISTRY, found_in({}))
    validate({**workflow({}, kind="bot"), "nodes": nodes, "edges": edges}, REGISTRY, found_in({}))


def mutated(raw: Any, source: random.Random) -> Any:
    """The document with one thing in it replaced, removed or doubled."""
    copied = orjson.loads(orjson.dumps(raw))
    at = copied
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        key = source.choice(keys)
        if isinstance(at[key], (dict, list)) and at[key] and source.random() < 0.8:
            at = at[key]
            continue
        action = source.randrange(4)
        if action == 0:
            del at[key]
        elif action == 1 and isinstance(at, list):
            at.append(copy.deepcopy(at[key]))
        elif action == 2:
            at[key] = source.choice(
                [None, 0, -1, "", "start", "when", "value", [], {}, 1e308, True, "strategy"]
            )
        else:
            others = list(at) if isinstance(at, dict) else list(range(len(at)))
            at[key] = copy.deepcopy(at[source.choice(others)])
        return copied


def test_ten_thousand_broken_documents(repo_root: Path) -> None:
    """Documents that people could write: real ones with a few things changed."""
    inner = workflow({"i": "map.item", "r": "map.result"}, ["i.item > r.value"])
    seeds = [
        bot(weight="0.5", configOverrides={"start": {"capital": 5}}),
        STRATEGY,
        workflow(
            {
                "l": "constant",
                "m": ("map", {"workflow": inner}),
                "b": "branch",
                "e": ("expression", {"expression": "a"}),
            },
            ["l.value > m.items", "m.count > b.condition", "b.true > e.a"],
        ),
        *(json.loads(path.read_text()) for path in (repo_root / "examples").glob("*.json")),
    ]
    source = random.Random(11)
    strategy = parse(STRATEGY)

    def resolve(name: str) -> WorkflowDocument:
        return strategy if name == "s" else packaged_workflow(name)

    broken = 0
    for _ in range(10_000):
        raw = source.choice(seeds)
        for _ in range(source.randint(1, 4)):
            raw = mutated(raw, source) if raw else raw
        found = validate(raw, registry(), resolve)
        broken += bool(errors(found))
        if not errors(found):
            compile_workflow(parse(raw), registry(), resolve)
    assert broken > 5_000


@pytest.mark.parametrize(
    ("start", "edges", "expected"),
    [
        ({}, [], {"missing_capital"}),
        ({"capital": "10"}, [], set()),
        ({}, ["money.value > a.capital"], set()),
    ],
)
def test_a_strategy_that_uses_capital_says_or_gets_some(
    start: dict[str, Any], edges: list[str], expected: set[str]
) -> None:
    strategy = workflow(
        {"start": ("strategy.start", start), "end": "strategy.result"}, ["start.capital > end.notes"]
    )
    raw = workflow(
        {"money": ("constant", {"value": "5"}), "a": ("strategy", {"strategy": "s"}), "sum": "bot.aggregate"},
        ["money > a.when", "a.result > sum.results", *edges],
        kind="bot",
    )
    assert {problem.code for problem in check(raw, s=strategy)} == expected


def test_a_gate_that_nobody_gives_a_portfolio_is_warned_of() -> None:
    raw = workflow({"gate": "bot.risk_gate"}, kind="bot")
    found = [p for p in check(raw) if p.code == "gate_without_portfolio"]
    assert [(p.severity, p.node_id) for p in found] == [("warning", "gate")]
