"""Limits over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from argosy.infrastructure.risk.limits import KnownScopes
from argosy.infrastructure.storage.safety import audit

from .conftest import World, serving

pytestmark = pytest.mark.integration
RISK = "/api/v1/risk"
BODY: dict[str, Any] = {"scope": "bot:btc", "kind": "position_size", "limit": "5.5"}


@pytest.fixture
def world(servers_only: World) -> Iterator[World]:
    with serving(servers_only, places=lambda: KnownScopes({"trading"}, {"kraken"})):
        yield servers_only


def put(world: World, body: object, status: int = 200, id: str = "size") -> Any:
    reply = world.client.put(f"{world.url}{RISK}/limits/{id}", json=body)
    assert reply.status_code == status, reply.text
    return reply.json()


def test_a_limit_is_made_changed_and_taken_away(world: World) -> None:
    assert world.get(f"{RISK}/limits") == {"items": []}
    made = put(world, BODY | {"version": 0, "reason": "first"})
    assert (made["limit"], made["warning"], made["version"], made["mode"]) == ("5.5", "0.8", 1, "enforce")
    assert put(world, BODY | {"limit": "7"})["version"] == 2
    assert put(world, BODY | {"version": 1}, 409)["error"]["code"] == "conflict"
    assert [item["limit"] for item in world.get(f"{RISK}/limits")["items"]] == ["7"]

    (used,) = world.get(f"{RISK}/usage?mode=paper")["items"]
    assert (used["state"], used["current"], used["limit"]["id"]) == ("idle", None, "size")

    url = f"{world.url}{RISK}/limits/size"
    assert world.client.delete(url, params={"version": 1}).status_code == 409
    assert world.client.delete(url, params={"version": 2}).json()["limit"] == "7"
    assert world.client.delete(url).status_code == 404
    rows = world.engine.runtime.database.run(audit.newest(subject="risk:size"))
    assert [(row.action, row.actor, row.origin) for row in rows] == [
        ("risk.remove", "dashboard", "api"),
        ("risk.set", "dashboard", "api"),
        ("risk.set", "dashboard", "api"),
    ]
    assert rows[-1].reason == "first"
    assert rows[0].address == "127.0.0.1"
    events = [e.data for e in world.bus.read() if e.type == "param_change"]
    assert [(e["param"], e["old"], e["new"]) for e in events] == [
        ("risk.size", None, "5.5"),
        ("risk.size", "5.5", "7"),
        ("risk.size", "7", None),
    ]


def test_what_is_wide_is_told_in_the_activity_too(world: World) -> None:
    """A change of the platform belongs to no bot; history keeps it all the same."""
    put(world, BODY | {"scope": "platform"})
    world.record()
    texts = [item["text"] for item in world.get("/api/v1/activity")["items"]]
    assert "Platform: changed risk.size from nothing to 5.5 by dashboard" in texts


WRONG: list[tuple[object, int, str]] = [
    (BODY | {"limit": "-1"}, 422, "limit"),
    (BODY | {"limit": "NaN"}, 422, "limit"),
    (BODY | {"kind": "luck"}, 422, "kind"),
    (BODY | {"surprise": 1}, 422, "surprise"),
    (BODY | {"windowS": 5}, 422, "5 s"),
    (BODY | {"scope": "bot:none"}, 404, "none"),
    (BODY | {"scope": "venue:none"}, 404, "none"),
    (BODY | {"scope": "what"}, 422, "what"),
    ({}, 422, "scope"),
    ([], 422, "body"),
]


def test_what_does_not_fit_is_refused(world: World) -> None:
    for body, status, words in WRONG:
        assert words in put(world, body, status)["error"]["found"], body
    put(world, BODY, 404, id="a%20b")
    url = f"{world.url}{RISK}/limits/size"
    json = {"Content-Type": "application/json"}
    assert world.client.put(url, content=b"{", headers=json).status_code == 422
    assert world.client.put(url, content=b"{").status_code == 415
    assert world.client.put(url, content=b" " * 70_000, headers=json).status_code == 422
    assert world.client.put(url, json=BODY, headers={"origin": "http://evil.example"}).status_code == 403
    assert world.get(f"{RISK}/usage?mode=dream", 422)["error"]["code"] == "invalid_input"
    assert world.get(f"{RISK}/limits") == {"items": []}
