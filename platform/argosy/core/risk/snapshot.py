"""Facts that constraints apply to, read in one transaction, all of one mode."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.value_change import ValueChange
from argosy.core.money.money import ONE
from argosy.core.scope import ScopePath
from argosy.core.venues.market_facts import MarketFacts


@dataclass(frozen=True, slots=True)
class Holding:
    """Position of one strategy: signed `quantity`, and `cost` in base currency with fees."""

    path: ScopePath
    quantity: Decimal
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Open:
    """Action that is decided and not settled.

    `delta` is the signed quantity still open, `reserved` is in base currency. An `unknown` action counts in full.
    `field` is the one that a value action sets.
    """

    client_id: str
    path: ScopePath
    delta: Decimal
    reserved: Decimal
    reducing: bool
    decided_at: datetime
    field: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Last accepted price of an asset in base currency.

    `volatility` is a fraction per year, if known.
    """

    price: Decimal
    at: datetime
    volatility: Decimal | None = None


@dataclass(frozen=True, slots=True)
class AccountFacts:
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
    from the numbers (see `argosy.core.actions.impact`). `rate` is base currency per unit of the action's currency.
    `asks_price`: it sells or offers, at `asked` in the action's currency. `change` is the one of a value action.
    """

    client_id: str
    path: ScopePath
    kind: str
    delta: Decimal
    price: Decimal | None
    reserve: Decimal
    reducing: bool
    quantity: Decimal
    rate: Decimal = ONE
    asks_price: bool = False
    asked: Decimal | None = None
    change: ValueChange | None = None
    liquidating: bool = False


@dataclass(frozen=True, slots=True)
class ValueEdited:
    """Decided change of a value of one asset (venue, symbol)."""

    at: datetime
    asset: tuple[str, str]
    change: ValueChange


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Facts at one moment.

    `accounts` is by scope. `marks` cover positions, open actions and actions to decide. `decided` holds times and
    paths of decided actions, as far back as a rate counts them. `custom` holds plug-in measures by name.
    `edits` are changes of values, as far back as a limit counts them. `markets` are facts by asset.
    """

    now: datetime
    holdings: Sequence[Holding] = ()
    open: Sequence[Open] = ()
    accounts: Mapping[str, AccountFacts] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], Mark] = field(default_factory=dict)
    decided: Sequence[tuple[datetime, ScopePath]] = ()
    custom: Mapping[str, Decimal] = field(default_factory=dict)
    edits: Sequence[ValueEdited] = ()
    markets: Mapping[tuple[str, str], MarketFacts] = field(default_factory=dict)
