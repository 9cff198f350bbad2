"""Emergency states over the API, as the dashboard changes them."""

from __future__ import annotations

import pytest

from .conftest import World

pytestmark = pytest.mark.integration
BASE = "/api/v1/emergency"


def post(world: World, what: str, status: int = 200, **body: object) -> dict[str, object]:
    reply = world.client.post(f"{world.url}{BASE}/{what}", json=body)
    assert reply.status_code == status, reply.text
    found: dict[str, object] = reply.json()
    return found


def test_a_halt_and_the_way_back(world: World) -> None:
    world.engine.runtime.restore_flags()
    answer = post(world, "halt", scope="bot:btc", reason="odd fills")
    assert {name: answer[name] for name in ("scope", "state", "before", "actor", "recorded", "flagged")} == {
        "scope": "bot:btc", "state": "HALT", "before": "NORMAL", "actor": "dashboard", "recorded": True, "flagged": True,
    }  # fmt: skip
    found = world.get(BASE)
    assert {each["scope"]: each["state"] for each in found["states"]} == {
        "platform": "NORMAL",
        "bot:btc": "HALT",
    }
    effective = {each["botId"]: (each["state"], each["scope"]) for each in found["effective"]}
    assert effective == {"btc": ("HALT", "bot:btc"), "run": ("NORMAL", "platform")}
    assert post(world, "resume", scope="bot:btc", reason="seen to")["state"] == "NORMAL"
    page = world.get(f"{BASE}/history?scope=bot:btc&limit=1")
    assert [(each["before"], each["after"]) for each in page["items"]] == [("HALT", "NORMAL")]
    page = world.get(f"{BASE}/history?scope=bot:btc&limit=1&before={page['nextBefore']}")
    assert [(each["before"], each["after"]) for each in page["items"]] == [("NORMAL", "HALT")]
    assert page["nextBefore"] is None
    rows = world.get("/api/v1/audit?action=emergency")["items"]
    assert [(row["actor"], row["origin"], row["address"]) for row in rows[:2]] == [
        ("dashboard", "api", "127.0.0.1")
    ] * 2


def test_an_alert_leaves_a_halt_as_it_is(world: World) -> None:
    world.engine.runtime.restore_flags()
    halted = post(world, "halt", scope="bot:btc", reason="panic")
    answer = post(world, "alert", scope="bot:btc", reason="thin books")
    assert (answer["state"], answer["requested"], answer["epoch"]) == ("HALT", "ALERT", halted["epoch"])
    lower = post(world, "resume", scope="bot:btc", reason="thin books", to="ALERT")
    assert (lower["state"], lower["before"], lower["requested"]) == ("ALERT", "HALT", None)


@pytest.mark.parametrize(
    "body",
    [
        b'{"scope": "bot:btc", "reason": "a\\u0000b"}',
        b'{"scope": "bot:btc", "reason": "a\\u001b[2J\\u009b\\u202eb\\nc"}',
        b'{"scope": "bot:btc", "reason": "half \\ud800"}',
        b'{"scope": "bot:btc", "reason": "not UTF-8 \xff\xfe"}',
        b'{"scope": "bot:btc", "reason": "\\u0000"}',
    ],
)
def test_no_character_of_a_reason_keeps_a_halt_from_happening(world: World, body: bytes) -> None:
    world.engine.runtime.restore_flags()
    headers = {"content-type": "application/json"}
    reply = world.client.post(f"{world.url}{BASE}/halt", content=body, headers=headers)
    assert reply.status_code == 200, reply.text
    found = reply.json()
    assert found["state"] == "HALT"
    assert "\ufffd" in found["reason"] and found["reason"].replace("\ufffd", "").isprintable()
    [row] = world.get("/api/v1/audit?action=emergency.change&subject=bot")["items"]
    assert row["reason"] == found["reason"]
    assert world.client.get(f"{world.url}/api/v1/audit?subject=%00&actor=%1b").status_code == 200


def test_a_shutdown_in_two_steps(world: World) -> None:
    world.engine.runtime.restore_flags()
    armed = post(world, "shutdown", reason="fire")
    assert (armed["state"], armed["armedFor"]) == ("HALT", "SHUTDOWN")
    assert post(world, "shutdown", 409, reason="fire", confirm="NOTIT")["error"]
    done = post(world, "shutdown", reason="fire", confirm=armed["code"])
    assert (done["state"], done["before"], done["code"]) == ("SHUTDOWN", "HALT", None)
    less = post(world, "halt", reason="less")
    assert (less["state"], less["requested"], less["changed"]) == ("SHUTDOWN", "HALT", False)
    back = post(world, "resume", reason="over")
    assert (back["state"], back["armedFor"]) == ("SHUTDOWN", "NORMAL")
    assert post(world, "resume", reason="over", confirm=back["code"])["state"] == "NORMAL"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"reason": ""}, 422),
        ({"reason": "x", "scope": "everything"}, 422),
        ({"reason": "x", "scope": "bot:nobody"}, 404),
        ({"reason": "x", "extra": 1}, 422),
        ({"reason": "x" * 2001}, 422),
    ],
)
def test_an_order_that_does_not_fit_changes_nothing(
    world: World, body: dict[str, object], status: int
) -> None:
    error = post(world, "halt", status, **body)["error"]
    assert isinstance(error, dict) and error["message"]
    assert world.get(BASE)["states"] == []


def test_a_change_reaches_the_socket(world: World) -> None:
    world.engine.runtime.restore_flags()
    with world.live() as live:
        live.subscribe("bot", botId="btc")
        live.until(lambda m: m["type"] == "snapshot")
        answer = post(world, "alert", reason="thin books")
        heard = live.until(
            lambda m: m.get("type") == "emergency" or m.get("event", {}).get("type") == "emergency"
        )[-1]
    data = heard.get("data") or heard["event"]["data"]
    assert (data["scope"], data["state"], data["epoch"]) == ("platform", "ALERT", answer["epoch"])


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ('{"scope": "bot:btc", "reason": "x", "scope": "platform"}', "application/json", 422),
        ('{"scope": "bot:btc", "reason": "x", "\\u0073cope": "platform"}', "application/json", 422),
        ('{"scope": "bot:btc", "reason": NaN}', "application/json", 422),
        ('{"scope": "bot:btc", "reason": "x"}', "text/plain", 415),
        ('{"scope": "bot:btc", "reason": "x"}', "application/json; charset=utf-8", 200),
    ],
)
def test_a_body_is_one_clear_json_document(world: World, body: str, kind: str, status: int) -> None:
    world.engine.runtime.restore_flags()
    reply = world.client.post(f"{world.url}{BASE}/halt", content=body, headers={"Content-Type": kind})
    assert reply.status_code == status, reply.text
    states = {each["scope"]: each["state"] for each in world.get(BASE)["states"]}
    assert states["platform"] == "NORMAL"
