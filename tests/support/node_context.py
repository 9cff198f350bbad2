"""A node's context over memory ports, to call node functions directly."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from loguru import logger

from argosy.core.actions.intent import Caller
from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock
from argosy.core.event import Event
from argosy.core.ports import Documents
from argosy.core.safety.emergency import EmergencyState
from argosy.core.venues.venue import Venue
from argosy.errors import NotFound
from argosy.graph.context import NodeContext
from argosy.infrastructure.actions import Gateway, ScopedGateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.fetch import AllowListFetcher
from argosy.infrastructure.notify import EventNotifier
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from argosy.infrastructure.state.memory_documents import MemoryDocuments


class TheseVenues:
    """Port `Venues` over a mapping."""

    def __init__(self, venues: Mapping[str, Venue]) -> None:
        self._venues = dict(venues)

    def get(self, name: str) -> Venue:
        if name not in self._venues:
            raise NotFound(f"there is no venue {name!r}")
        return self._venues[name]

    def names(self) -> list[str]:
        return sorted(self._venues)


def a_context(
    clock: DrivenClock,
    venues: Mapping[str, Venue] | None = None,
    *,
    documents: Documents | None = None,
    run_id: str = "run-1",
    node_id: str = "node",
    emergency: EmergencyState = EmergencyState.NORMAL,
    capital: Decimal = Decimal(1_000_000),
) -> NodeContext:
    bus = MemoryEventBus(clock=clock)
    events: list[Event] = []
    these = TheseVenues(venues or {})
    flags = MemoryEmergencyFlags()
    journal = MemoryJournal(clock, flags, bot_id="bot", capital=capital)
    gateway = Gateway(journal, flags, bus, clock, owner="test")
    caller = Caller(mode="paper", domain="trading", bot_id="bot", run_id=run_id, node_id=node_id)
    context = NodeContext(
        run_id=run_id,
        key=node_id,
        node_id=node_id,
        bot_id="bot",
        strategy_id=None,
        domain="trading",
        mode=Mode.PAPER,
        attempt=1,
        correlation_id="c" * 16,
        trigger="manual",
        due=clock.now(),
        timeout_s=10,
        emergency=emergency,
        clock=clock,
        venues=these,
        gateway=ScopedGateway(lambda: gateway, caller, these),  # replaced below by one that counts
        documents=documents or MemoryDocuments(),
        fetcher=AllowListFetcher((), timeout_s=1, user_agent="argosy"),
        notifier=EventNotifier(bus, clock),
        log=logger,
        events=events,
    )
    context.gateway = ScopedGateway(lambda: gateway, caller, these, context.count_actions)
    return context
