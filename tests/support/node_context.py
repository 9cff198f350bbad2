"""A node's context over memory ports, for calling node functions directly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from loguru import logger

from argosy.core.bot import Mode
from argosy.core.clock import DrivenClock
from argosy.core.emergency import EmergencyState
from argosy.core.event import Event
from argosy.core.ports import Documents
from argosy.core.venue import Venue
from argosy.errors import NotFound
from argosy.graph.context import NodeContext
from argosy.infrastructure.emergency.flags import MemoryEmergencyFlags
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.fetch import AllowListFetcher
from argosy.infrastructure.gateway import ScopedGateway
from argosy.infrastructure.notify import EventNotifier
from argosy.infrastructure.state.memory_documents import MemoryDocuments


class TheseVenues:
    """Implements the port Venues."""

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
) -> NodeContext:
    bus = MemoryEventBus(clock=clock)
    events: list[Event] = []
    these = TheseVenues(venues or {})
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
        gateway=ScopedGateway(these, MemoryEmergencyFlags(), ("platform",), Mode.PAPER, _nothing),
        documents=documents or MemoryDocuments(),
        fetcher=AllowListFetcher((), timeout_s=1, user_agent="argosy"),
        notifier=EventNotifier(bus, clock),
        log=logger,
        events=events,
    )
    context.gateway = ScopedGateway(these, MemoryEmergencyFlags(), ("platform",), Mode.PAPER, context.emit)
    return context


def _nothing(type_: Any, data: Any) -> None:
    """Takes the place of `emit` until there is a context."""
