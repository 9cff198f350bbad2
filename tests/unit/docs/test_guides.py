"""Every code block of the guides on nodes and strategies does what the guide says."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from argosy.bootstrap.types import registry
from argosy.cli import root as cli
from argosy.errors import NotFound
from argosy.graph.compile import compile_workflow
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.validation import validate


def blocks(repo_root: Path, guide: str, language: str) -> list[str]:
    text = (repo_root / "docs" / "guides" / guide).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def test_the_node_of_the_guide_runs_and_registers(repo_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("guide_of_nodes")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    written = blocks(repo_root, "write-a-node.md", "python")
    assert len(written) == 3
    for code in written:
        exec(compile(code, "write-a-node.md", "exec"), module.__dict__)
    found: Any = module.__dict__["DOMAIN"]
    fresh = type(registry())()
    assert fresh.add_module(found.node_modules[0]) == 1
    assert fresh.get("example.spread").params_model.__name__ == "SpreadParams"


def test_the_entry_point_of_the_guide_is_the_one_that_is_read(repo_root: Path) -> None:
    from argosy.bootstrap.types import PLUGINS

    (written,) = blocks(repo_root, "write-a-node.md", "toml")
    assert list(tomllib.loads(written)["project"]["entry-points"]) == [PLUGINS]


def test_the_strategy_and_the_bot_of_the_guide_are_sound(repo_root: Path) -> None:
    strategy, bot = (parse(text) for text in blocks(repo_root, "write-a-strategy.md", "json"))

    def resolve(name: str) -> WorkflowDocument:
        if name != strategy.id:
            raise NotFound(f"no strategy {name}")
        return strategy

    assert validate(strategy, registry()) == []
    assert validate(bot, registry(), resolve) == []
    found = compile_workflow(bot, registry(), resolve)
    assert found.nodes["deep_dip/below"].raw_params["variables"] == {"limit": 40000}


def test_the_commands_of_the_guide(repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    strategy, _ = blocks(repo_root, "write-a-strategy.md", "json")
    (tmp_path / f"{json.loads(strategy)['id']}.json").write_text(strategy)
    commands, _ = blocks(repo_root, "write-a-strategy.md", "sh")
    for command in commands.strip().splitlines():
        assert cli.run(command.split()[1:]) == 0, command
