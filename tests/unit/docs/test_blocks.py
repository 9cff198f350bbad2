"""Every block of the pages that needs no running stack: run, parsed, or validated."""

from __future__ import annotations

import json
import shutil
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from support import pages
from support.pages import ROOT, Block

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import packaged_workflow, registry
from argosy.cli import root as cli
from argosy.core.clock import DrivenClock
from argosy.domains.trading.sandbox.prediction.rulings import Ruling
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.nodes import values
from argosy.graph.registry import NodeRegistry
from argosy.graph.validation import validate
from argosy.infrastructure.config import Settings
from argosy.infrastructure.servers import Endpoints
from argosy.infrastructure.supervisor.table import process_table
from argosy.venuekit.sandbox.faults import Fault

KNOWN = {"", "text", "sh", "console", "python", "json", "toml"}


def named(found: list[Block]) -> list[object]:
    return [pytest.param(block, id=str(block)) for block in found]


def workflows(page: Path) -> dict[str, WorkflowDocument]:
    """The workflow documents of a page, by id."""
    found = (json.loads(block.text) for block in pages.blocks("json") if block.page == page)
    return {raw["id"]: parse(raw) for raw in found if "nodes" in raw}


def test_every_language_is_one_that_is_tested() -> None:
    assert {block.language for block in pages.blocks()} <= KNOWN


@pytest.mark.parametrize(
    "block", named([b for b in pages.shell_blocks() if not b.needs_stack and not b.lasting])
)
def test_commands(block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    for name, document in workflows(block.page).items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document.to_json(), default=str))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))
    for command in block.commands:
        program, *arguments = pages.argv(command)
        assert program in {"argosy", "make"}, f"{command}: say here how it is tested"
        if program == "argosy":  # targets of make are held by test_pages
            assert cli.run(arguments) == 0, command


def test_a_replay_of_the_example_trades(capsys: pytest.CaptureFixture[str]) -> None:
    """The README promises a run with something to see."""
    recording = str(ROOT / "examples" / "btc_15m_quotes.csv")
    assert cli.run(["workflow", "run", "btc_15m_pair_arbitrage", "--replay", recording, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["opportunities"]["taken"] > 0
    assert len(report["fills"]) >= 2


@pytest.mark.parametrize("block", named(pages.blocks("json")))
def test_json(block: Block) -> None:
    raw = json.loads(block.text)
    if "nodes" not in raw:
        (Fault if "endpoint" in raw else Ruling).model_validate(raw)
        return
    beside = workflows(block.page)
    problems = validate(raw, registry(), lambda name: beside.get(name) or packaged_workflow(name))
    # A page on plug-ins names a venue that only the reader's own package brings.
    assert [problem for problem in problems if problem.code != "unknown_venue"] == []


@pytest.mark.parametrize("page", sorted({block.page for block in pages.blocks("python")}))
def test_python(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page are one module; a node that it declares is one."""
    module = ModuleType("page_of_the_documentation")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    written = [block for block in pages.blocks("python") if block.page == page]
    for block in written:
        exec(compile("\n" * (block.line - 1) + block.text, str(page), "exec"), module.__dict__)
    declares = any("@node(" in block.text for block in written)
    assert not declares or any(hasattr(value, "__argosy_node__") for value in vars(module).values())
    if page.name == "sandbox.md":  # somebody else's client: none of its addresses is a live one
        places = [place for place in module.__dict__["venue"].urls["api"].values() if isinstance(place, str)]
        assert {place.partition("/binance")[0] for place in places} == {"http://127.0.0.1:8710"}


def test_the_node_of_the_readme_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("node_of_the_readme")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    code = next(block for block in pages.blocks("python") if block.page == ROOT / "README.md").text
    exec(compile(code, "README.md", "exec"), module.__dict__)
    types = NodeRegistry()
    types.add_module(values)
    types.add_module(module)
    document = parse(
        {
            "id": "readme",
            "name": "README",
            "kind": "strategy",
            "schema": 1,
            "nodes": [
                {"id": "bid", "type": "constant", "params": {"value": "0.44"}},
                {"id": "ask", "type": "constant", "params": {"value": "0.46"}},
                {"id": "spread", "type": "example.spread"},
            ],
            "edges": [
                {"source": "bid", "sourceHandle": "value", "target": "spread", "targetHandle": "bid"},
                {"source": "ask", "sourceHandle": "value", "target": "spread", "targetHandle": "ask"},
            ],
        }
    )
    compiled = compile_workflow(document, types, lambda name: document)
    run = LocalRunner(compiled, clock=DrivenClock(datetime(2026, 1, 1, tzinfo=UTC))).run()
    assert run.nodes["spread"].outputs == b'{"spread":"0.02"}'


@pytest.mark.parametrize("block", named(pages.blocks("toml")))
def test_toml(block: Block) -> None:
    raw = tomllib.loads(block.text)
    if "project" not in raw:
        Settings.model_validate(raw)


def test_the_processes_of_the_guide_are_those_of_the_supervisor(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    table = process_table(settings, Endpoints("redis://127.0.0.1/0", "postgresql+psycopg://127.0.0.1/argosy"))
    for spec in table:
        if spec.name.startswith("worker-"):
            assert spec.env["REMAP_SIGTERM"] == "SIGQUIT"
    (block,) = (b for b in pages.shell_blocks() if b.page.name == "many-machines.md" and b.lasting)
    started = {_essence(spec.argv) for spec in table if spec.name != "sandbox"}
    assert {_essence(pages.argv(command)) for command in block.commands} == started
    assert all(("REMAP_SIGTERM" in pages.words(c)[0]) == (" worker " in c) for c in block.commands)


def _essence(arguments: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Without what differs by place: the interpreter, names, ports and files."""
    kept = list(arguments)
    if kept[0] == sys.executable or kept[0] == "python":
        kept = kept[kept.index("-m") + 1 :] if "-m" in kept[:3] else kept[1:]
    for option in ("-n", "--schedule"):
        if option in kept:
            at = kept.index(option)
            del kept[at : at + 2]
    return tuple(word for word in kept if not word.startswith(("--port=", "--db=")))
