"""Workflows and bots over the API: saved, made, moved, put away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import documents

from argosy.bootstrap.types import registry
from argosy.infrastructure.storage.catalog import bots
from argosy.infrastructure.storage.safety import audit

from .conftest import World, serving

pytestmark = pytest.mark.integration
API = "/api/v1"


@pytest.fixture
def world(servers_only: World) -> Iterator[World]:
    """With every node type that there is."""
    with serving(servers_only, registry=registry()):
        yield servers_only


def send(world: World, method: str, path: str, status: int = 200, body: Any = None, **query: str) -> Any:
    reply = world.client.request(method, f"{world.url}{API}{path}", json=body, params=query)
    assert reply.status_code == status, reply.text
    return reply.json()


def made(world: World, status: int = 201, **more: Any) -> Any:
    body = {"document": documents.bot(), "strategies": [documents.strategy()], "capital": "100", **more}
    return send(world, "POST", "/bots", status, body)


def test_a_workflow_is_checked_saved_and_restored(world: World) -> None:
    checked = send(world, "POST", "/workflows:validate", body={"document": documents.strategy()})
    assert checked == {"valid": True, "problems": []}
    broken = documents.strategy()
    broken["nodes"][1]["type"] = "constnt"
    found = send(world, "POST", "/workflows:validate", body={"document": broken})
    assert (found["valid"], found["problems"][0]["code"]) == (False, "unknown_node_type")
    refused = send(world, "POST", "/workflows", 422, {"document": broken})
    assert refused["error"]["details"]["problems"][0]["nodeId"] == "price"

    first = send(
        world, "POST", "/workflows", body={"document": documents.strategy(), "base": 0, "note": "new"}
    )
    assert (first["id"], first["version"], first["new"], first["warnings"]) == ("dip", 1, True, [])
    body = {"document": documents.strategy(limit=1)}
    assert send(world, "POST", "/workflows", 409, body | {"base": 0})["error"]["code"] == "conflict"
    assert send(world, "POST", "/workflows", body=body | {"base": 1})["version"] == 2
    assert send(world, "POST", "/workflows/dip/restore", body={"version": 1})["version"] == 3
    send(world, "POST", "/workflows/dip/restore", 404, {"version": 7})
    whole = send(world, "GET", "/workflows/dip")
    assert [(each["version"], each["note"]) for each in whole["versions"]] == [
        (3, "version 1 restored"), (2, ""), (1, "new"),
    ]  # fmt: skip
    assert whole["document"]["nodes"][2]["params"]["variables"] == {"limit": 60_000}
    listed = {each["id"]: each["version"] for each in send(world, "GET", "/workflows")["items"]}
    assert (listed["dip"], listed["btc_15m_bot"]) == (3, 0)
    send(world, "GET", "/workflows/none", 404)


def test_a_bot_is_made_moved_and_put_away(world: World) -> None:
    reply = made(world, schedule={"kind": "interval", "everyS": 3600}, reason="to try")
    assert (reply["id"], reply["mode"], reply["state"], reply["warnings"]) == ("dips", "paper", "running", [])
    made(world, 409)
    assert "dips" in {each["id"] for each in send(world, "GET", "/bots")["items"]}
    moved = send(world, "PUT", "/bots/dips/mode", body={"mode": "sandbox"})
    assert moved == {"id": "dips", "before": "paper", "mode": "sandbox", "state": "running", "left": []}
    versions = send(world, "GET", "/bots/dips/versions")["items"]
    assert [each["settings"]["mode"] for each in versions] == ["sandbox", "paper"]
    assert send(world, "POST", "/bots/dips/archive", reason="enough")["state"] == "archived"
    assert "dips" not in {each["id"] for each in send(world, "GET", "/bots")["items"]}
    assert send(world, "GET", "/bots/dips")["state"] == "archived"
    send(world, "POST", "/bots/dips/resume", 409)
    assert send(world, "POST", "/bots/dips/unarchive")["state"] == "paused"
    assert send(world, "DELETE", "/bots/dips", reason="a mistake")["state"] == "removed"
    send(world, "DELETE", "/bots/dips", 404)
    rows = world.engine.runtime.database.run(audit.newest(subject="bot:dips"))
    assert [(row.action, row.origin, row.reason) for row in rows] == [
        ("bot.remove", "api", "a mistake"),
        ("bot.unarchive", "api", ""),
        ("bot.archive", "api", "enough"),
        ("bot.mode", "api", ""),
        ("bot.create", "api", "to try"),
    ]


def test_a_bot_from_a_template(world: World) -> None:
    shown = {each["id"]: each for each in send(world, "GET", "/templates")["items"]}["btc_15m_bot"]
    assert (shown["domain"], shown["capital"], shown["schedule"]["everyS"]) == ("trading", "1000", 2)
    body = {"template": "btc_15m_bot", "id": "mine", "capital": "5", "schedule": {}, "paused": True}
    assert send(world, "POST", "/bots", 201, body)["workflowId"] == "btc_15m_bot"
    assert send(world, "GET", "/bots/mine")["scheduleText"] == "by hand only"
    send(world, "POST", "/bots", 404, body | {"template": "none", "id": "other"})


@pytest.mark.parametrize(
    "more",
    [
        {"capital": "0"}, {"capital": "1e400"}, {"capital": "NaN"}, {"capital": None}, {"mode": "real"},
        {"id": "../x"}, {"schedule": {"kind": "interval", "everyS": 0}}, {"template": "btc_15m_bot"},
        {"document": documents.strategy()}, {"document": {}}, {"values": ["one.weight=2"]}, {"values": ["x"]},
        {"domain": "farming"}, {"currency": "dollars"}, {"surprise": 1}, {"strategies": [{}]},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(world: World, more: dict[str, Any]) -> None:
    assert made(world, 422, **more)["error"]["message"]
    assert "dips" not in {bot.id for bot in world.engine.runtime.database.run(bots.every())}


def test_the_size_of_a_document_is_bounded(world: World) -> None:
    large = documents.strategy(description="x" * 5_000_000)
    assert "too large" in send(world, "POST", "/workflows", 422, {"document": large})["error"]["message"]
    wide = documents.strategy(description="x" * 9_000)
    wide["nodes"] += [{"id": f"n{n}", "type": "constant", "params": {"value": "x" * 400}} for n in range(500)]
    assert send(world, "POST", "/workflows", body={"document": wide})["version"] == 1
