"""How commands end: exit codes, errors as panels or JSON, and nothing imported before it is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from argosy import errors
from argosy.cli import root as cli
from argosy.cli._shared.lazy import Lazy, load
from argosy.cli._shared.output import ExitCode, exit_code, print_table


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith("ARGOSY_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError("x"), ExitCode.CONFIG),
        (errors.NotRunning("x"), ExitCode.NOT_RUNNING),
        (errors.NotFound("x"), ExitCode.NOT_FOUND),
        (errors.RunGone("x"), ExitCode.NOT_FOUND),
        (errors.Conflict("x"), ExitCode.CONFLICT),
        (errors.Unavailable("x"), ExitCode.UNAVAILABLE),
        (errors.WorkflowInvalid("x"), ExitCode.FAILED),
        (errors.InvalidInput("x"), ExitCode.USAGE),
        (errors.OrderDenied("x"), ExitCode.FAILED),
    ],
)
def test_exit_codes_of_errors(error: errors.ArgosyError, code: ExitCode) -> None:
    assert exit_code(error) is code


def test_a_wrong_setting_is_a_panel_or_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ARGOSY_WORKER__QUICK", "0")
    assert cli.run(["config", "show"]) == ExitCode.CONFIG
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "config_invalid" in shown.err
    assert "ARGOSY_WORKER__QUICK" in shown.err
    assert "Traceback" not in shown.err
    assert cli.run(["config", "show", "--json"]) == ExitCode.CONFIG
    told = json.loads(capsys.readouterr().out)
    assert told["error"]["code"] == "config_invalid"
    assert told["error"]["details"]["problems"][0]["setting"] == "worker.quick"


def test_a_typing_error_is_helped(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["confg"]) == ExitCode.USAGE
    assert "Did you mean 'config'" in capsys.readouterr().err
    assert cli.run(["config", "sho", "--json"]) == ExitCode.USAGE
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "usage"


def test_a_fault_of_ours_is_told_without_a_traceback_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise ZeroDivisionError("deep inside")

    monkeypatch.setattr("argosy.cli.stack.config.domain_sections", broken)
    assert cli.run(["config", "show"]) == ExitCode.FAILED
    shown = capsys.readouterr().err
    assert "deep inside" in shown
    assert "Traceback" not in shown
    (kept,) = tmp_path.rglob("cli-errors.log")
    assert "in broken" in kept.read_text()


def test_show_and_check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ARGOSY_TRADING__POLYMARKET__API_KEY", "very-secret-key")
    assert cli.run(["config", "show", "--json"]) == ExitCode.OK
    shown = {item["name"]: item for item in json.loads(capsys.readouterr().out)}
    assert shown["trading.polymarket.api_key"]["value"] == "********"
    assert shown["trading.polymarket.api_key"]["origin"] == "ARGOSY_TRADING__POLYMARKET__API_KEY"
    assert cli.run(["config", "show"]) == ExitCode.OK
    assert "very-secret-key" not in capsys.readouterr().out
    assert cli.run(["config", "check"]) == ExitCode.OK
    capsys.readouterr()
    monkeypatch.setenv("ARGOSY_WORKERS__QUICK", "3")
    assert cli.run(["config", "check", "--json"]) == ExitCode.CONFIG
    assert json.loads(capsys.readouterr().out)["unknown"] == [
        {
            "name": "ARGOSY_WORKERS__QUICK",
            "setBy": "ARGOSY_WORKERS__QUICK",
            "near": "ARGOSY_WORKER__QUICK",
        }
    ]


def test_nothing_running_has_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["status", "--json"]) == ExitCode.NOT_RUNNING
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert cli.run(["down", "--json"]) == ExitCode.OK
    assert json.loads(capsys.readouterr().out)["stopped"] is False


@pytest.mark.parametrize("name", sorted(cli.ArgosyCommands.table))
def test_every_command_of_the_table_loads(name: str) -> None:
    command = load(name, cli.ArgosyCommands.table[name])
    assert command.name == name
    assert command.help


def test_an_app_with_one_command_of_another_name_stays_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer()

    @app.command("list")
    def every() -> None:
        """All of them."""

    module = type(sys)("argosy_test_plugin")
    module.app = app  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "argosy_test_plugin", module)
    command = load("things", Lazy("argosy_test_plugin", "Things."))
    assert list(command.commands) == ["list"]
    assert command.help == "Things."


def test_help_imports_nothing_heavy() -> None:
    """The budget is 300 ms; what makes it is that none of these is imported."""
    code = (
        "import sys\n"
        "from argosy.cli.root import run\n"
        "run(['--help'])\n"
        "heavy = {'rich', 'pydantic', 'sqlalchemy', 'celery', 'redis', 'httpx', 'loguru', 'psutil', 'ccxt'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    assert "doctor" in done.stdout


def test_a_reader_that_has_enough_is_no_error() -> None:
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-m", "argosy.cli", "config", "show", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(30) == ExitCode.OK
    assert process.stderr.read() == b""
    process.stderr.close()


def test_tables_say_when_they_are_empty(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["a", "#n"], [], empty="no runs yet")
    assert capsys.readouterr().out == "no runs yet\n"
    print_table(["a", "#n"], [("[bold]x", 1), (None, 20)])
    assert "[bold]x" in capsys.readouterr().out


def test_a_table_in_a_pipe_has_a_row_a_line_and_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["name", "#n"], [("x" * 200, 1), ("y" * 150, 20)])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split() for line in lines] == [["name", "n"], ["x" * 200, "1"], ["y" * 150, "20"]]


def test_columns_of_a_table_in_a_pipe_stand_below_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["name", "#n", "note"], [("市場", 1, "a"), ("ab", 20, None)], title="two")
    assert capsys.readouterr().out == "two\nname   n  note\n市場   1  a\nab    20\n"
