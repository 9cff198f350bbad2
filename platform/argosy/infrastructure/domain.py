"""Define the parts that a domain or a plug-in brings: nodes, venues, workflows and bots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import ModuleType
from typing import Any

from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.ports import Documents, EventBus
from argosy.core.venues.venue import OrderCanceller, Venue
from argosy.graph.document import WorkflowDocument
from argosy.infrastructure.config import Settings


@dataclass(frozen=True)
class VenueEnvironment:
    """Values for building a venue of one bot.

    In paper mode the domain wraps the reading venue and simulates fills. The simulated account is `account`
    (the bot's id), with `capital` at the start. `redis_url` None means a single process: limits and breakers
    stay in memory. With `sandbox_url` every base URL points at Argosy's own venue server, except in live
    mode.
    """

    settings: Settings
    clock: Clock
    documents: Documents
    events: EventBus
    account: str
    mode: Mode
    capital: Decimal
    redis_url: str | None = None
    sandbox_url: str | None = None


@dataclass(frozen=True)
class BotSeed:
    """A bot that `make up` creates on a fresh machine.

    `schedule` is the wire form of a Schedule.
    """

    id: str
    name: str
    workflow_id: str
    capital: Decimal
    schedule: Mapping[str, Any]
    mode: Mode = Mode.PAPER


def _no_venues(environment: VenueEnvironment) -> Mapping[str, Callable[[], Venue]]:
    return {}


@dataclass(frozen=True)
class DomainPackage:
    """Registration of a domain: nodes, venues, workflows and bots.

    `venues` returns a builder for each venue name; a venue is built at its first use.
    `venue_names` lists all venues, for checks of a document that build nothing. A document with another venue is
    refused, unless some package has venues and names none. `recorded_venue_names` are those of recordings alone.
    `cancellers` lists, by venue, the accounts that `argosy cancel-all` can clear with the settings'
    credentials.
    `least_bands` is, by venue, the price jump that is accepted without confirmation, in quote currency.
    `least_bands` serves prices near zero, where a fraction says little.
    """

    name: str
    node_modules: Sequence[ModuleType] = ()
    venue_names: frozenset[str] = frozenset()
    recorded_venue_names: frozenset[str] = frozenset()
    workflows: Callable[[], Mapping[str, WorkflowDocument]] = dict
    venues: Callable[[VenueEnvironment], Mapping[str, Callable[[], Venue]]] = _no_venues
    cancellers: Callable[[VenueEnvironment], Mapping[str, Callable[[], OrderCanceller]]] = (
        lambda environment: {}
    )
    bots: Sequence[BotSeed] = ()
    least_bands: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def names_its_venues(self) -> bool:
        """Can a venue of this package be distinguished from a misspelt one?"""
        return bool(self.venue_names) or self.venues is _no_venues
