"""What a domain (or a plug-in) brings along: nodes, venues, workflows and the bots that show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import ModuleType
from typing import Any

from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.ports import Documents, EventBus
from argosy.core.venue import OrderCanceller, Venue
from argosy.graph.document import WorkflowDocument
from argosy.infrastructure.config import Settings


@dataclass(frozen=True)
class VenueEnvironment:
    """What building a venue for one bot needs.

    In paper mode the domain wraps the reading venue so that fills are simulated for `account` (the bot's id)
    with `capital` at the start; `redis_url` None means one process: limits and breakers in memory.
    `sandbox_url` set means that every base URL points at Argosy's own venue server, but never in live mode.
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
    """A bot that `make up` puts on a fresh machine. `schedule` is the wire form of a Schedule."""

    id: str
    name: str
    workflow_id: str
    capital: Decimal
    schedule: Mapping[str, Any]
    mode: Mode = Mode.PAPER


@dataclass(frozen=True)
class DomainPackage:
    """`venues` returns the domain's venue names with what builds each; building is lazy, by first use.

    `venue_names` are all of them, for those who check a document without building anything.
    `cancellers` by venue: whose open orders `argosy cancel-all` can cancel with the credentials in the settings.
    `least_bands` by venue: how far a price there may jump without being doubted, in quote currency, where a
    fraction of it says little (prices near zero).
    """

    name: str
    node_modules: Sequence[ModuleType] = ()
    venue_names: frozenset[str] = frozenset()
    workflows: Callable[[], Mapping[str, WorkflowDocument]] = dict
    venues: Callable[[VenueEnvironment], Mapping[str, Callable[[], Venue]]] = lambda environment: {}
    cancellers: Callable[[VenueEnvironment], Mapping[str, Callable[[], OrderCanceller]]] = (
        lambda environment: {}
    )
    bots: Sequence[BotSeed] = ()
    least_bands: Mapping[str, Decimal] = field(default_factory=dict)
