"""The JSON API on real servers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import redis
from support.engine import node_types, wait_for

from argosy.bootstrap.launcher import Launcher
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from dashboard.routes import ROUTES

from .conftest import World

pytestmark = pytest.mark.integration


def test_bots_and_their_strategies(world: World) -> None:
    items = world.get("/api/v1/bots")["items"]
    assert [item["id"] for item in items] == ["btc", "run"]
    btc = items[0]
    assert (btc["state"], btc["mode"], btc["scheduleText"]) == ("running", "paper", "every 15 min")
    assert btc["metrics"] == {"capital": "1000"}
    assert btc["strategies"] == [
        {
            "id": "arb",
            "strategy": "pair",
            "name": "Pair arbitrage",
            "enabled": True,
            "weight": "0.6",
            "metrics": {},
        }
    ]
    detail = world.get("/api/v1/bots/btc")
    assert detail["schedule"]["everyS"] == 900
    assert [node["id"] for node in detail["workflow"]["nodes"]] == ["first", "arb"]


def test_strategy_shows_its_workflow_with_the_bots_overrides(world: World) -> None:
    view = world.get("/api/v1/bots/btc/strategies/arb")
    assert view["strategy"]["strategy"] == "pair"
    assert view["workflow"]["nodes"][0]["params"] == {"sleepS": 0.01}
    assert view["runs"] == []
    assert view["latest"] == {}


def test_a_run_that_just_ended_is_complete_before_it_is_recorded(world: World) -> None:
    world.start("r1")
    world.node("r1", "a")
    world.node("r1", "b", "failed", error={"code": "node_timeout", "message": "too slow"})
    seq = world.finish("r1", "failed", success=1, failed=1)
    world.caught_up(seq)
    for recorded in (False, True):
        if recorded:
            world.record()
        view = world.get("/api/v1/bots/btc/strategies/arb")
        assert [(run["id"], run["status"], run["counts"]["failed"]) for run in view["runs"]] == [
            ("r1", "failed", 1)
        ]
        assert view["latest"]["b"]["error"] == {
            "code": "node_timeout",
            "message": "too slow",
            "traceback": None,
        }
        assert view["latest"]["a"]["outputs"].keys() == {"value"}
        page = world.get("/api/v1/runs?bot=btc")
        assert [(run["id"], run["status"], run["durationMs"]) for run in page["items"]] == [
            ("r1", "failed", 5)
        ]
        bot = world.get("/api/v1/bots")["items"][0]
        assert (bot["lastRun"]["id"], bot["activeRunId"]) == ("r1", None)
    detail = world.get("/api/v1/runs/r1")
    assert {node["nodeId"]: node["status"] for node in detail["nodes"]} == {"a": "success", "b": "failed"}


def test_another_strategys_failure_is_not_this_ones(world: World) -> None:
    world.start("r1")
    world.node("r1", "a")
    world.node("r1", "x", "failed", strategy="other")
    world.caught_up(world.finish("r1", "failed", success=1, failed=1))
    statuses = [run["status"] for run in world.get("/api/v1/bots/btc/strategies/arb")["runs"]]
    assert statuses == ["success"]
    world.record()
    assert [run["status"] for run in world.get("/api/v1/runs?bot=btc&strategy=arb")["items"]] == ["success"]


def test_runs_page_by_page_without_gap_or_double(world: World) -> None:
    for n in range(7):
        world.start(f"r{n}")
        world.finish(f"r{n}")
    world.record()
    world.start("r7")
    world.caught_up(world.finish("r7"))
    seen: list[str] = []
    before = ""
    while True:
        page = world.get(f"/api/v1/runs?bot=btc&limit=3{before}")
        seen += [run["id"] for run in page["items"]]
        if page["nextBefore"] is None:
            break
        before = f"&before={page['nextBefore']}"
    assert seen == [f"r{n}" for n in range(7, -1, -1)]


def test_run_now_runs_on_a_real_worker_and_is_complete_at_once(world: World) -> None:
    world.engine.start()
    ticket = world.post("/api/v1/bots/run/run", 202)
    assert ticket["status"] == "started", ticket
    path = f"/api/v1/runs/{ticket['runId']}"

    def done() -> dict[str, Any] | None:
        reply = world.client.get(world.url + path)
        assert reply.status_code in (200, 404), reply.text  # 404 until a worker has taken it
        detail: dict[str, Any] = reply.json()
        return detail if reply.status_code == 200 and detail["status"] != "running" else None

    detail = wait_for(done, timeout_s=60, why=f"run {ticket['runId']} final")
    assert detail["status"] == "success"
    # Nothing was recorded: all of this comes from the run's state and the stream.
    assert world.get("/api/v1/system")["recorder"]["lastSeq"] is None
    assert {node["nodeId"]: node["status"] for node in detail["nodes"]} == {"a": "success", "b": "success"}
    node = world.get(f"{path}/nodes/b")
    assert (node["outputs"], node["inputs"], node["truncated"]) == ({"value": 1}, {"items": 0}, False)
    refused = world.post(f"{path}/cancel", 409)
    assert refused["error"]["code"] == "conflict"


def launcher_of(world: World) -> Launcher:
    runtime = world.engine.runtime
    return Launcher(
        database=runtime.database,
        store=runtime.runs,
        registry=node_types(),
        flags=runtime.flags,
        clock=runtime.clock,
        deadline_s=60,
    )


def test_a_run_that_waits_refuses_a_second_and_can_be_cancelled(world: World) -> None:
    started = launcher_of(world).run_bot("run", trigger="manual")
    assert started.started, started
    world.caught_up(world.bus.last_seq())
    detail = world.get(f"/api/v1/runs/{started.run_id}")
    assert (detail["status"], {node["status"] for node in detail["nodes"]}) == ("running", {"pending"})
    assert world.get("/api/v1/bots")["items"][1]["activeRunId"] == started.run_id

    world.engine.start(queues="argosy.control")
    assert world.post("/api/v1/bots/run/run", 202) == {
        "runId": None,
        "status": "skipped",
        "reason": "overlap",
    }

    assert world.post(f"/api/v1/runs/{started.run_id}/cancel")["id"] == started.run_id
    world.engine.start()
    assert world.engine.wait(started.run_id).status == "cancelled"
    world.caught_up(world.bus.last_seq())
    assert world.get(f"/api/v1/runs/{started.run_id}")["counts"]["cancelled"] == 2
    assert world.post("/api/v1/runs/none/cancel", 404)["error"]["code"] == "not_found"


def test_pause_and_resume_are_kept_and_told(world: World) -> None:
    after = world.publish("alarm", bot=None, message="marks the place")
    assert world.post("/api/v1/bots/btc/pause")["state"] == "paused"
    assert world.post("/api/v1/bots/btc/pause")["state"] == "paused"
    assert world.get("/api/v1/bots/btc")["state"] == "paused"
    assert world.post("/api/v1/bots/btc/resume")["state"] == "running"
    changes = [(e.data["old"], e.data["new"]) for e in world.bus.read(after) if e.type == "param_change"]
    assert changes == [("running", "paused"), ("paused", "running")]


def test_halt_shows_on_every_bot_and_a_missing_flag_reads_as_halt(world: World) -> None:
    flags = world.engine.runtime.flags
    flags.write(EmergencyFlag("bot:btc", EmergencyState.HALT, 2, "odd fills"))
    assert [bot["state"] for bot in world.get("/api/v1/bots")["items"]] == ["halted", "running"]
    redis.Redis.from_url(world.engine.runtime.endpoints.redis_url).delete("argosy:flag:platform")
    assert {bot["state"] for bot in world.get("/api/v1/bots")["items"]} == {"halted"}
    assert world.get("/api/v1/system")["emergency"]["state"] == "HALT"


def test_system_tells_of_workers_recorder_and_events(world: World) -> None:
    worker = world.engine.start()
    seq = world.publish("alarm", bot=None, message="x")
    world.caught_up(seq)
    found = world.get("/api/v1/system")
    assert found["events"]["lastSeq"] == seq
    assert found["recorder"]["lagEvents"] > 0
    assert [each["name"] for each in found["workers"]] == [f"{worker.name}@test"]
    assert found["emergency"]["state"] == "NORMAL"
    world.record()
    again = world.get("/api/v1/system")["recorder"]
    assert again == {"lagEvents": 0, "lastSeq": seq}


def test_activity_speaks_in_sentences_once_each(world: World) -> None:
    world.publish("emergency", bot=None, scope="platform", state="HALT", epoch=2, actor="ann", reason="drill")
    action = {"clientId": "c1", "venue": "poly", "kind": "place_order", "symbol": "UP", "side": "buy"}
    world.publish(
        "action", run_id="r1", **action, quantity="10.50", price="0.4700", status="submitted", paper=True
    )
    world.record()
    seq = world.publish(
        "action", run_id="r1", **action, quantity="10.50", price="0.47", status="filled", filled="10.5",
        averagePrice="0.4700", paper=True,
    )  # fmt: skip
    world.caught_up(seq)
    texts = [item["text"] for item in world.get("/api/v1/activity")["items"]]
    assert texts == [
        "BTC: buy 10.5 UP at 0.47 on poly filled (paper)",
        "platform is HALT by ann: drill",
    ]


def test_node_types_have_schemas_of_their_parameters(world: World) -> None:
    found = {each["type"]: each for each in world.get("/api/v1/nodes")["items"]}
    assert found["test.mark"]["params"]["properties"]["sleepS"]["type"] == "number"
    assert found["test.mark"]["inputs"] == [{"name": "items", "type": "any", "required": False, "many": True}]


def test_health_metrics_and_document(world: World) -> None:
    world.start("r1")
    world.node("r1", "a")
    world.caught_up(world.finish("r1"))
    text = world.client.get(world.url + "/metrics").text
    assert 'argosy_runs_total{bot="btc",status="success"} 1.0' in text
    assert 'argosy_node_seconds_count{status="success",type="test.mark"} 1.0' in text
    assert 'argosy_queue_length{queue="argosy.quick"} 0.0' in text
    assert "argosy_ws_events_dropped_total 0.0" in text
    elsewhere = world.client.get(f"{world.url}/openapi.json", follow_redirects=False)
    assert (elsewhere.status_code, elsewhere.headers["location"]) == (307, "/api/v1/openapi.json")
    paths = world.get("/api/v1/openapi.json")["paths"]
    assert {f"/api/v1{route.path}" for route in ROUTES} == set(paths)


def test_strangers_are_refused(world: World) -> None:
    port = httpx.URL(world.url).port
    for headers in (
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{(port or 0) + 1}"},
        {"sec-fetch-site": "cross-site"},
        {"host": "evil.example"},
    ):
        reply = world.client.post(f"{world.url}/api/v1/bots/btc/pause", headers=headers)
        assert (reply.status_code, reply.json()["error"]["code"]) == (403, "forbidden"), headers
    assert world.get("/api/v1/bots/btc")["state"] == "running"
    assert (
        world.client.get(f"{world.url}/api/v1/bots", headers={"host": "rebound.example"}).status_code == 403
    )
    own = world.client.post(f"{world.url}/api/v1/bots/btc/pause", headers={"origin": world.url})
    assert own.status_code == 200
    assert own.headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/bots/nope", 404),
        ("/api/v1/bots/%00", 404),
        ("/api/v1/bots/btc/strategies/nope", 404),
        ("/api/v1/runs/nope", 404),
        ("/api/v1/runs/r1/nodes/x", 404),
        ("/api/v1/runs?limit=0", 422),
        ("/api/v1/runs?limit=x&status=odd&bogus=1", 422),
        ("/api/v1/runs?before=9999999999999999999.x", 422),
        ("/api/v1/runs?strategy=arb", 422),
        ("/api/v1/runs?bot=%00", 422),
        ("/api/v1/bots?x=1", 422),
        ("/api/v1/nothing", 404),
    ],
)
def test_bad_input_is_told_what_is_wrong(world: World, path: str, status: int) -> None:
    error = world.get(path, status)["error"]
    assert error["code"]
    assert error["message"]


def test_the_audit_is_paged_newest_first_and_filtered(world: World) -> None:
    for step in ("pause", "resume", "pause"):
        world.post(f"/api/v1/bots/btc/{step}")
    world.post("/api/v1/bots/run/pause")
    page = world.get("/api/v1/audit?limit=3")
    assert [(each["subject"], each["after"]["state"]) for each in page["items"]] == [
        ("bot:run", "paused"),
        ("bot:btc", "paused"),
        ("bot:btc", "running"),
    ]
    first = page["items"][0]
    assert (first["actor"], first["origin"], first["address"]) == ("dashboard", "api", "127.0.0.1")
    assert first["before"] == {"state": "running"}
    rest = world.get(f"/api/v1/audit?limit=3&before={page['nextBefore']}")
    assert [each["id"] for each in rest["items"]] == [1]
    assert rest["nextBefore"] is None
    assert len(world.get("/api/v1/audit?subject=bot:btc&action=bot&actor=dashboard")["items"]) == 3
    assert world.get("/api/v1/audit?subject=%00&since=2099-01-01T00:00:00")["items"] == []
    world.get("/api/v1/audit?limit=0", 422)
