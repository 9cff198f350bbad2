"""Facts that constraints apply to, read in one transaction, all of one mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.emergency import PLATFORM_SCOPE, bot_scope, domain_scope, strategy_scope


@dataclass(frozen=True, slots=True)
class Path:
    """Place of a position or action: domain, bot, strategy, venue and symbol.

    `strategy` is "" for the bot's own workflow. `venue_domain` is the venue's domain, "" if it is the bot's or
    unknown.
    """

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
        """Every scope that contains this path, widest first."""
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
    """Position of one strategy: signed `quantity`, and `cost` in base currency with fees."""

    path: Path
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Open:
    """Action that is decided and not settled.

    `delta` is the signed quantity still open, `reserved` is in base currency. An `unknown` action counts in full.
    """

    client_id: str
    path: Path
    delta: Decimal
    reserved: Decimal
    reducing: bool
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """Last accepted price of an asset in base currency.

    `volatility` is a fraction per year, if known.
    """

    price: Decimal
    at: datetime
    volatility: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Sums of one scope in base currency.

    `cash` is free and reserved cash; `equity` counts positions at mark.
    """

    scope: str
    capital: Decimal
    cash: Decimal
    equity: Decimal
    reserved: Decimal
    day_start_equity: Decimal
    high_water: Decimal


@dataclass(frozen=True, slots=True)
class Proposal:
    """Action to be decided.

    `price` is the highest cost per unit in base currency, `reserve` the highest total cost. `reducing` follows
    from the numbers (see `argosy.core.effect`).
    """

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
    """Facts at one moment.

    `accounts` is by scope. `marks` cover positions, open actions and actions to decide. `decided` holds times and
    paths of decided actions, as far back as a rate counts them. `custom` holds plug-in measures by name.
    """

    now: datetime
    holdings: Sequence[Holding] = ()
    open: Sequence[Open] = ()
    accounts: Mapping[str, Account] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    decided: Sequence[tuple[datetime, Path]] = ()
    custom: Mapping[str, Decimal] = field(default_factory=dict)
