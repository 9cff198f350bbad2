"""`argosy trace` on orders that went through the gateway, on real servers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from integration.gateway.conftest import a_caller
from support.commands import Argosy, in_process
from support.scripted_venue import rejected

from argosy.core.actions.action import ActionStatus
from argosy.core.event import Event
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.infrastructure.safety.service import EmergencyService
from argosy.infrastructure.storage.history.recording import HistoryWriter
from argosy.infrastructure.storage.safety import limits

D = Decimal
BUY = "abcdef00" * 4


@pytest.fixture
def argosy(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    redis_url: str,
    database_url: str,
) -> Argosy:
    return in_process(monkeypatch, capsys, tmp_path, redis_url, database_url)


@pytest.fixture
def desk(desk_on: Callable[..., Any]) -> Any:
    desk = desk_on()
    desk.caller = a_caller(run_id="bot-1", node_id="order")
    return desk


def recorded(desk: Any, database_url: str, act: Callable[[], object]) -> None:
    """Act inside a node of run bot-1, and store its events in history."""
    bus, now = desk.events, desk.clock.now_ms
    begun = now()
    run = {"workflow": "d", "kind": "bot", "trigger": "schedule", "correlationId": "c"}
    bus.publish(Event("run_started", begun, "bot", None, "bot-1", None, {**run, "scheduledAt": begun - 40}))
    act()
    node = {
        "attempt": 1,
        "type": "trading.spot_order",
        "startedAt": begun,
        "worker": "io-1",
        "status": "success",
    }
    node["executionTimeMs"] = now() - begun + 1
    bus.publish(Event("node_execution", now(), "bot", "s1", "bot-1", "order", node))
    end = {"status": "success", "startedAt": begun, "durationMs": now() - begun + 2, "counts": {"success": 1}}
    bus.publish(Event("run_finished", now() + 2, "bot", None, "bot-1", None, {**run, **end}))
    writer = HistoryWriter(database_url)
    writer.write(bus.read(limit=10_000))
    writer.close()


def test_a_filled_order_is_shown_from_its_tick_to_its_bookings(
    argosy: Argosy, desk: Any, database_url: str
) -> None:
    cap = Constraint(id="cap", scope="bot:bot", kind=ConstraintKind.CAPITAL_PER_ACTION, limit=D(50))
    desk.database.run(limits.save(cap, Actor(id="test"), at=desk.clock.now()))
    order = desk.order(client_id=BUY)
    recorded(desk, database_url, lambda: desk.submit(order))
    found = argosy("trace", BUY, "--json").json
    assert (found["clientId"], found["intent"]["status"], found["run"]["trigger"]) == (
        BUY,
        "filled",
        "schedule",
    )
    assert (found["node"]["type"], found["node"]["worker"]) == ("trading.spot_order", "io-1")
    assert found["intent"]["assessment"]["findings"][0]["constraint"] == "cap"
    changes = found["changes"]
    assert [(c["before"], c["after"], c["actor"]) for c in changes] == [
        (None, "planned", "gateway"),
        ("planned", "submitted", "gateway"),
        ("submitted", "filled", "gateway"),
    ]
    assert changes[0]["afterMs"] is None
    assert all(c["afterMs"] >= 0 for c in changes[1:])
    entries = [each["entry"] for each in found["entries"]]
    assert [(e["kind"], D(e["amount"]), D(e["quantity"])) for e in entries] == [
        ("trade", D(-20), D(10)),
        ("fee", D("-0.01"), D(0)),
    ]
    ((seq,),) = desk.all("SELECT (position >> 20) || '-' || (position & 1048575) FROM actions")
    assert found["recorded"]["seq"] == seq
    (before,) = found["reconciliations"]  # the one that each bot needs before it acts
    assert (before["status"], before["trigger"]) == ("clean", "start")
    steps = {step["name"]: step["code"] for step in found["steps"]}
    assert steps["node starts"] == "domains/trading/nodes/spot.py: spot_order"
    assert {
        "tick",
        "run starts",
        "decision",
        "begin",
        "call",
        "answer",
        "booking",
        "history",
        "run ends",
    } <= set(steps)
    times = [step["at"] for step in found["steps"]]
    assert times == sorted(times)

    text = argosy("trace", BUY).out
    assert "buy 10 X at scripted for at most 2 USD: filled" in text
    assert f"client id {BUY}, venue order id v-abcdef" in text
    assert "submitted → filled after " in text
    assert "trade: +10 X, -20 USD" in text
    assert "infrastructure/actions/gateway.py: Gateway._call" in text


@pytest.mark.parametrize("name", ["abcdef", BUY[:-1], "v-abcdef"])
def test_a_prefix_or_the_order_id_of_the_venue_finds_the_order(argosy: Argosy, desk: Any, name: str) -> None:
    desk.submit(desk.order(client_id=BUY), desk.order())
    assert argosy("trace", name, "--json").json["clientId"] == BUY


@pytest.mark.parametrize("name", ["abcde", "abcdeg", "v-abcde", "%bcdef", "abcd__", ""])
def test_an_unknown_order_is_not_found(argosy: Argosy, desk: Any, name: str) -> None:
    desk.submit(desk.order(client_id=BUY))
    shown = argosy("trace", name)
    assert shown.code == 5
    assert "no action has this id" in shown.err
    assert "argosy actions list" in shown.err
    assert argosy("trace", name, "--json").json["error"]["code"] == "not_found"


def test_a_name_of_several_orders_lists_them(argosy: Argosy, desk: Any) -> None:
    both = ["abcdef" + "1" * 26, "abcdef" + "2" * 26]
    desk.submit(*(desk.order(client_id=each, quantity="1") for each in both))
    for name in ("abcdef", "v-abcdef"):
        shown = argosy("trace", name)
        assert shown.code == 2
        assert all(each in shown.err for each in both)
        assert sorted(argosy("trace", name, "--json").json["error"]["details"]["candidates"]) == both
    assert argosy("trace", both[0], "--json").json["clientId"] == both[0]


def test_an_open_order_that_was_cancelled_shows_the_request_and_the_state_behind_it(
    argosy: Argosy, desk: Any
) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(0), status=ActionStatus.OPEN)]
    order = desk.order(client_id=BUY, time_in_force="GTC")
    desk.submit(order)
    emergency = EmergencyService(desk.database, desk.flags, desk.events, desk.clock, drain_s=0)
    emergency.change("bot:bot", EmergencyState.HALT, actor=Actor(id="anna"), reason="drill")
    desk.gateway.cancel(desk.intent(order), desk.venues, desk.caller, why="drill")
    found = argosy("trace", BUY, "--json").json
    assert [change["after"] for change in found["changes"]] == ["planned", "submitted", "open", "cancelled"]
    assert [(each["scope"], each["after"], each["actor"]) for each in found["emergencies"]] == [
        ("bot:bot", "HALT", "anna")
    ]
    (request,) = found["cancellations"]
    assert (request["action"]["kind"], request["status"]) == ("cancel_order", "filled")
    text = argosy("trace", BUY).out
    assert "bot:bot: NORMAL → HALT by anna: drill" in text
    assert f"{request['action']['clientId']}: filled" in text
    assert "the run is not in history" in text


def test_a_denied_order_shows_its_code_and_was_never_called(argosy: Argosy, desk: Any) -> None:
    desk.set(EmergencyState.HALT, 2)
    desk.submit(desk.order(client_id=BUY))
    found = argosy("trace", BUY, "--json").json
    assert (found["intent"]["code"], found["intent"]["epochs"]) == ("emergency.halt", {"platform": 2})
    assert [step["name"] for step in found["steps"] if step["name"] != "reconciliation"] == ["decision"]
    assert "denied (emergency.halt, " in argosy("trace", BUY).out


def test_an_outcome_found_by_a_query_is_shown_as_one(argosy: Argosy, desk: Any) -> None:
    desk.venue.answers = [lambda venue, action: venue.do(action, D(4), status=ActionStatus.PARTIALLY_FILLED)]
    order = desk.order(client_id=BUY, time_in_force="GTC")
    desk.submit(order)
    desk.venue.do(order, D(6))
    desk.reconciler.bot(desk.caller, desk.venues, trigger="beat")
    found = argosy("trace", BUY, "--json").json
    assert found["intent"]["lookups"] == 1
    assert [fill["id"] for fill in found["intent"]["result"]["fills"]] == ["t1", "t2"]
    text = argosy("trace", BUY).out
    assert "partially_filled → filled after " in text
    assert "infrastructure/actions/gateway.py: Gateway.resolve" in text


def test_a_rejected_order_shows_the_reason_of_the_venue(argosy: Argosy, desk: Any) -> None:
    desk.venue.answers = [rejected]
    desk.submit(desk.order(client_id=BUY))
    shown = argosy("trace", BUY)
    assert "submitted → rejected after " in shown.out
    assert "no funds" in shown.out
    assert argosy("trace", BUY, "--json").json["entries"] == []
