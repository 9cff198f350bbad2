"""`argosy new`: its packages pass their own tests, and its documents validate as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.cli import root as cli
from argosy.cli._shared.output import ExitCode


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path_factory.mktemp("home")))


def new(kind: str, name: str, folder: Path) -> int:
    return cli.run(["new", kind, name, "--in", str(folder), "--json"])


@pytest.mark.parametrize("kind", ["venue", "domain", "node"])
def test_a_new_package_passes_its_own_tests(kind: str, tmp_path: Path) -> None:
    assert new(kind, "my_market", tmp_path) == ExitCode.OK
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"],
        cwd=tmp_path / "my_market",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("kind", ["venue", "domain", "node"])
def test_a_new_package_is_a_plug_in(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import import_module

    from argosy.bootstrap import types

    name = f"plug_in_{kind}"
    assert new(kind, name, tmp_path) == ExitCode.OK
    monkeypatch.syspath_prepend(str(tmp_path / name))
    package = import_module(f"{name}.register").PACKAGE
    found = dict(types.domains())
    types._add(found, package)
    assert found[name] is package
    if kind == "domain":
        folder = tmp_path / name / name / "strategies"
        assert {path.stem for path in folder.glob("*.json")} == set(package.workflows())


@pytest.mark.parametrize("kind", ["strategy", "bot"])
def test_a_new_document_validates(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert new(kind, "first_try", tmp_path) == ExitCode.OK
    for path in json.loads(capsys.readouterr().out)["written"]:
        assert cli.run(["workflow", "validate", path, "--json"]) == ExitCode.OK
        assert json.loads(capsys.readouterr().out) == {"valid": True, "problems": []}


@pytest.mark.parametrize(
    "name",
    ["My-Venue", "1venue", "class", "Venue", "a b", "_venue", "argosy", "tests", "../x", "..", "é", ""],
)
@pytest.mark.parametrize("kind", ["venue", "strategy"])
def test_a_name_that_is_no_identifier_is_refused(
    kind: str, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert new(kind, name, tmp_path) != ExitCode.OK
    assert "cannot be used" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["venue", "domain", "node"])
def test_a_folder_that_exists_is_left_alone(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").mkdir()
    assert new(kind, "taken", tmp_path) != ExitCode.OK
    assert "exists already" in capsys.readouterr().out
    assert list((tmp_path / "taken").iterdir()) == []


def test_a_document_that_exists_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine_strategy.json").write_text("{}")
    assert new("bot", "mine", tmp_path) != ExitCode.OK
    assert "exists already" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["mine_strategy.json"]
