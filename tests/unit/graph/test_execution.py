"""What becomes of a node execution, with state in memory and a driven clock."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, getcontext
from typing import Any

import orjson
from support.engine import compiled, document
from support.node_context import TheseVenues
from support.scripted_venue import ScriptedVenue

from argosy.bootstrap.local import LocalRunner
from argosy.core.actions.action import Action, ActionKind
from argosy.core.actions.intent import Caller
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.core.risk import Constraint, ConstraintKind
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.venues.venue import Quote
from argosy.errors import VenueNotFound
from argosy.graph.runs import NodeStatus

START = datetime(2026, 1, 1, tzinfo=UTC)
DIAMOND = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]


def runner(raw: dict[str, Any], events: list[Event] | None = None) -> LocalRunner:
    on_event = None if events is None else events.append
    return LocalRunner(compiled(raw), clock=DrivenClock(START), on_event=on_event)


def test_every_node_runs_once_in_order() -> None:
    made = runner(document(DIAMOND))
    snapshot = made.run()
    assert snapshot.status == "success"
    ends = [k for k, word, *_ in made.documents.get("trace", snapshot.meta.run_id).value if word == "end"]  # type: ignore[union-attr]
    assert (ends[0], sorted(ends[1:3]), ends[3]) == ("a", ["b", "c"], "d")


def test_outputs_reach_successors_and_the_snapshot() -> None:
    snapshot = runner(document(DIAMOND)).run()
    assert {k: orjson.loads(n.outputs or b"")["value"] for k, n in snapshot.nodes.items()} == {
        "a": 0,
        "b": 1,
        "c": 1,
        "d": 2,
    }


def test_what_a_node_sets_of_decimals_ends_with_it() -> None:
    before = getcontext().prec
    snapshot = runner(document([("a", "b"), ("b", "c")], type_="test.third", fuse=True)).run()
    found = {orjson.loads(n.outputs or b"")["value"] for n in snapshot.nodes.values()}
    assert found == {"0." + "3" * 28}
    assert getcontext().prec == before


def test_limits_of_a_replay_look_at_prices_before_each_run() -> None:
    class Shop(ScriptedVenue):
        def quote(self, symbol: str) -> Quote:
            asked.append(symbol)
            if symbol == "GONE":
                raise VenueNotFound("the market is over")
            return Quote(venue=self.name, symbol=symbol, last=Decimal(3), at=made.clock.now())

    asked: list[str] = []
    rule = Constraint(id="loss", scope="bot:replay", kind=ConstraintKind.DAILY_LOSS, limit=Decimal(1))
    shop = Shop()
    shop.name = "polymarket"
    made = LocalRunner(
        compiled(document([("a", "b")])), clock=DrivenClock(START), venues=TheseVenues({shop.name: shop}),
        constraints=[rule], capital=Decimal(10),
    )  # fmt: skip
    orders = [
        Action(client_id=name, venue=shop.name, kind=ActionKind.PLACE_ORDER, symbol=name, side="buy",
               quantity=Decimal(1), limit_price=Decimal(2))
        for name in ("X", "GONE")
    ]  # fmt: skip
    made.journal.decide(Caller("paper", "trading", "replay"), orders)
    for _ in range(2):
        made.clock.advance(1)
        made.run()
    assert asked == ["GONE", "X"] * 3
    market = orders[0].model_copy(update={"client_id": "M", "limit_price": None})
    [intent], _ = made.journal.decide(Caller("paper", "trading", "replay"), [market])
    assert (intent.code, intent.reserved) == (None, 3)  # by the last price


def test_retries_drive_the_clock_with_the_policys_delays() -> None:
    policy = {"maxAttempts": 4, "delayS": 2, "factor": 3, "jitter": False}
    made = runner(document([("a", "b")], nodes={"a": {"params": {"flaky": 2}, "retry": policy}}))
    snapshot = made.run()
    assert snapshot.nodes["a"].attempt == 3
    assert (made.clock.now() - START).total_seconds() == 2 + 6


def test_an_error_that_is_not_retryable_is_not_retried() -> None:
    events: list[Event] = []
    made = runner(document([("a", "b")], nodes={"a": {"params": {"fail": True}}}), events)
    snapshot = made.run()
    assert snapshot.nodes["a"].attempt == 1
    (failed,) = [e for e in events if e.node_id == "a"]
    error = failed.data["error"]
    assert (error["code"], error["message"]) == ("RuntimeError", "told to fail")
    assert snapshot.nodes["a"].reason == "RuntimeError: told to fail"


def test_a_waiting_retry_is_told_as_running_with_the_delay() -> None:
    events: list[Event] = []
    policy = {"maxAttempts": 2, "delayS": 2, "jitter": False}
    runner(document([("a", "b")], nodes={"a": {"params": {"flaky": 1}, "retry": policy}}), events).run()
    statuses = [(e.data["status"], e.data.get("retryIn")) for e in events if e.node_id == "a"]
    assert statuses == [("running", 2000), ("success", None)]


def test_a_tolerated_failure_leaves_the_run_a_success() -> None:
    raw = document([("a", "b")], nodes={"a": {"params": {"fail": True}, "onError": "continue"}})
    snapshot = runner(raw).run()
    assert snapshot.status == "success"
    assert snapshot.nodes["a"].status is NodeStatus.FAILED


def test_the_deadline_ends_a_run_that_only_waits() -> None:
    policy = {"maxAttempts": 9, "delayS": 3600, "maxDelayS": 3600, "jitter": False}
    snapshot = runner(document([("a", "b")], nodes={"a": {"params": {"flaky": 9}, "retry": policy}})).run()
    assert (snapshot.status, snapshot.reason) == ("failed", "the run's deadline has passed")


def test_outputs_that_are_too_large_fail_the_node() -> None:
    raw = document([], nodes={"a": {"type": "test.large", "params": {"bytes": 70_000}}})
    snapshot = runner(raw).run()
    assert snapshot.nodes["a"].status is NodeStatus.FAILED
    assert "too large" in (snapshot.nodes["a"].reason or "")


def test_events_carry_a_cut_preview_and_say_so() -> None:
    events: list[Event] = []
    raw = document([], nodes={"a": {"type": "test.large", "params": {"bytes": 5_000}}})
    snapshot = runner(raw, events).run()
    (event,) = [e for e in events if e.type == "node_execution"]
    assert event.data["truncated"] is True
    assert len(orjson.dumps(event.data)) < 1024
    assert len(snapshot.nodes["a"].outputs or b"") > 5_000


def test_events_carry_the_inputs_of_nodes_that_ran() -> None:
    events: list[Event] = []
    runner(document([("a", "b"), ("a", "c")], nodes={"b": {"params": {"fail": True}}}), events).run()
    told = {e.node_id: e.data.get("inputs") for e in events if e.type == "node_execution"}
    assert told == {"a": {"items": []}, "b": {"items": [0]}, "c": {"items": [0]}}


def test_inputs_in_events_are_cut_like_outputs() -> None:
    events: list[Event] = []
    raw = document([("a", "b")], nodes={"a": {"type": "test.large", "params": {"bytes": 5_000}}})
    runner(raw, events).run()
    (event,) = [e for e in events if e.node_id == "b"]
    assert event.data["inputs"]["items"][0].startswith("xxx")
    assert event.data["truncated"] is True
    assert len(orjson.dumps(event.data)) < 1024


def test_a_node_that_did_not_run_has_no_inputs() -> None:
    events: list[Event] = []
    made = runner(document([("a", "x")], nodes={"x": {"type": "test.effect"}}), events)
    made.flags.write(EmergencyFlag("bot:replay", EmergencyState.HALT, 2, "drill"))
    made.run()
    (event,) = [e for e in events if e.node_id == "x"]
    assert (event.data["status"], event.data.get("inputs")) == ("cancelled", None)


def test_emergency_states_along_the_path() -> None:
    made = runner(document([("a", "x")], nodes={"x": {"type": "test.effect"}}))
    made.flags.write(EmergencyFlag("bot:replay", EmergencyState.HALT, 2, "drill"))
    assert made.run().nodes["x"].status is NodeStatus.CANCELLED
    made.flags.write(EmergencyFlag("bot:replay", EmergencyState.NORMAL, 3, "over"))
    assert made.run().nodes["x"].status is NodeStatus.SUCCESS
    made.flags.write(EmergencyFlag("platform", EmergencyState.SHUTDOWN, 4, "end"))
    assert {n.status for n in made.run().nodes.values()} == {NodeStatus.CANCELLED}


def test_an_executor_that_can_take_risk_away_goes_on_in_halt_and_not_in_shutdown() -> None:
    made = runner(document([("a", "x")], nodes={"x": {"type": "test.reduce"}}))
    made.flags.write(EmergencyFlag("bot:replay", EmergencyState.HALT, 2, "drill"))
    assert made.run().nodes["x"].status is NodeStatus.SUCCESS
    made.flags.write(EmergencyFlag("bot:replay", EmergencyState.SHUTDOWN, 3, "end"))
    assert made.run().nodes["x"].status is NodeStatus.CANCELLED


def test_side_effects_are_refused_while_the_platforms_flag_is_missing() -> None:
    made = runner(document([("a", "x")], nodes={"x": {"type": "test.effect"}}))
    made.flags._flags.clear()
    snapshot = made.run()
    assert snapshot.nodes["a"].status is NodeStatus.SUCCESS
    assert snapshot.nodes["x"].status is NodeStatus.CANCELLED
    assert "missing" in (snapshot.nodes["x"].reason or "")
