"""The live protocol over real sockets."""

from __future__ import annotations

import re
import socket
import threading
import time

import pytest
from support.engine import wait_for
from websockets.exceptions import ConnectionClosed, InvalidStatus

from dashboard.live import connection
from dashboard.live.queue import HARD

from .conftest import World, serving

pytestmark = pytest.mark.integration


def seqs(messages: list[dict]) -> list[tuple[int, ...]]:  # type: ignore[type-arg]
    return [tuple(map(int, m["seq"].split("-"))) for m in messages if "botId" in m]


def test_snapshot_then_every_event_in_order(world: World) -> None:
    world.start("r1")
    world.caught_up(world.node("r1", "a"))
    with world.live() as live:
        live.subscribe("strategy", botId="btc", strategyId="arb")
        snapshot = live.next()
        assert snapshot["type"] == "snapshot"
        assert snapshot["data"]["bot"]["id"] == "btc"
        assert snapshot["data"]["activeRun"]["id"] == "r1"
        assert [(n["nodeId"], n["status"]) for n in snapshot["data"]["nodes"]] == [("a", "success")]
        world.node("r1", "b", "running")
        world.node("r1", "b")
        world.node("r1", "first", strategy=None)
        end = world.finish("r1", success=2)
        got = live.until(lambda m: m["type"] == "run_finished")
        assert [(m["type"], m["nodeId"]) for m in got] == [
            ("node_execution", "b"),
            ("node_execution", "b"),
            ("run_finished", None),
        ]
        assert got[-1]["seq"] == end
        assert seqs(got) == sorted(seqs(got))
        assert set(got[0]) == {"seq", "type", "botId", "strategyId", "runId", "nodeId", "timestamp", "data"}


def test_a_snapshot_is_complete_whether_or_not_the_recorder_has_written(world: World) -> None:
    world.node("r1", "a")
    world.record()
    world.caught_up(world.node("r2", "b"))
    with world.live() as live:
        live.subscribe("bot", botId="btc")
        nodes = live.next()["data"]["nodes"]
    assert {(n["nodeId"], n["runId"], n["executions"]) for n in nodes} == {("a", "r1", 1), ("b", "r2", None)}


def test_a_dashboard_started_late_reads_what_the_recorder_has_not_written(servers_only: World) -> None:
    world = servers_only
    world.start("r1")
    world.node("r1", "a")
    world.record()
    last = world.node("r1", "b")
    with serving(world):
        world.caught_up(last)
        assert world.get("/api/v1/bots")["items"][0]["activeRunId"] == "r1"
        latest = world.get("/api/v1/bots/btc/strategies/arb")["latest"]
        assert set(latest) == {"a", "b"}


def test_reconnecting_with_the_last_seq_misses_nothing_and_doubles_nothing(world: World) -> None:
    with world.live() as live:
        live.subscribe("bot", botId="btc")
        live.next()
        first = world.node("r1", "a")
        assert live.next()["seq"] == first
    missed = [world.node("r1", f"n{n}") for n in range(700)]
    with world.live() as live:
        live.subscribe("bot", after=first, botId="btc")
        later = world.finish("r1")
        got = live.until(lambda m: m["type"] == "run_finished")
    assert [m["seq"] for m in got] == [*missed, later]


def test_a_seq_that_is_no_longer_kept_gets_a_fresh_snapshot(world: World) -> None:
    old = world.node("r1", "a")
    for n in range(50):
        last = world.node("r1", f"n{n}")
    world.record()
    world.trim(last)
    with world.live() as live:
        live.subscribe("bot", after=old, botId="btc")
        reset, snapshot = live.next(), live.next()
        assert (reset["type"], reset["reason"]) == ("reset", "too_old")
        assert snapshot["type"] == "snapshot"
        assert len(snapshot["data"]["nodes"]) == 51
        new = world.node("r2", "a")
        assert live.next()["seq"] == new


def test_a_seq_of_the_future_gets_a_fresh_snapshot(world: World) -> None:
    with world.live() as live:
        live.subscribe("bot", after="99999999999999-0", botId="btc")
        assert [live.next()["type"], live.next()["type"]] == ["reset", "snapshot"]


