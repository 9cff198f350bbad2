"""Documents of people on a stack: checked, versioned, restored; bots follow or stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import documents
from support.commands import Argosy

from argosy.cli._shared.output import ExitCode
from argosy.infrastructure.storage.catalog import bots, workflows
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.safety import audit

pytestmark = pytest.mark.integration


def test_a_strategy_is_saved_in_versions(argosy: Argosy, database: Database, tmp_path: Path) -> None:
    first = argosy("workflow", "save", documents.write(tmp_path, documents.strategy()), "--json")
    assert first.code == ExitCode.OK, first.err
    assert (first.json["version"], first.json["new"], first.json["kind"]) == (1, True, "strategy")
    again = argosy("workflow", "save", documents.write(tmp_path, documents.strategy()), "--json").json
    assert (again["version"], again["new"]) == (1, False)
    changed = documents.write(tmp_path, documents.strategy(limit=5))
    assert argosy("workflow", "save", changed, "--note", "lower", "--json").json["version"] == 2
    listed = argosy("workflow", "versions", "dip", "--json").json["versions"]
    assert [(each["version"], each["note"]) for each in listed] == [(2, "lower"), (1, "")]
    rows = [row for row in database.run(audit.after(0)) if row.subject == "workflow:dip"]
    assert [(row.action, row.reason) for row in rows] == [("workflow.save", ""), ("workflow.save", "lower")]


def test_the_workflow_of_a_map_is_saved_before_what_maps_over_it(argosy: Argosy, tmp_path: Path) -> None:
    nodes = [{"id": "i", "type": "map.item", "params": {}}, {"id": "r", "type": "map.result", "params": {}}]
    edge = {"source": "i", "sourceHandle": "item", "target": "r", "targetHandle": "value"}
    each = {"id": "each", "name": "Each", "kind": "strategy", "schema": 1, "nodes": nodes, "edges": [edge]}
    (tmp_path / "each.json").write_text(json.dumps(each))
    saved = argosy("workflow", "save", str(tmp_path / "each.json"), "--json")
    assert saved.code == ExitCode.OK, saved.err
    assert saved.json["version"] == 1


def test_an_older_document_becomes_the_newest_again(
    argosy: Argosy, database: Database, tmp_path: Path
) -> None:
    argosy("workflow", "save", documents.write(tmp_path, documents.strategy()))
    argosy("workflow", "save", documents.write(tmp_path, documents.strategy(limit=5)))
    back = argosy("workflow", "restore", "dip", "1", "--json").json
    assert (back["version"], back["note"]) == (3, "version 1 restored")
    first, newest = (database.run(workflows.at("dip", number)) for number in (1, 3))
    assert newest.digest == first.digest == database.run(workflows.newest("dip")).digest
    saved = argosy("workflow", "save", documents.write(tmp_path, documents.strategy(limit=5)), "--json").json
    assert saved["version"] == 4, "a file with an older content is a version too"
    assert argosy("workflow", "restore", "dip", "9").code == ExitCode.NOT_FOUND


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"id": "x"}', '{"id": "a", "id": "b"}',
        '{"id": "../x", "name": "n", "kind": "strategy", "schema": 1, "nodes": []}',
        "[" * 5000, '{"a": NaN}', "\x00", "\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(
    argosy: Argosy, database: Database, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode("latin-1"))
    done = argosy("workflow", "save", str(path), "--json")
    assert done.code == ExitCode.USAGE, done.out
    assert done.json["error"]["code"] == "invalid_input"
    assert database.run(workflows.every()) == []


def test_every_problem_is_told_and_nothing_is_saved(
    argosy: Argosy, database: Database, tmp_path: Path
) -> None:
    broken = documents.strategy()
    broken["nodes"][1]["type"] = "constnt"
    broken["nodes"][2]["params"]["nonsense"] = 1
    done = argosy("workflow", "save", documents.write(tmp_path, broken), "--json")
    assert done.code == ExitCode.FAILED
    codes = {each["code"] for each in done.json["error"]["details"]["problems"]}
    assert {"unknown_node_type", "unknown_parameter"} <= codes
    assert database.run(workflows.every()) == []


def test_a_bot_needs_its_strategies(argosy: Argosy, tmp_path: Path) -> None:
    (tmp_path / "alone").mkdir()
    file = documents.write(tmp_path / "alone", documents.bot())
    assert "dip" in argosy("workflow", "save", file).err
    argosy("workflow", "save", documents.write(tmp_path, documents.strategy()))
    assert argosy("workflow", "save", file).code == ExitCode.OK


def test_an_id_keeps_its_kind(argosy: Argosy, tmp_path: Path) -> None:
    argosy("workflow", "save", documents.write(tmp_path, documents.strategy()))
    other = documents.write(tmp_path, documents.bot(id="dip", strategy="binary_pair"))
    assert argosy("workflow", "save", other).code == ExitCode.CONFLICT
    shipped = documents.write(tmp_path, documents.strategy(id="btc_15m_bot"))
    assert argosy("workflow", "save", shipped).code == ExitCode.CONFLICT


def test_a_save_of_what_was_not_seen_is_refused(argosy: Argosy, tmp_path: Path) -> None:
    file = documents.write(tmp_path, documents.strategy())
    assert argosy("workflow", "save", file, "--base", "1").code == ExitCode.CONFLICT
    assert argosy("workflow", "save", file, "--base", "0").code == ExitCode.OK
    file = documents.write(tmp_path, documents.strategy(limit=1))
    assert argosy("workflow", "save", file, "--base", "0").code == ExitCode.CONFLICT
    assert argosy("workflow", "save", file, "--base", "1").code == ExitCode.OK


def test_a_version_that_would_stop_a_bot_is_refused(argosy: Argosy, tmp_path: Path) -> None:
    documents.write(tmp_path, documents.strategy())
    file = documents.write(tmp_path, documents.bot())
    made = argosy("bots", "create", file, "--capital", "100", "--set", 'one/below.variables={"limit": 3}')
    assert made.code == ExitCode.OK, made.err
    other = documents.strategy()
    other["nodes"][2]["id"] = "under"
    for edge in other["edges"]:
        edge |= {name: "under" for name in ("source", "target") if edge[name] == "below"}
    done = argosy("workflow", "save", documents.write(tmp_path, other), "--json")
    assert done.code == ExitCode.FAILED
    assert "bot dips" in done.json["error"]["found"]
    assert "below" in done.json["error"]["found"]


def test_bots_follow_their_workflow_or_stay(argosy: Argosy, database: Database, tmp_path: Path) -> None:
    documents.write(tmp_path, documents.strategy())
    argosy("bots", "create", documents.write(tmp_path, documents.bot()), "--capital", "100")
    before = database.run(bots.get("dips"))
    stay = argosy(
        "workflow", "save", documents.write(tmp_path, documents.bot(weight="0.4")), "--keep-bots", "--json"
    )
    assert (stay.json["bots"], stay.json["keptBots"]) == ([], ["dips"])
    assert database.run(bots.get("dips")).workflow_digest == before.workflow_digest
    moved = argosy("workflow", "save", documents.write(tmp_path, documents.bot(weight="0.3")), "--json")
    assert moved.json["bots"] == ["dips"]
    assert database.run(bots.get("dips")).workflow_digest == moved.json["digest"]
    row = database.run(audit.newest(subject="bot:dips", limit=1))[0]
    assert (row.action, row.after["workflow_digest"]) == ("bot.save", moved.json["digest"])


def test_what_live_bots_use_changes_by_word_only(argosy: Argosy, tmp_path: Path) -> None:
    documents.write(tmp_path, documents.strategy())
    file = documents.write(tmp_path, documents.bot())
    argosy("bots", "create", file, "--capital", "100", "--mode", "live")
    changed = documents.write(tmp_path, documents.strategy(limit=1))
    done = argosy("workflow", "save", changed, "--json")
    assert (done.code, done.json["error"]["found"]) == (ExitCode.CONFLICT, "dips")
    assert argosy("workflow", "save", changed, "--live").code == ExitCode.OK
