"""The strategies in paper mode against the sandbox server: real HTTP, a clock that is driven, nothing of ours replaced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
import pytest

from argosy.bootstrap.local import LocalRunner
from argosy.bootstrap.types import packaged_workflow, registry
from argosy.bootstrap.venues import LazyVenues
from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.domains.trading.paper.venue import PaperVenue
from argosy.domains.trading.register import venues
from argosy.domains.trading.sandbox.server import SandboxThread
from argosy.domains.trading.sandbox.world import simulated
from argosy.graph.compile import compile_workflow
from argosy.infrastructure.config import load_settings
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.state.memory_documents import MemoryDocuments
from argosy.venuekit.domain import VenueEnvironment

CAPITAL = Decimal(1000)


class Fleet:
    """One bot's venues and runner at the sandbox; `tick` moves the clock and runs."""

    def __init__(self, url: str, clock: DrivenClock, workflow: str) -> None:
        self.clock = clock
        self.events: list[Event] = []
        documents = MemoryDocuments()
        self.venues = LazyVenues(
            venues(
                VenueEnvironment(
                    settings=load_settings(),
                    clock=clock,
                    documents=documents,
                    events=MemoryEventBus(clock=clock),
                    account="bot",
                    mode=Mode.PAPER,
                    capital=CAPITAL,
                    sandbox_url=url,
                )
            )
        )
        self.runner = LocalRunner(
            compile_workflow(packaged_workflow(workflow), registry(), packaged_workflow),
            clock=clock,
            venues=self.venues,
            documents=documents,
            capital=CAPITAL,
            on_event=self.events.append,
        )

    def tick(self, seconds: float = 2.0) -> str:
        due = self.clock.now() + timedelta(seconds=seconds)
        self.last = self.runner.run()
        if due > self.clock.now():
            self.clock.set(due)
        return self.last.status

    def slug(self, node: str) -> str:
        """Slug of the market the last run traded."""
        found: str = orjson.loads(self.last.nodes[node].outputs or b"{}")["market"]["slug"]
        return found

    def of(self, type_: str) -> list[dict[str, Any]]:
        return [dict(event.data) for event in self.events if event.type == type_]

    @property
    def paper(self) -> PaperVenue:
        venue = self.venues.get("polymarket")
        assert isinstance(venue, PaperVenue)
        return venue


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(datetime(2026, 11, 23, 11, 58, 30, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: DrivenClock) -> Iterator[str]:
    with SandboxThread(simulated(seed=7, clock=clock)) as server:
        yield server.url


def test_real_gaps_are_taken_at_a_profit_and_stale_ones_left(sandbox: str, clock: DrivenClock) -> None:
    """The simulator makes short gaps with fresh books and artefacts with old ones, mirrored the rest of the time."""
    clock.set(datetime(2026, 11, 23, 12, 15, tzinfo=UTC))
    fleet = Fleet(sandbox, clock, "btc_15m_pair_arbitrage")
    while not any(found["taken"] for found in fleet.of("opportunity")):
        assert fleet.tick() == "success"
        assert clock.now() < datetime(2026, 11, 23, 13, 0, tzinfo=UTC), "no gap in three windows"
    portfolio = fleet.paper.portfolio()
    assert portfolio.realised > 0
    # A leg that met better prices has more shares than the other: they stay to the end of the window.
    held = fleet.paper.holdings()
    assert len(held) <= 1
    assert portfolio.cash + sum(each.cost for each in held) == CAPITAL + portfolio.realised
    assert {action["kind"] for action in fleet.of("action")} == {"place_order", "merge_pair"}


def test_the_bot_buys_rolls_over_and_is_paid_by_the_resolution(sandbox: str, clock: DrivenClock) -> None:
    fleet = Fleet(sandbox, clock, "btc_15m_bot")
    while not fleet.paper.holdings():
        assert fleet.tick() == "success"
        assert clock.now() < datetime(2026, 11, 23, 12, 20, tzinfo=UTC), "nothing was worth buying"
    (held,) = fleet.paper.holdings()
    assert fleet.slug("pairs/market") == fleet.slug("value/market") == held.slug
    clock.set(held.expires_at + timedelta(seconds=5))
    fleet.tick()
    assert [h.slug for h in fleet.paper.holdings() if h.slug == held.slug] == [held.slug]
    assert fleet.slug("pairs/market") == fleet.slug("value/market") != held.slug
    clock.set(held.expires_at + timedelta(seconds=100))
    fleet.tick()
    assert held.slug not in {h.slug for h in fleet.paper.holdings()}
    (paid,) = [a for a in fleet.of("action") if (a["kind"], a["status"]) == ("redeem", "filled")]
    assert Decimal(paid["averagePrice"]) in (0, 1)
    sources = [n for n in fleet.of("node_execution") if n["type"] == "trading.reference_price"]
    assert {n["status"] for n in sources} == {"running", "success"}
