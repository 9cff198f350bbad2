"""Define the parts that a domain or a plug-in brings: nodes, venues, workflows and bots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache
from importlib import resources
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from argosy.core.actions.action_spec import ActionSpec
from argosy.core.bot import Mode
from argosy.core.clock import Clock
from argosy.core.ports import Documents, EventBus
from argosy.core.risk.kinds.kind import Kind
from argosy.core.safety.unwinding import Unwinder
from argosy.core.venues.venue import OrderCanceller, Venue
from argosy.graph.document import WorkflowDocument, parse
from argosy.infrastructure.config import Settings
from argosy.venuekit.replay.session import ReplayRequest, ReplaySession

if TYPE_CHECKING:
    from typer import Typer

    from argosy.venuekit.sandbox.environment import SandboxEnvironment
    from argosy.venuekit.sandbox.module import SandboxModule


@dataclass(frozen=True)
class VenueEnvironment:
    """Values for building a venue of one bot.

    In paper mode the domain wraps the reading venue and simulates fills. The simulated account is `account`
    (the bot's id), with `capital` at the start. `redis_url` None means a single process: limits and breakers
    stay in memory. With `sandbox_url` every base URL points at Argosy's own venue server, except in live
    mode. `switched_on` treats the deliberate switches of the settings as set: a test of keys reads the account.
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
    switched_on: bool = False


@dataclass(frozen=True)
class DomainSandbox:
    """Modules that a domain brings for the sandbox.

    `modules` builds them. It is called in the sandbox's process only, so it imports servers itself. `options`
    are the texts that `argosy sandbox --set NAME=VALUE` takes, with a line of help each. `check_recording`
    raises InvalidInput for a file that the modules cannot play; None plays no recordings.
    """

    modules: Callable[[SandboxEnvironment], Sequence[SandboxModule]]
    options: Mapping[str, str] = field(default_factory=dict)
    check_recording: Callable[[Path], None] | None = None


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
class FigureSpec:
    """Figure on the cards of a domain's bots.

    `metric` is the name under which nodes publish it among the bot's metrics. `unit` is a currency code, "%" (of a
    fraction), or a word.
    """

    metric: str
    title: str
    unit: str = ""


API_VERSION = 1
"""Version of what a plug-in may use: `DomainPackage` and the names that the guides show."""

VenueFactories = Callable[[VenueEnvironment], Mapping[str, Callable[[], Venue]]]


def _either(own: VenueFactories, other: VenueFactories) -> VenueFactories:
    if other is _no_venues:
        return own
    return lambda environment: {**own(environment), **other(environment)}


def packaged_workflows(folder: str) -> Callable[[], Mapping[str, WorkflowDocument]]:
    """Return a reader of the JSON documents in an importable folder ("my_domain.strategies")."""

    @cache
    def workflows() -> Mapping[str, WorkflowDocument]:
        files = (item for item in resources.files(folder).iterdir() if item.name.endswith(".json"))
        return {document.id: document for document in (parse(item.read_bytes()) for item in files)}

    return workflows


@dataclass(frozen=True)
class DomainPackage:
    """Registration of a domain: nodes, venues, workflows and bots.

    With `extends` the package adds its parts to the domain of that name, and is no domain of its own.
    `venues` returns a builder for each venue name; a venue is built at its first use.
    `venue_names` lists all venues, for checks of a document that build nothing. A document with another venue is
    refused, unless some package has venues and names none. `recorded_venue_names` are those of recordings alone.
    `cancellers` lists, by venue, the accounts that `argosy cancel-all` can clear with the settings'
    credentials.
    `sandboxes` bring venues to Argosy's own venue server.
    `least_bands` is, by venue, the price jump that is accepted without confirmation, in quote currency.
    `least_bands` serves prices near zero, where a fraction says little. `action_specs` are kinds of actions that
    the core does not have. `risk_kinds` are kinds of limits of the domain: a limit of kind `custom` names one in its
    parameter `measure`.
    `replay` opens recordings for a backtest.
    `title` and `icon` (a name of lucide.dev's icons) are shown on the page; the title is the name without one.
    `settings` is the model of the section that has the domain's name.
    `commands` returns the commands of `argosy NAME …`.
    `api` is the `API_VERSION` that a plug-in was written for.
    `unwinder` ends positions and commitments at the venues when a SHUTDOWN flattens. Without one people must end them.
    `venue_unwinders` are those of packages that extend the domain, by venue.
    """

    name: str
    node_modules: Sequence[ModuleType] = ()
    venue_names: frozenset[str] = frozenset()
    recorded_venue_names: frozenset[str] = frozenset()
    workflows: Callable[[], Mapping[str, WorkflowDocument]] = dict
    venues: VenueFactories = _no_venues
    cancellers: Callable[[VenueEnvironment], Mapping[str, Callable[[], OrderCanceller]]] = (
        lambda environment: {}
    )
    bots: Sequence[BotSeed] = ()
    sandboxes: Sequence[DomainSandbox] = ()
    least_bands: Mapping[str, Decimal] = field(default_factory=dict)
    title: str = ""
    icon: str = ""
    settings: type[BaseModel] | None = None
    figures: Sequence[FigureSpec] = ()
    commands: Callable[[], Typer] | None = None
    api: int | None = None
    replay: Callable[[ReplayRequest], ReplaySession] | None = None
    extends: str | None = None
    action_specs: Sequence[ActionSpec] = ()
    risk_kinds: Mapping[str, Kind] = field(default_factory=dict)
    unwinder: Unwinder | None = None
    venue_unwinders: Mapping[str, Unwinder] = field(default_factory=dict)

    def extended_by(self, other: DomainPackage) -> DomainPackage:
        """Return this domain with the parts of another package.

        Its unwinder serves its own venues. Raises ValueError if both bring a workflow, bot or venue of one name.
        Raises ValueError for an unwinder without named venues.
        """
        own = self
        if other.unwinder is not None and not other.venue_names:
            raise ValueError(
                f"an unwinder for domain {own.name!r} needs `venue_names`: it serves these venues"
            )
        for what, mine, more in (
            ("venue", own.venue_names, other.venue_names),
            ("bot", {bot.id for bot in own.bots}, {bot.id for bot in other.bots}),
            ("workflow", own.workflows().keys(), other.workflows().keys()),
        ):
            if twice := sorted(set(mine) & set(more)):
                raise ValueError(f"{what} {twice[0]!r} exists already in domain {own.name!r}")
        return replace(
            own,
            node_modules=(*own.node_modules, *other.node_modules),
            venue_names=own.venue_names | other.venue_names,
            recorded_venue_names=own.recorded_venue_names | other.recorded_venue_names,
            workflows=lambda: {**own.workflows(), **other.workflows()},
            venues=_either(own.venues, other.venues),
            cancellers=lambda environment: {**own.cancellers(environment), **other.cancellers(environment)},
            bots=(*own.bots, *other.bots),
            sandboxes=(*own.sandboxes, *other.sandboxes),
            least_bands={**own.least_bands, **other.least_bands},
            action_specs=(*own.action_specs, *other.action_specs),
            risk_kinds={**own.risk_kinds, **other.risk_kinds},
            figures=(*own.figures, *other.figures),
            venue_unwinders={
                **own.venue_unwinders,
                **other.venue_unwinders,
                **({} if other.unwinder is None else dict.fromkeys(other.venue_names, other.unwinder)),
            },
        )

    def unwinder_of(self, venue: str) -> Unwinder | None:
        """Return the unwinder of a venue of this domain, None without one."""
        return self.venue_unwinders.get(venue, self.unwinder)

    @property
    def has_venues(self) -> bool:
        return self.venues is not _no_venues

    @property
    def shown_title(self) -> str:
        """Title on the page."""
        return self.title or self.name.replace("_", " ").capitalize()

    @property
    def names_its_venues(self) -> bool:
        """Can a venue of this package be distinguished from a misspelt one?"""
        return bool(self.venue_names) or self.venues is _no_venues
