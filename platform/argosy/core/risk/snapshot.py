"""What constraints are judged against: plain facts, read in one transaction, all of one mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.emergency import PLATFORM_SCOPE, bot_scope, domain_scope, strategy_scope


@dataclass(frozen=True, slots=True)
class Path:
    """Where a position or an action belongs. `strategy` is "" for the bot's own; `venue_domain` is the domain that
    brought the venue, "" where it is the bot's or not known."""

    domain: str
    bot: str
    strategy: str
    venue: str
    symbol: str
    venue_domain: str = ""

    @property
    def asset(self) -> tuple[str, str]:
        return self.venue, self.symbol

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope it is inside of, widest first."""
        return (
            PLATFORM_SCOPE,
            domain_scope(self.domain),
            *((domain_scope(self.venue_domain),) if self.venue_domain not in ("", self.domain) else ()),
            bot_scope(self.bot),
            *((strategy_scope(self.bot, self.strategy),) if self.strategy else ()),
            f"venue:{self.venue}",
            f"asset:{self.venue}/{self.symbol}",
        )


@dataclass(frozen=True, slots=True)
class Holding:
    """A position of one strategy. `quantity` is signed; `cost` is what it cost in base currency, fees included."""

    path: Path
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Open:
    """An action that is decided and not settled. `delta` is the signed quantity still to come, `reserved` base
    currency; an `unknown` one counts in full."""

    client_id: str
    path: Path
    delta: Decimal
    reserved: Decimal
    reducing: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """The last sane price of an asset in base currency. `volatility` is a fraction a year, where it is known."""

    price: Decimal
    at: datetime
    volatility: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Sums of one scope in base currency. `cash` is free and reserved together; `equity` counts positions at mark."""

    scope: str
    capital: Decimal
    cash: Decimal
    equity: Decimal
    reserved: Decimal
    day_start_equity: Decimal
    high_water: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """An action about to be decided. `price` is base currency a unit (the worst it may cost), `reserve` what it may
    cost in all; `reducing` by the numbers (see `argosy.core.effect`)."""

    client_id: str
    path: Path
    kind: str
    delta: Decimal
    price: Decimal | None
    reserve: Decimal
    reducing: bool
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`decided` are the times of decided actions with their paths, as far as a rate counts them; `accounts` by scope,
    `marks` are of what is held, open and to be decided; `custom` are measures that plug-ins have taken, by name."""

    now: datetime
    holdings: Sequence[Holding] = ()
    open: Sequence[Open] = ()
    accounts: Mapping[str, Account] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    decided: Sequence[tuple[datetime, Path]] = ()
    custom: Mapping[str, Decimal] = field(default_factory=dict)
