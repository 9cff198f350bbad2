"""Every request that changes something leaves a row in the audit; a new route must be among these."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support import documents

from argosy.bootstrap.types import registry
from argosy.infrastructure.storage.safety import audit
from dashboard.routes import PREFIX, ROUTES

from .conftest import World, serving

pytestmark = pytest.mark.integration

LIMIT = {"scope": "bot:btc", "kind": "total_exposure", "limit": "10"}
STOP = {"scope": "bot:btc", "reason": "odd"}
CHANGES: dict[str, tuple[str, Any, str, str]] = {
    "runBot": ("/bots/btc/run", None, "run.start", "bot:btc"),
    "pauseBot": ("/bots/btc/pause", None, "bot.state", "bot:btc"),
    "resumeBot": ("/bots/btc/resume", None, "bot.state", "bot:btc"),
    "cancelRun": ("/runs/r-1/cancel", None, "run.cancel", "run:r-1"),
    "setRiskLimit": ("/risk/limits/cap", LIMIT, "risk.set", "risk:cap"),
    "removeRiskLimit": ("/risk/limits/cap", None, "risk.remove", "risk:cap"),
    "saveWorkflow": ("/workflows", {"document": documents.strategy()}, "workflow.save", "workflow:dip"),
    "restoreWorkflow": ("/workflows/dip/restore", {"version": 1}, "workflow.save", "workflow:dip"),
    "createBot": ("/bots", {"document": documents.bot(), "capital": "100"}, "bot.create", "bot:dips"),
    "setBotMode": ("/bots/dips/mode", {"mode": "sandbox"}, "bot.mode", "bot:dips"),
    "archiveBot": ("/bots/dips/archive", None, "bot.archive", "bot:dips"),
    "unarchiveBot": ("/bots/dips/unarchive", None, "bot.unarchive", "bot:dips"),
    "removeBot": ("/bots/dips", None, "bot.remove", "bot:dips"),
    "alert": ("/emergency/alert", STOP, "emergency.change", "bot:btc"),
    "resume": ("/emergency/resume", STOP, "emergency.change", "bot:btc"),
    "halt": ("/emergency/halt", STOP, "emergency.change", "bot:btc"),
    "shutdown": ("/emergency/shutdown", STOP, "emergency.arm", "bot:btc"),
}


CHANGE_NOTHING = {"validateWorkflow"}


@pytest.fixture
def world(servers_only: World) -> Iterator[World]:
    """With every node type, and an older version of the workflow that is saved."""
    with serving(servers_only, registry=registry()) as made:
        older = {"document": documents.strategy(limit=1)}
        assert made.client.post(f"{made.url}{PREFIX}/workflows", json=older).status_code == 200
        yield made


def test_every_change_over_the_api_leaves_a_row(world: World) -> None:
    routes = {route.name: route for route in ROUTES if route.method != "GET"}
    assert set(routes) == set(CHANGES) | CHANGE_NOTHING
    world.start("r-1")
    database = world.engine.runtime.database
    for name, (path, body, action, subject) in CHANGES.items():
        head = database.run(audit.head())
        reply = world.client.request(routes[name].method, f"{world.url}{PREFIX}{path}", json=body)
        rows = database.run(audit.after(0 if head is None else head.id))
        made = [row for row in rows if (row.action, row.subject) == (action, subject)]
        assert made, (name, reply.status_code, reply.text, rows)
        who = (made[0].actor, made[0].origin, made[0].address)
        assert who == ("dashboard", "api", "127.0.0.1"), name
