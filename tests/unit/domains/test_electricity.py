"""A domain from outside passes the contract suite of venues, and its sandbox fills and charges."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from pydantic import SecretStr
from support.electricity.register import PACKAGE
from support.electricity.sandbox import METER_MS, Power
from support.electricity.venue import PowerVenue

from argosy.core.actions.action import Action, ActionStatus
from argosy.core.clock import DrivenClock
from argosy.core.safety.unwinding import Obligation, UnwindRequest
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.testing import (
    ScriptedTransport,
    VenueBench,
    VenueContract,
    WireScript,
    place_order,
    served_by,
)
from argosy.venuekit.sandbox.environment import SandboxEnvironment

START = datetime(2026, 11, 30, 8, 30, tzinfo=UTC)


class PowerBench(VenueBench):
    """An account at the simulated exchange."""

    def __init__(self) -> None:
        super().__init__(MemoryDocuments())
        self.script, self.clock = WireScript(), DrivenClock(START)
        side = served_by(Power(SandboxEnvironment.at(clock=self.clock)), self.clock)
        self._wire = ScriptedTransport(self.script, side)

    def connect(self) -> PowerVenue:
        return PowerVenue("http://power/power", SecretStr("me"), self.documents, self.clock, self._wire)

    def order(self, client_id: str) -> Action:
        action = place_order("power", "2026-11-30T09", client_id)
        return action.model_copy(update={"limit_price": Decimal(1), "time_in_force": "GTC"})


@pytest.fixture
def bench() -> Iterator[PowerBench]:
    return PowerBench()


class TestPower(VenueContract):
    """The cases of the contract suite."""


def test_hours_are_bought_and_sold(bench: PowerBench) -> None:
    venue = bench.connect()
    hour = venue.hours()[0]
    order = bench.new_order()
    wanted = {"symbol": hour.symbol, "limit_price": hour.ask, "quantity": Decimal(2)}
    bought = venue.execute(order.model_copy(update=wanted))
    assert (bought.status, bought.filled, bought.fee) == (ActionStatus.FILLED, 2, Decimal("0.1"))
    wanted |= {"side": "sell", "limit_price": hour.bid, "quantity": Decimal(1)}
    sold = venue.execute(bench.new_order().model_copy(update=wanted))
    assert sold.average_price == hour.bid
    assert [(each.symbol, each.quantity) for each in venue.positions()] == [(hour.symbol, 1)]
    assert venue.balances()[0].free == 10_000 - 2 * hour.ask + hour.bid - Decimal("0.15")


def test_the_unwinder_sells_the_hours_that_are_held(bench: PowerBench) -> None:
    venue, hour = bench.connect(), bench.connect().hours()[0]
    venue.execute(
        bench.new_order().model_copy(
            update={"symbol": hour.symbol, "limit_price": hour.ask, "quantity": Decimal(2)}
        )
    )
    held = Obligation("bot", "", "power", hour.symbol, Decimal(2))
    unwinder = PACKAGE.unwinder_of("power")
    assert unwinder is not None
    action = unwinder.next_action(UnwindRequest(held, venue, "e" * 32, slippage=Decimal("0.05")))
    assert isinstance(action, Action)
    assert venue.execute(action).average_price == hour.bid
    assert venue.positions() == []


def test_the_meter_charges_by_itself(bench: PowerBench) -> None:
    venue = bench.connect()
    assert venue.balances()[0].free == 10_000
    bench.clock.advance(METER_MS / 1000 * 2)
    flows = venue.flows(START - timedelta(days=1))
    assert len({flow.id for flow in flows}) == 2
    assert venue.balances()[0].free == 10_000 + sum(flow.amount for flow in flows)
    assert venue.flows(bench.clock.now() + timedelta(seconds=1)) == []