def test_all_bots_get_aggregates_at_most_once_a_second_and_no_single_nodes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second is too short for a busy machine, so the next aggregate is minutes away."""
    assert connection.AGGREGATE_S == 1.0
    monkeypatch.setattr(connection, "AGGREGATE_S", 600.0)
    with world.live() as live:
        live.subscribe()
        assert [bot["id"] for bot in live.next()["data"]["bots"]] == ["btc", "run"]
        for n in range(40):
            world.start(f"r{n}")
            world.node(f"r{n}", "a")
            world.publish("bot_metrics", run_id=f"r{n}", metrics={"pnl": str(n)})
            seq = world.finish(f"r{n}")
        world.caught_up(seq)
        world.publish(
            "emergency", bot=None, scope="platform", state="HALT", epoch=2, actor="a", reason="drill"
        )
        began = time.monotonic()
        got = live.until(lambda m: m["type"] == "emergency")
        assert time.monotonic() - began < 30, "an emergency does not wait for the next aggregate"
    assert {m["type"] for m in got} == {"run_started", "bot_metrics", "run_finished", "emergency"}
    assert len(got) < 10
    assert [m["runId"] for m in got if m["type"] == "run_finished"][-1] == "r39"
    assert [m["data"]["metrics"]["pnl"] for m in got if m["type"] == "bot_metrics"][-1] == "39"
    assert seqs(got) == sorted(seqs(got))


def test_a_client_that_does_not_read_slows_nobody_and_is_reset_when_it_reads_again(world: World) -> None:
    rounds = HARD + 1_000
    deaf_socket = socket.create_connection(("127.0.0.1", int(world.url.rsplit(":", 1)[1])))
    deaf_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    filler = "x" * 500
    with world.live(sock=deaf_socket, max_queue=1) as deaf, world.live() as live:
        deaf.subscribe("bot", botId="btc")
        assert deaf.next()["type"] == "snapshot"
        live.subscribe("bot", batch=False, botId="btc")
        live.next()
        sender = threading.Thread(
            target=lambda: (
                [world.node(f"r{n}", "a", outputs={"t": filler}) for n in range(rounds)]
                and world.finish("end")
            )
        )
        sender.start()
        got = live.until(lambda m: m["type"] == "run_finished", timeout_s=60)
        sender.join()
        nodes = [m["runId"] for m in got if m["type"] == "node_execution"]
        assert nodes == [f"r{n}" for n in range(rounds)]
        assert not [m for m in got if m["type"] in ("reset", "coalesced")]
        told = deaf.until(lambda m: m["type"] == "snapshot", timeout_s=30)
        assert told[-2]["type"] == "reset"
        assert told[-2]["reason"] == "overflow"
        newest = {n["nodeId"]: n["runId"] for n in told[-1]["data"]["nodes"]}
        assert newest["a"] == f"r{rounds - 1}"
        last = world.node("after", "a")
        assert deaf.until(lambda m: m.get("seq") == last)[-1]["runId"] == "after"
    text = world.client.get(world.url + "/metrics").text
    assert 'argosy_ws_resets_total{reason="overflow"} 1.0' in text
    (dropped,) = re.findall(r"^argosy_ws_events_dropped_total (\S+)", text, re.MULTILINE)
    assert HARD < float(dropped) <= rounds + 2


def test_a_slow_client_gets_the_newest_state_of_a_node_and_is_told(world: World) -> None:
    deaf_socket = socket.create_connection(("127.0.0.1", int(world.url.rsplit(":", 1)[1])))
    deaf_socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    filler = "x" * 500
    with world.live(sock=deaf_socket, max_queue=1) as slow:
        slow.subscribe("bot", botId="btc")
        slow.next()
        for n in range(3_000):
            last = world.node("r1", "a", "running", attempt=n, outputs={"t": filler})
        last = world.node("r1", "a", "success", attempt=9)
        end = world.finish("r1")
        world.caught_up(end)
        got = slow.until(lambda m: m["type"] == "run_finished", timeout_s=30)
    coalesced = sum(m["count"] for m in got if m["type"] == "coalesced")
    nodes = [m for m in got if m["type"] == "node_execution"]
    assert coalesced > 0
    assert len(nodes) + coalesced == 3_001
    assert nodes[-1]["seq"] == last
    assert not [m for m in got if m["type"] == "reset"]


def test_batches_are_arrays_of_the_same_messages(world: World) -> None:
    with world.live() as live:
        live.subscribe("bot", botId="btc", batch=True)
        live.next()
        sent = [world.node("r1", f"n{n}") for n in range(300)]
        got: list[str] = []
        while len(got) < len(sent):
            frame = live.next()
            got += [m["seq"] for m in (frame if isinstance(frame, list) else [frame])]
    assert got == sent


def test_heartbeat_carries_the_position(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEARTBEAT_S", 0.2)
    with world.live() as live:
        live.subscribe("strategy", botId="btc", strategyId="arb")
        live.next()
        elsewhere = world.node("r1", "x", strategy="other")
        beats = live.until(lambda m: m["type"] == "heartbeat" and m["seq"] == elsewhere)
    assert {m["type"] for m in beats} == {"heartbeat"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"op":"fly"}',
        '{"op":"subscribe"}',
        '{"op":"subscribe","scope":{"kind":"bot"}}',
        '{"op":"subscribe","scope":{"kind":"strategy","botId":"btc"}}',
        '{"op":"subscribe","scope":{"kind":"bot","botId":"\\u0000"}}',
        '{"op":"subscribe","scope":{"kind":"all"},"after":"soon"}',
        '{"op":"subscribe","scope":{"kind":"all"},"after":"1-1; DROP"}',
        '{"op":"subscribe","scope":{"kind":"bot","botId":"nobody"}}',
        '{"op":"subscribe","scope":{"kind":"strategy","botId":"btc","strategyId":"nobody"}}',
    ],
)
def test_nonsense_is_answered_and_the_socket_lives_on(world: World, text: str) -> None:
    with world.live() as live:
        live.socket.send(text)
        answer = live.next()
        assert answer["type"] == "error"
        assert answer["code"] in ("invalid_input", "not_found")
        live.socket.send(b"\x00\x01")
        assert live.next()["type"] == "error"
        live.say(op="ping")
        assert live.next()["type"] == "pong"


def test_another_scope_takes_the_place_of_the_first(world: World) -> None:
    with world.live() as live:
        live.subscribe("bot", botId="run")
        live.next()
        live.subscribe("strategy", botId="btc", strategyId="arb")
        assert live.next()["scope"]["kind"] == "strategy"
        world.publish("bot_metrics", bot="run", metrics={"pnl": "1"})
        own = world.node("r1", "a")
        assert live.next()["seq"] == own
        assert world.hub.listeners == 1


def test_unsubscribing_ends_the_events(world: World) -> None:
    with world.live() as live:
        live.subscribe("bot", botId="btc")
        live.next()
        live.say(op="unsubscribe")
        live.say(op="ping")
        assert live.next()["type"] == "pong"
        wait_for(lambda: world.hub.listeners == 0, timeout_s=30, why="nobody listens")
        world.caught_up(world.node("r1", "a"))
        live.say(op="ping")
        assert live.next()["type"] == "pong"


def test_other_sites_cannot_connect(world: World) -> None:
    with pytest.raises((InvalidStatus, ConnectionClosed)), world.live(origin="http://evil.example"):
        pass
    with world.live(origin=world.url) as live:
        live.say(op="ping")
        assert live.next()["type"] == "pong"


def test_sockets_that_end_leave_nothing_behind(world: World) -> None:
    for _ in range(20):
        with world.live() as live:
            live.subscribe("bot", botId="btc")
            live.next()
    wait_for(lambda: world.hub.listeners == 0, timeout_s=30, why="no listener left")
    wait_for(
        lambda: "argosy_ws_clients 0.0" in world.client.get(world.url + "/metrics").text,
        timeout_s=30,
        why="no client counted",
    )
