"""`argosy strategies list` while a stack runs: what is saved comes before what is packaged."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.workflows import workflow

from argosy.bootstrap import open_runtime
from argosy.cli import root as cli
from argosy.graph.document import digest
from argosy.infrastructure.storage.catalog import workflows

pytestmark = pytest.mark.integration


def test_saved_versions_are_listed_newest_first(
    database_url: str,
    redis_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path))
    monkeypatch.setenv("ARGOSY_DATABASE_URL", database_url)
    monkeypatch.setenv("ARGOSY_REDIS_URL", redis_url)
    mine = workflow({"a": ("constant", {"value": 1})}, id="mine")
    newer = workflow({"a": ("constant", {"value": 2}), "b": "merge"}, ["a.value > b.values"], id="mine")
    runtime = open_runtime()
    try:
        for document in (mine, newer, workflow({"t": "bot.schedule"}, kind="bot", id="a_bot")):
            runtime.database.run(workflows.save(document, "test"))
    finally:
        runtime.close()

    assert cli.run(["strategies", "list", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)["strategies"]}
    assert rows["mine"]["source"] == "saved, version 2"
    assert rows["mine"]["digest"] == digest(newer)
    assert rows["mine"]["nodes"] == 2
    assert rows["btc_15m_fair_value"]["source"] == "packaged"
    assert "a_bot" not in rows
