"""The packaged strategies and the bot: valid, complete, and the very documents in `examples/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.bootstrap.types import packaged_workflow, packaged_workflows, registry
from argosy.domains.trading.register import PACKAGE
from argosy.graph.compile import compile_workflow
from argosy.graph.document import parse
from argosy.graph.validation import validate

NAMES = ("btc_15m_pair_arbitrage", "btc_15m_fair_value", "btc_15m_bot", "spot_mean", "spot_mean_bot")


def test_they_are_found() -> None:
    assert set(NAMES) <= set(PACKAGE.workflows()) <= set(packaged_workflows())


@pytest.mark.parametrize("name", NAMES)
def test_they_have_no_problem(name: str) -> None:
    document = packaged_workflow(name)
    assert validate(document.to_json(), registry(), packaged_workflow) == []
    assert compile_workflow(document, registry(), packaged_workflow).nodes


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_are_copies_of_what_is_packaged(name: str, repo_root: Path) -> None:
    example = (repo_root / "examples" / f"{name}.json").read_bytes()
    packaged = repo_root / "platform/argosy/domains/trading/strategies" / f"{name}.json"
    assert example == packaged.read_bytes()
    assert parse(example).id == name


@pytest.mark.parametrize("name", NAMES)
def test_no_two_nodes_are_drawn_on_one_another(name: str) -> None:
    places = [(node.position.x, node.position.y) for node in packaged_workflow(name).nodes]
    assert all(
        abs(a[0] - b[0]) >= 200 or abs(a[1] - b[1]) >= 60
        for i, a in enumerate(places)
        for b in places[i + 1 :]
    )


def test_the_first_bot_runs_the_packaged_bot() -> None:
    (bot,) = PACKAGE.bots
    document = packaged_workflow(bot.workflow_id)
    strategies = [node for node in document.nodes if node.type == "strategy"]
    assert len(strategies) == 2
    assert sum(float(node.params["weight"]) for node in strategies) == pytest.approx(1)
    sources = {node.params["venue"] for node in document.nodes if node.type == "trading.reference_price"}
    assert len(sources) == 2
