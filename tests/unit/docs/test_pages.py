"""What the pages say is there is there: links, pictures, commands, targets, modules, tables."""

from __future__ import annotations

import os
import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
from support import pages
from support.pages import ROOT

from argosy.infrastructure.storage.models import Base

PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in pages.pages()]
HIDDEN = {"prepare", "reference"}
OWN_FOLDERS = ("tests/", "docs/", "examples/", "dashboard/", "workers/", "benchmarks/")
NOT_IN_GIT = {"benchmarks/results"}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: Path) -> None:
    for picture, target in pages.links(page):
        if picture or target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{target} does not exist"
        assert found.is_relative_to(ROOT), f"{target} leads out of the repository"
        assert not anchor or anchor in pages.headings(found), f"{target}: no such heading"


def test_every_picture_is_there() -> None:
    found = [(page, target) for page in pages.pages() for picture, target in pages.links(page) if picture]
    assert found, "the README has a picture"
    for page, target in found:
        file = page.parent / target
        assert file.is_file(), f"{target} is missing"
        assert file.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n", f"{target} is no PNG"


@pytest.mark.parametrize("page", PAGES)
def test_no_path_of_somebodys_machine(page: Path) -> None:
    assert re.findall(r"(?<![\w.])/(?:root|home|work|tmp|Users)/\S*", page.read_text()) == []


def test_every_page_can_be_found_from_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve() for _, target in pages.links(index)}
    missing = [page for page in (ROOT / "docs").rglob("*.md") if page not in linked and page != index]
    assert missing == [], "add them to docs/README.md"


def test_commands_stand_in_blocks_that_are_run() -> None:
    started = re.compile(r"^\s*\$?\s*(?:argosy|make|celery|python) ", re.MULTILINE)
    for block in pages.blocks():
        if block.language not in pages.SHELL and "reference" not in block.page.parts:
            assert not started.search(block.text), f"{block}: mark it as sh, so that a test runs it"


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_the_text_exist(page: Path) -> None:
    reference = (ROOT / "docs" / "reference" / "cli.md").read_text()
    sections = dict(
        re.findall(r"^#+ argosy (.+?)\n(.*?)(?=^#|\Z)", reference, flags=re.MULTILINE | re.DOTALL)
    )
    for code in pages.inline(page):
        if not code.startswith("argosy "):
            continue
        _, *words = code.split()
        if words[0].startswith("-") or words[0] in HIDDEN:
            continue
        name = " ".join(words[:2]) if " ".join(words[:2]) in sections else words[0]
        assert name in sections, f"`{code}`: there is no such command"
        for option in re.findall(r"(?<=\s)--[a-z-]+", code):
            assert option in sections[name], f"`{code}`: it has no option {option}"


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: Path) -> None:
    wanted = {code for code in pages.inline(page) if code.startswith("make ")}
    wanted |= {c for b in pages.shell_blocks() if b.page == page for c in b.commands if c.startswith("make ")}
    env = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    for command in sorted(wanted):
        words = command.split()
        done = subprocess.run(
            ["make", "-n", *words[1:]], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.mark.parametrize("page", PAGES)
def test_named_files_and_modules_exist(page: Path) -> None:
    for code in pages.inline(page):
        if (
            code.startswith(OWN_FOLDERS)
            and re.fullmatch(r"[\w./-]+", code)
            and code.rstrip("/") not in NOT_IN_GIT
        ):
            assert (ROOT / code).exists(), f"`{code}` does not exist"
        named = re.fullmatch(r"(graph|workers)\.(\w+)", code)
        if named:
            parent = {"graph": "argosy.graph"}.get(named[1], named[1])
            assert find_spec(f"{parent}.{named[2]}"), f"`{code}` is no module"


def test_the_map_names_every_table() -> None:
    section = _section("Tables in PostgreSQL")
    assert set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)))) == set(
        Base.metadata.tables
    )


def test_continuous_integration_runs_the_test_command_of_the_readme() -> None:
    first = pages.shell_blocks()
    readme = next(block for block in first if block.page == ROOT / "README.md")
    assert readme.commands == ["make up", "make test"]
    assert f"step {readme.commands[1]}\n" in (ROOT / ".ci" / "run").read_text()


def _section(title: str) -> str:
    text = (ROOT / "docs" / "architecture.md").read_text()
    return text.split(f"## {title}\n")[1].split("\n## ")[0]
