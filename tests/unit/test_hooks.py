"""Small files for contributors: hooks of pre-commit, settings of editors, facts of the package."""

from __future__ import annotations

import configparser
import shlex
import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture(scope="module")
def hooks(repo_root: Path) -> dict[str, dict[str, Any]]:
    document = yaml.safe_load((repo_root / ".pre-commit-config.yaml").read_text())
    assert [repo["repo"] for repo in document["repos"]] == ["local"]
    return {hook["id"]: hook for hook in document["repos"][0]["hooks"]}


def run(hook: dict[str, Any], root: Path, *files: Path) -> subprocess.CompletedProcess[str]:
    command = [*shlex.split(hook["entry"]), *map(str, files)]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


def test_hooks_use_the_tools_of_the_project(hooks: dict[str, dict[str, Any]], repo_root: Path) -> None:
    assert {hook["language"] for hook in hooks.values()} == {"system"}
    ignored = (repo_root / ".gitignore").read_text().split()
    assert ".venv/" in ignored, "the hooks' tools are part of no commit"
    scripts = (repo_root / "dashboard" / "web" / "package.json").read_text()
    assert '"lint":' in scripts
    assert "--prefix dashboard/web run --silent lint" in hooks["web-lint"]["entry"]


def test_the_linter_refuses_what_check_refuses(
    hooks: dict[str, dict[str, Any]], repo_root: Path, tmp_path: Path
) -> None:
    wrong, right = tmp_path / "wrong.py", tmp_path / "right.py"
    wrong.write_text("import os\n")
    right.write_text('"""Nothing."""\n')
    configured = {**hooks["ruff-check"]}
    configured["entry"] += f" --config {repo_root / 'pyproject.toml'}"
    assert run(configured, repo_root, wrong).returncode == 1
    done = run(configured, repo_root, right)
    assert done.returncode == 0, done.stdout


def test_the_formatter_changes_the_file(
    hooks: dict[str, dict[str, Any]], repo_root: Path, tmp_path: Path
) -> None:
    file = tmp_path / "loose.py"
    file.write_text("a = { 'b':1 }\n")
    assert run(hooks["ruff-format"], repo_root, file).returncode == 0
    assert file.read_text() == 'a = {"b": 1}\n'


def test_editors_and_formatters_agree(repo_root: Path) -> None:
    parser = configparser.ConfigParser()
    parser.read_string("[top]\n" + (repo_root / ".editorconfig").read_text())
    ruff = tomllib.loads((repo_root / "pyproject.toml").read_text())["tool"]["ruff"]
    assert parser["*.{py,mako}"].getint("max_line_length") == ruff["line-length"]
    assert parser["*.{py,mako}"].getint("indent_size") == 4
    assert parser["Makefile"]["indent_style"] == "tab"


def test_tracked_text_ends_with_one_newline(repo_root: Path) -> None:
    names = subprocess.run(
        ["git", "ls-files"], cwd=repo_root, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    texts = [name for name in names if any(fnmatch(name, f"*.{kind}") for kind in ("py", "md", "toml"))]
    if not texts:
        pytest.skip("not a git repository")
    bad = [name for name in texts if (text := (repo_root / name).read_text()) and not text.endswith("\n")]
    assert bad == []


def test_classifiers_say_what_the_project_says(repo_root: Path) -> None:
    project = tomllib.loads((repo_root / "pyproject.toml").read_text())["project"]
    lowest = project["requires-python"].removeprefix(">=")
    assert f"Programming Language :: Python :: {lowest}" in project["classifiers"]
    assert "Typing :: Typed" in project["classifiers"]
    assert (repo_root / "platform" / "argosy" / "py.typed").exists()
    # The licence is an expression; a classifier beside it is an error for package indexes.
    assert not any(each.startswith("License ::") for each in project["classifiers"])
