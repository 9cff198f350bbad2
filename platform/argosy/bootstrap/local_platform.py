"""The platform of one bot in this process, with all state in memory.

Backtests, notebooks and tests use it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import TypedDict

from argosy.bootstrap.types import least_band
from argosy.bootstrap.venues import LazyVenues
from argosy.core.actions.action import Action, ActionResult
from argosy.core.actions.decision import GatewayPolicy
from argosy.core.actions.intent import Caller
from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.event import Event
from argosy.core.ports import Documents, Venues
from argosy.core.risk import Constraint
from argosy.core.risk.quotes import QuotePolicy
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.scope import PLATFORM_SCOPE
from argosy.core.venues.needs import with_quotes
from argosy.core.venues.venue import Quote, Venue
from argosy.errors import ArgosyError
from argosy.infrastructure.actions import Gateway, ScopedGateway
from argosy.infrastructure.actions.memory import MemoryJournal
from argosy.infrastructure.events.memory import MemoryEventBus
from argosy.infrastructure.risk.memory_marks import MemoryMarks
from argosy.infrastructure.safety.flags import MemoryEmergencyFlags
from argosy.infrastructure.state.memory_documents import MemoryDocuments

OWNER = "local"


class PlatformParts(TypedDict, total=False):
    """Arguments of a LocalPlatform beside its clock."""

    venues: Venues | Mapping[str, Callable[[], Venue]] | None
    documents: Documents | None
    bot_id: str
    domain: str
    mode: Mode
    capital: Decimal
    base_currency: str
    constraints: Sequence[Constraint]
    policy: GatewayPolicy | None
    on_event: Callable[[Event], None] | None


class LocalPlatform:
    """Parts of the platform for one bot.

    Decisions, limits and bookings are those of a running platform. `venues` are built at their first use. `capital` is deposited at the start. `on_event` is called for every
    published event. Not thread-safe.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        venues: Venues | Mapping[str, Callable[[], Venue]] | None = None,
        documents: Documents | None = None,
        bot_id: str = "replay",
        domain: str = "local",
        mode: Mode = Mode.PAPER,
        capital: Decimal = Decimal(0),
        base_currency: str = "USD",
        constraints: Sequence[Constraint] = (),
        policy: GatewayPolicy | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.bot_id, self.domain, self.mode, self.capital = bot_id, domain, mode, capital
        self.events = MemoryEventBus(clock=clock, maxlen=10_000)
        self.published = _Tap(self.events, on_event) if on_event else self.events
        self.flags = MemoryEmergencyFlags()
        self.documents: Documents = documents or MemoryDocuments()
        self.venues: Venues = LazyVenues(venues or {}) if isinstance(venues, Mapping | None) else venues
        self.journal = MemoryJournal(
            clock,
            self.flags,
            bot_id=bot_id,
            capital=capital,
            base_currency=base_currency,
            constraints=constraints,
            policy=policy,
            marks=MemoryMarks(clock, _quote_policy),
            quotes=self._quotes,
        )
        self.gateway = Gateway(self.journal, self.flags, self.published, clock, owner=OWNER)

    def caller(self, run_id: str = "", node_id: str = "", strategy_id: str = "") -> Caller:
        """Return the bot as the caller of actions."""
        return Caller(
            mode=self.mode.value,
            domain=self.domain,
            bot_id=self.bot_id,
            strategy_id=strategy_id,
            run_id=run_id,
            node_id=node_id,
            correlation_id=run_id,
        )

    def scoped_gateway(self, run_id: str, node_id: str, strategy_id: str = "") -> ScopedGateway:
        """Return the gateway as a node of a run has it."""
        return ScopedGateway(lambda: self.gateway, self.caller(run_id, node_id, strategy_id), self.venues)

    def submit(self, actions: Sequence[Action]) -> list[ActionResult]:
        """Submit actions of the bot itself, outside any run: settlement of ended markets."""
        return self.gateway.submit(self.caller(), self.venues, actions)

    def set_emergency(self, state: EmergencyState, reason: str) -> None:
        """Set the emergency state of the platform; actions see it from now on."""
        epoch = max((flag.epoch for flag in self.flags.read([PLATFORM_SCOPE])), default=0)
        self.flags.write(EmergencyFlag(PLATFORM_SCOPE, state, epoch + 1, reason))

    def _quotes(self, assets: Collection[tuple[str, str]]) -> list[Quote]:
        found = []
        for venue, symbol in assets:
            with suppress(ArgosyError):  # an ended market has no quote
                found.append(with_quotes(self.venues.get(venue)).quote(symbol))
        return found


def _quote_policy(venue: str, symbol: str) -> QuotePolicy:
    return QuotePolicy(least_band=least_band(venue))


class _Tap(MemoryEventBus):
    """Event bus that passes every event to a callback before publishing it."""

    def __init__(self, inner: MemoryEventBus, on_event: Callable[[Event], None]) -> None:
        super().__init__(maxlen=1)
        self._inner = inner
        self._on_event = on_event

    def publish(self, event: Event) -> str:
        self._on_event(event)
        return self._inner.publish(event)
