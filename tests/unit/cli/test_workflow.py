"""`argosy workflow`, `nodes` and `strategies`, without any server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from argosy.cli import root as cli
from argosy.cli._shared.output import ExitCode


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))


@pytest.fixture
def bot(repo_root: Path) -> str:
    return str(repo_root / "examples" / "btc_15m_bot.json")


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_sound_file(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["workflow", "validate", bot]) == ExitCode.OK
    assert capsys.readouterr().out.strip().endswith("btc_15m_bot.json: valid")
    assert cli.run(["workflow", "validate", bot, "--json"]) == ExitCode.OK
    assert printed(capsys) == {"valid": True, "problems": []}


def test_every_problem_with_place_and_remedy(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    nodes = [{"id": "a", "type": "thresold"}, {"id": "b", "type": "compare"}, {"id": "c", "type": "constant"}]
    path.write_text(json.dumps({"id": "w", "name": "W", "kind": "strategy", "schema": 1, "nodes": nodes}))
    assert cli.run(["workflow", "validate", str(path), "--json"]) == ExitCode.FAILED
    found = printed(capsys)
    assert found["valid"] is False
    assert [(p["code"], p["nodeId"], p["severity"]) for p in found["problems"]] == [
        ("unknown_node_type", "a", "error"),
        ("missing_input", "b", "error"),
        ("orphan", "a", "warning"),
        ("orphan", "c", "warning"),
    ]
    assert found["problems"][0]["remedy"] == "did you mean threshold?"
    assert cli.run(["workflow", "validate", str(path)]) == ExitCode.FAILED
    assert "2 errors, 2 warnings" in capsys.readouterr().out


def test_text_that_is_no_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"id": "w",,}')
    assert cli.run(["workflow", "validate", str(path), "--json"]) == ExitCode.FAILED
    assert "line 1, column 12" in printed(capsys)["problems"][0]["message"]
    assert cli.run(["workflow", "plan", str(path)]) == ExitCode.USAGE
    assert "line 1, column 12" in capsys.readouterr().err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["workflow", "validate", "nowhere.json", "--json"]) == ExitCode.NOT_FOUND
    assert "btc_15m_bot" in printed(capsys)["error"]["expected"]
    assert cli.run(["workflow", "validate", "."]) == ExitCode.USAGE


def test_packaged_workflows_go_by_their_ids(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["workflow", "validate", "btc_15m_bot"]) == ExitCode.OK
    assert "valid" in capsys.readouterr().out


def test_strategies_beside_the_file_come_before_the_packaged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    node = {"id": "s", "type": "strategy", "params": {"strategy": "btc_15m_fair_value"}}
    bot = {"id": "b", "name": "B", "kind": "bot", "schema": 1, "nodes": [node]}
    (tmp_path / "b.json").write_text(json.dumps(bot))
    own = {"id": "btc_15m_fair_value", "name": "Own", "kind": "strategy", "schema": 1}
    (tmp_path / "btc_15m_fair_value.json").write_text(
        json.dumps({**own, "nodes": [{"id": "x", "type": "log"}]})
    )
    assert cli.run(["workflow", "validate", str(tmp_path / "b.json"), "--json"]) == ExitCode.FAILED
    assert printed(capsys)["problems"][0]["nodeId"] == "s/x"


def test_the_plan_as_text_and_json(bot: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["workflow", "plan", bot, "--links"]) == ExitCode.OK
    text = capsys.readouterr().out
    assert "  parallel\n" in text
    assert "pairs/start" in text
    assert cli.run(["workflow", "plan", bot, "--json"]) == ExitCode.OK
    found = printed(capsys)
    assert found["heads"] == ["tick"]
    assert found["nodes"]["tick"]["waitsFor"] == 0
    assert list(found["plan"]) == ["sequence"]


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["workflow", "schema"]) == ExitCode.OK
    assert printed(capsys)["$id"] == "argosy-workflow-1"


def test_nodes_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["nodes", "list", "--json"]) == ExitCode.OK
    listed = [entry["type"] for entry in printed(capsys)["nodes"]]
    assert listed == sorted(listed)
    assert {"constant", "map", "strategy", "trading.market"} <= set(listed)
    assert cli.run(["nodes", "list", "--category", "gate", "--json"]) == ExitCode.OK
    assert [entry["type"] for entry in printed(capsys)["nodes"]] == ["gate.human"]
    assert cli.run(["nodes", "show", "filter"]) == ExitCode.OK
    assert "integer, 1 to 10000" in capsys.readouterr().out
    assert cli.run(["nodes", "show", "filtre", "--json"]) == ExitCode.NOT_FOUND
    assert "filter" in printed(capsys)["error"]["remedy"]


def test_packaged_strategies_are_listed_without_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["strategies", "list", "--json"]) == ExitCode.OK
    found = printed(capsys)["strategies"]
    assert {"btc_15m_fair_value", "btc_15m_pair_arbitrage"} <= {row["id"] for row in found}
    assert all(row["source"] == "packaged" and len(row["digest"]) == 64 for row in found)
    assert cli.run(["strategies", "list"]) == ExitCode.OK
    assert "btc_15m_fair_value" in capsys.readouterr().out
