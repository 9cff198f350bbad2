"""Old strategies as Argosy strategies, in paper mode, through the gateway and the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.old_exchange import OldExchange

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import registry
from argosy.bootstrap.venues import LazyVenues
from argosy.core.clock import DrivenClock
from argosy.core.money.ledger import EntryKind
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.domains.trading.paper.spot import SpotPaperVenue
from argosy.errors import ConfigError, NotFound
from argosy.graph.compile import compile_workflow
from argosy.graph.document import parse
from argosy.graph.runs import RunSnapshot
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.legacy import strategies
from argosy.legacy.adapter import StrategyAdapter
from argosy.legacy.looking import LookOnly, ScratchDocuments
from argosy.legacy.venue import ProviderVenue


class Swing:
    """Buys, then sells what it has. All it knows is in itself."""

    def __init__(self, provider: Any, pair: str, amount: float = 0.5) -> None:
        self.provider = provider
        self.pair = pair
        self.amount = amount
        self.held = 0.0
        self.last_id: str | None = None

    def find_opportunity(self) -> dict[str, Any]:
        side = "sell" if self.held else "buy"
        return {"confidence": 1.4, "expected_profit": 0.25, "metadata": {"side": side, "of": (1, Decimal(2))}}

    def should_execute(self, opportunity: dict[str, Any]) -> bool:
        return self.amount > 0

    def execute(self, opportunity: dict[str, Any]) -> Any:
        side = opportunity["metadata"]["side"]
        order = self.provider.place_order(self.pair, side, self.held or self.amount, order_type="market")
        self.held = order.filled if side == "buy" else 0.0
        self.last_id = order.id
        return order


class AsyncSwing(Swing):
    async def execute(self, opportunity: dict[str, Any]) -> Any:
        side = opportunity["metadata"]["side"]
        price = 102.0 if side == "buy" else 98.0
        order = await self.provider.place_order(self.pair, side, self.held or self.amount, price)
        self.held = order["filled"] if side == "buy" else 0.0
        return order


class Broken(Swing):
    def execute(self, opportunity: dict[str, Any]) -> Any:
        super().execute(opportunity)
        raise KeyError("its own fault")


class Rig:
    def __init__(self) -> None:
        self.exchange = OldExchange()
        self.clock = DrivenClock(datetime.fromtimestamp(1_700_000_000, UTC))
        self.documents = MemoryDocuments()
        source = ProviderVenue(self.exchange, self.documents, self.clock, name="old")
        self.venue = SpotPaperVenue(source, self.documents, self.clock, account="bot", capital=Decimal(1000))

    def runner(
        self, strategy: str, *, documents: Any = None, venue: Any = None, **params: Any
    ) -> LocalRunner:
        document = parse(
            {
                "id": "old_bot",
                "name": "Old bot",
                "kind": "strategy",
                "schema": 1,
                "nodes": [
                    {
                        "id": "poll",
                        "type": "legacy.poll",
                        "params": {
                            "strategy": strategy,
                            "venue": "old",
                            "config": {"pair": "BTC/USDT", **params.pop("config", {})},
                            **params,
                        },
                    }
                ],
                "edges": [],
            }
        )
        return LocalRunner(
            compile_workflow(document, registry().with_venues(["old"]), resolve=lambda name: document),
            clock=self.clock,
            venues=LazyVenues({"old": lambda: venue or self.venue}),
            documents=documents or self.documents,
            bot_id="bot",
            capital=Decimal(1000),
        )


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(strategies, "_registered", {})
    for made in (Swing, AsyncSwing, Broken):
        strategies.register(made.__name__, made)
    yield


def outputs(run: RunSnapshot) -> Any:
    assert run.status == "success", run
    raw = run.nodes["poll"].outputs
    assert raw is not None
    return orjson.loads(raw)


@pytest.mark.parametrize("name", ["Swing", "AsyncSwing"])
def test_polls_become_ledger_entries(rig: Rig, name: str) -> None:
    runner = rig.runner(name)
    first = outputs(runner.run())
    assert [result["status"] for result in first["results"]] == ["filled"]
    assert first["traded"] == "50.50"
    (opportunity,) = first["opportunities"]
    assert (opportunity["confidence"], opportunity["expectedProfit"], opportunity["state"]) == (
        1.0,
        "0.25",
        "taken",
    )
    assert opportunity["details"] == {"side": "buy", "of": [1, "2"]}
    second = outputs(runner.run())
    assert second["results"][0]["averagePrice"] == "99.0"
    trades = [entry for entry in runner.journal.entries if entry.kind is EntryKind.TRADE]
    assert [(entry.quantity, entry.amount) for entry in trades] == [
        (Decimal("0.5"), Decimal("-50.5")),
        (Decimal("-0.5"), Decimal("49.5")),
    ]
    assert {event.type for event in runner.events.read()} >= {"opportunity", "action"}


def test_it_remembers_on_another_worker_and_by_run(rig: Rig) -> None:
    outputs(rig.runner("Swing").run())
    found = rig.documents.get("memory:bot:-", "legacy:poll")
    assert found is not None
    assert found.value["after"]["held"] == 0.5
    assert "amount" not in found.value["after"]
    assert len(rig.documents.get("memory:bot:-", "legacy.orders:poll").value) == 1  # type: ignore[union-attr]


def test_declined(rig: Rig) -> None:
    runner = rig.runner("Swing", config={"amount": 0.0})
    found = outputs(runner.run())
    assert (found["results"], found["opportunities"][0]["state"]) == ([], "declined")


def test_halted(rig: Rig) -> None:
    runner = rig.runner("Swing")
    runner.flags.write(EmergencyFlag("platform", EmergencyState.HALT, 2, "stop"))
    runner.run()
    assert {intent.code for intent in runner.journal.intents()} == {"emergency.halt"}
    assert runner.journal.entries == []
    assert rig.venue.positions() == []


def test_its_own_fault_fails_the_node_and_keeps_what_it_learnt(rig: Rig) -> None:
    runner = rig.runner("Broken")
    run = runner.run()
    assert run.status == "failed"
    assert "KeyError" in str(run.nodes["poll"].reason)
    assert [entry.kind for entry in runner.journal.entries][:1] == [EntryKind.TRADE]
    found = rig.documents.get("memory:bot:-", "legacy:poll")
    assert found is not None
    assert found.value["after"]["held"] == 0.5


def test_an_unknown_strategy(rig: Rig) -> None:
    run = rig.runner("Nobody").run()
    assert run.status == "failed"
    with pytest.raises(NotFound, match="Swing"):
        strategies.factory("Nobody")
    with pytest.raises(ConfigError):
        strategies.register("Swing", Broken)
    assert strategies.names() == ["AsyncSwing", "Broken", "Swing"]


def test_factories_and_late_providers() -> None:
    class Late:
        exchange: Any = None

        def __init__(self, config: dict[str, Any]) -> None:
            self.exchange = None
            self.config = config

    made = strategies.build(Late, "provider", {"a": 1})
    assert (made.exchange, made.config) == ("provider", {"a": 1})
    assert strategies.build(lambda client, a: (client, a), "provider", {"a": 1}) == ("provider", 1)


def test_back_again_as_an_old_strategy(rig: Rig) -> None:
    real, scratch = rig.runner("Swing"), ScratchDocuments(rig.documents)
    looking = rig.runner("Swing", documents=scratch, venue=LookOnly(rig.venue))

    def run(runner: LocalRunner) -> Any:
        scratch.clear()
        seen = runner.events.last_seq()
        runner.run()
        return runner.events.read(seen)

    adapter = StrategyAdapter(
        lambda: run(looking), lambda: run(real), rig.clock, minimum_profit=Decimal("0.2")
    )
    opportunity = adapter.find_opportunity()
    assert opportunity is not None
    assert (opportunity.confidence, opportunity["expected_profit"]) == (1.0, 0.25)
    assert rig.venue.positions() == []
    assert adapter.should_execute(opportunity)
    (order,) = adapter.execute(opportunity)
    assert (order.status, order.filled, order.average) == ("filled", 0.5, 101.0)
    (position,) = rig.venue.positions()
    assert position.quantity == Decimal("0.5")
    adapter.minimum_profit = Decimal("0.2500001")
    assert not adapter.should_execute(opportunity)
    adapter.minimum_profit, adapter.minimum_confidence = Decimal(0), 1.1
    assert not adapter.should_execute(opportunity)
    adapter.minimum_confidence = 1.0
    opportunity["expires_at"] = rig.clock.now().timestamp()
    assert not adapter.should_execute(opportunity)
    again = adapter.find_opportunity()
    assert again is not None and again.metadata["side"] == "sell"
    third = adapter.find_opportunity()
    assert third is not None and third.metadata == again.metadata
    assert StrategyAdapter(list, list, rig.clock).find_opportunity() is None


def test_an_installed_package_names_its_strategies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = tmp_path / "old_bots-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: old-bots\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{strategies.GROUP}]\ngrid = old_bots_of_a_test:Grid\n")
    (tmp_path / "old_bots_of_a_test.py").write_text("class Grid:\n    made = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert "grid" in strategies.names()
    assert strategies.factory("grid").made  # type: ignore[attr-defined]
