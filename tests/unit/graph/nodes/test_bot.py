"""A bot's own nodes around its strategies, as whole runs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from support.cash_venue import CashVenue
from support.workflows import START, outputs, runner, workflow

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.venues import LazyVenues
from argosy.core.event import Event
from argosy.core.money.portfolio import Position
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import PLATFORM_SCOPE

RESULT = {"clientId": "c" * 32, "status": "filled", "filled": "5", "fee": "0.10"}
FOUND = {"id": "o1", "kind": "arbitrage", "confidence": 0.9, "expectedProfit": "1", "cost": "5"}
STRATEGY = workflow(
    {
        "start": ("strategy.start", {"capital": "50"}),
        "found": ("constant", {"value": [FOUND]}),
        "done": ("constant", {"value": RESULT}),
        "won": ("constant", {"value": ["1.25", None]}),
        "end": "strategy.result",
    },
    [
        "start.capital > end.notes",
        "found.value > end.opportunities",
        "done.value > end.results",
        "won.value > end.pnl",
    ],
)
BOT = workflow(
    {
        "tick": "bot.schedule",
        "portfolio": "bot.portfolio",
        "gate": ("bot.risk_gate", {"maxDrawdownPct": 20, "minEquity": 10}),
        "allocate": ("bot.allocate", {"reservePct": 10}),
        "a": ("strategy", {"strategy": "s", "weight": "0.5"}),
        "b": ("strategy", {"strategy": "s", "weight": "0.25"}),
        "sum": "bot.aggregate",
        "update": "bot.update_portfolio",
        "tell": ("bot.notify", {"when": "trades"}),
    },
    [
        "tick > portfolio.when",
        "portfolio.portfolio > gate.portfolio",
        "gate.allow > allocate.portfolio",
        "allocate.capital > a.capital",
        "allocate.capital > b.capital",
        "gate.allow > a.when",
        "gate.allow > b.when",
        "a.result > sum.results",
        "b.result > sum.results",
        "portfolio.portfolio > update.portfolio",
        "sum.summary > update.summary",
        "sum.summary > tell.summary",
    ],
    kind="bot",
)


def made(venue: CashVenue, events: list[Event] | None = None, raw: Any = BOT) -> LocalRunner:
    return runner(
        raw,
        strategies={"s": STRATEGY},
        venues=LazyVenues({venue.name: lambda: venue}),
        on_event=None if events is None else events.append,
    )


def test_capital_flows_by_weight_and_results_come_together() -> None:
    events: list[Event] = []
    snapshot = made(CashVenue("bank", [("USD", "100"), ("USDC", "20"), ("BTC", "9")]), events).run()
    assert snapshot.status == "success"
    assert outputs(snapshot, "allocate")["capital"] == "108"
    assert Decimal(outputs(snapshot, "a/start")["capital"]) == 54
    assert Decimal(outputs(snapshot, "b/start")["capital"]) == 27
    summary = outputs(snapshot, "sum")["summary"]
    assert [s["strategyId"] for s in summary["strategies"]] == ["a", "b"]
    assert (summary["opportunities"], summary["taken"], summary["filled"]) == (2, 2, 2)
    assert (summary["pnl"], summary["fees"]) == ("2.50", "0.20")
    assert [e.data["title"] for e in events if e.type == "notify"] == ["replay: 2 filled, 2 found"]
    metrics = {e.strategy_id: e.data["metrics"] for e in events if e.type.endswith("_metrics")}
    assert metrics["a"]["pnl"] == "1.25"
    assert metrics["a"]["trades"] == 1
    assert metrics[None] | {"pnl": "0", "equity": "120", "trades": 2, "winRate": 1.0} == metrics[None]


def test_totals_grow_run_by_run_and_profit_counts_from_the_first_equity() -> None:
    venue, events = CashVenue("bank", [("USD", "100")]), []
    bot = made(venue, events)
    bot.run()
    venue.money = [("USD", "90")]
    venue.held = [Position(venue="bank", symbol="UP", quantity=Decimal(40), average_cost=Decimal("0.4"))]
    bot.clock.advance(60)
    bot.run()
    last = [e.data["metrics"] for e in events if e.type == "bot_metrics"][-1]
    assert last | {"pnl": "6.0", "capital": "100", "equity": "106.0", "positions": 1} == last
    assert (last["trades"], last["wins"], last["executed"]) == (4, 4, 4)


@pytest.mark.parametrize(
    ("money", "reason"),
    [("79", "down 21.00 %"), ("5", "equity 5 is below 10")],
)
def test_a_gate_that_denies_holds_back_every_node_of_every_strategy(money: str, reason: str) -> None:
    venue = CashVenue("bank", [("USD", "100")])
    bot = made(venue)
    bot.run()
    venue.money = [("USD", money)]
    snapshot = bot.run()
    assert reason in str(outputs(snapshot, "gate")["value"])
    inside = {key: node.status.value for key, node in snapshot.nodes.items() if "/" in key}
    assert set(inside.values()) == {"skipped"}
    assert outputs(snapshot, "sum")["summary"]["strategies"] == []
    assert snapshot.status == "success"


def test_strategies_go_on_in_alert_and_halt_for_they_may_reduce() -> None:
    bot = made(CashVenue("bank", [("USD", "100")]))
    bot.flags.write(EmergencyFlag(PLATFORM_SCOPE, EmergencyState.ALERT, 2, "drill"))
    snapshot = bot.run()
    assert outputs(snapshot, "allocate")["capital"] == "90"  # sizes are scaled where actions are decided
    bot.flags.write(EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 3, "drill"))
    snapshot = bot.run()
    assert outputs(snapshot, "gate")["branch"] == "allow"
    assert outputs(snapshot, "allocate")["capital"] == "90"


def test_a_gate_can_be_told_to_deny_from_halt() -> None:
    raw = workflow(
        {"held": "bot.portfolio", "gate": ("bot.risk_gate", {"denyFrom": "HALT"})},
        ["held.portfolio > gate.portfolio"],
        kind="bot",
    )
    bot = made(CashVenue("bank"), raw=raw)
    assert outputs(bot.run(), "gate")["branch"] == "allow"
    bot.flags.write(EmergencyFlag(PLATFORM_SCOPE, EmergencyState.HALT, 3, "drill"))
    assert outputs(bot.run(), "gate") == {"branch": "deny", "value": ["emergency state is HALT"]}


@pytest.mark.parametrize("limits", [{}, {"maxPositions": 3}, {"minEquity": 1, "denyFrom": "HALT"}])
@pytest.mark.parametrize("joined", [True, False])
def test_a_gate_denies_while_the_portfolio_is_not_known(limits: dict[str, Any], joined: bool) -> None:
    venue = CashVenue("bank", [("USD", "100")])
    nodes = {"held": ("bot.portfolio", {"venues": ["closed"]}, {"onError": "continue"})}
    raw = workflow(
        {**nodes, "gate": ("bot.risk_gate", limits), "deal": "constant"},
        ["held.portfolio > gate.portfolio"] * joined + ["gate.allow > deal.when"],
        kind="bot",
    )
    snapshot = made(venue, raw=raw).run()
    assert snapshot.nodes["held"].status.value == "failed"
    found = outputs(snapshot, "gate")
    assert (found["branch"], "portfolio is not known" in str(found["value"])) == ("deny", True)
    assert snapshot.nodes["deal"].status.value == "skipped"


def _bot_with(source: tuple[Any, ...], edges: list[str], **more: Any) -> Any:
    return workflow(
        {
            "tick": "bot.schedule",
            "money": source,
            "a": ("strategy", {"strategy": "s"}),
            "sum": "bot.aggregate",
            **more,
        },
        ["tick > money.when", "tick > a.when", "money.value > a.capital", "a.result > sum.results", *edges],
        kind="bot",
    )


_FAILS = ("expression", {"expression": "1 / 0"}, {"onError": "continue"})
_SKIPPED = ("constant", {"value": "100"})


@pytest.mark.parametrize(
    ("source", "edges", "more"),
    [
        (_FAILS, [], {}),
        (_SKIPPED, ["tick.late_ms > no.condition", "no.true > money.when"], {"no": "branch"}),
    ],
    ids=["failed", "skipped"],
)
def test_a_strategy_whose_capital_does_not_arrive_is_skipped(
    source: tuple[Any, ...], edges: list[str], more: dict[str, Any]
) -> None:
    raw = _bot_with(source, edges, **more)
    if more:
        raw["edges"] = [
            edge for edge in raw["edges"] if (edge["source"], edge["target"]) != ("tick", "money")
        ]
    snapshot = made(CashVenue("bank"), raw=raw).run()
    inside = {key: node.status.value for key, node in snapshot.nodes.items() if key.startswith("a/")}
    assert set(inside.values()) == {"skipped"}
    assert "money was" in str(snapshot.nodes["a/start"].reason)
    assert outputs(snapshot, "sum")["summary"]["strategies"] == []


def test_a_strategy_alone_has_no_capital_that_its_document_does_not_name() -> None:
    raw = workflow({"start": "strategy.start", "end": "strategy.result"}, ["start.capital > end.notes"])
    assert outputs(runner(raw).run(), "start")["capital"] == "0"
    raw["nodes"][0]["params"] = {"capital": "70", "weight": "0.5"}
    assert Decimal(outputs(runner(raw).run(), "start")["capital"]) == 35


@pytest.mark.parametrize(
    ("params", "capital", "reserved"),
    [
        ({}, "100", "0"),
        ({"maxCapital": 30}, "30", "70"),
        ({"base": "equity"}, "100", "0"),
        ({"base": "equity", "reservePct": 60}, "44", "56"),
        ({"base": "initial", "reservePct": 100}, "0", "100"),
    ],
)
def test_allocation_never_exceeds_the_cash(params: dict[str, Any], capital: str, reserved: str) -> None:
    held = Position(venue="bank", symbol="UP", quantity=Decimal(10), average_cost=Decimal(1))
    raw = workflow(
        {"p": "bot.portfolio", "a": ("bot.allocate", params)}, ["p.portfolio > a.portfolio"], kind="bot"
    )
    found = outputs(made(CashVenue("bank", [("USD", "100")], [held]), raw=raw).run(), "a")
    assert (Decimal(found["capital"]), Decimal(found["reserved"])) == (Decimal(capital), Decimal(reserved))


def test_the_schedule_tells_how_late_it_is() -> None:
    bot = made(CashVenue("bank"), raw=workflow({"t": "bot.schedule"}, kind="bot"))
    bot.clock.advance(2.5)
    found = outputs(bot.run(trigger="schedule", due=START + timedelta(seconds=1)), "t")
    assert found == {"due": "2026-02-02T11:00:01Z", "trigger": "schedule", "late_ms": 1500}


def test_a_strategy_on_its_own_takes_its_parameters() -> None:
    snapshot = runner(STRATEGY).run()
    found = outputs(snapshot, "end")["result"]
    assert found["notes"] == ["50"]
    assert found["strategyId"] == "end"


def test_a_result_that_is_none_is_refused_by_name() -> None:
    raw = workflow(
        {"s": "strategy.start", "x": ("constant", {"value": {"nonsense": 1}}), "e": "strategy.result"},
        ["x.value > e.results", "s.capital > e.notes"],
    )
    assert "input 'results' of strategy.result does not fit" in str(runner(raw).run().nodes["e"].reason)
