"""Everything a decision looks at, read in one transaction, and sums over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.capital import Lending, Share, Use
from argosy.core.effect import Standing
from argosy.core.emergency import (
    PLATFORM_SCOPE,
    EmergencyFlag,
    bot_scope,
    domain_scope,
    strategy_scope,
)
from argosy.core.money import ZERO
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.snapshot import Account, Holding, Mark, Open, Snapshot


@dataclass(frozen=True, slots=True)
class Level:
    """What loss is measured from; base currency. `capital` is what was paid in when it was noted."""

    high_water: Decimal
    day_start_equity: Decimal
    capital: Decimal

    def with_capital(self, capital: Decimal) -> Level:
        """Both move by what was paid in or taken out since: it is neither gain nor loss."""
        paid_in = capital - self.capital
        return Level(self.high_water + paid_in, self.day_start_equity + paid_in, capital)


@dataclass(frozen=True, slots=True)
class CashFlow:
    """Sum of the cash flows of a strategy at a venue, base currency; `capital` is the part that was paid in."""

    domain: str
    bot: str
    strategy: str
    venue: str
    amount: Decimal
    capital: Decimal

    @property
    def scopes(self) -> tuple[str, ...]:
        return (
            PLATFORM_SCOPE,
            domain_scope(self.domain),
            bot_scope(self.bot),
            *((strategy_scope(self.bot, self.strategy),) if self.strategy else ()),
            *((f"venue:{self.venue}",) if self.venue else ()),
        )


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a bot may act at all. `reconciled_at` None: not since start-up; `blocked` says why no new risk."""

    live_enabled: bool = False
    reconciled_at: datetime | None = None
    reconciled_clean: bool = False
    blocked: str | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """`flag` is the effective state by Postgres, `prices` last prices by asset in their own currency."""

    now: datetime
    flag: EmergencyFlag
    bot_id: str
    capital: Decimal
    base_currency: str
    snapshot: Snapshot
    constraints: Sequence[Constraint] = ()
    shares: Sequence[Share] = ()
    lending: Lending = "none"
    permit: Permit = Permit()
    epochs: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)

    def standing(self, venue: str, symbol: str) -> Standing:
        """Of this bot, over all its strategies."""
        mine = [
            o for o in self.snapshot.open if o.path.bot == self.bot_id and o.path.asset == (venue, symbol)
        ]
        return Standing(
            position=sum(
                (
                    h.quantity
                    for h in self.snapshot.holdings
                    if h.path.bot == self.bot_id and h.path.asset == (venue, symbol)
                ),
                ZERO,
            ),
            pending_buys=sum((o.delta for o in mine if o.delta > 0), ZERO),
            pending_sells=sum((o.delta for o in mine if o.delta < 0), ZERO),
        )

    def uses(self) -> list[Use]:
        """What each strategy of this bot has in use: reserved by open actions, and invested in what it holds."""
        names = {s.strategy_id for s in self.shares}
        mine = [h for h in self.snapshot.holdings if h.path.bot == self.bot_id]
        open_ = [o for o in self.snapshot.open if o.path.bot == self.bot_id]
        names |= {h.path.strategy for h in mine} | {o.path.strategy for o in open_}
        return [
            Use(
                name,
                reserved=sum((o.reserved for o in open_ if o.path.strategy == name), ZERO),
                invested=sum((max(h.cost, ZERO) for h in mine if h.path.strategy == name), ZERO),
            )
            for name in sorted(names)
        ]

    def free_cash(self) -> Decimal:
        """Cash of this bot that no open action has reserved."""
        account = self.snapshot.accounts.get(bot_scope(self.bot_id))
        reserved = sum((o.reserved for o in self.snapshot.open if o.path.bot == self.bot_id), ZERO)
        return (ZERO if account is None else account.cash) - reserved


def accounts_of(
    cash: Iterable[CashFlow],
    holdings: Iterable[Holding],
    open_: Iterable[Open],
    marks: Mapping[tuple[str, str], Mark],
    levels: Mapping[str, Level],
    capitals: Mapping[str, Decimal],
    scopes: Iterable[str] = (),
) -> dict[str, Account]:
    """Sums by scope. A position without a mark counts at cost; `capitals` are what strategies were given a share of,
    for scopes that no capital was paid into. These, and `scopes`, have an account before anything is booked: without
    one a first action could never pass a limit of theirs."""
    sums: dict[str, list[Decimal]] = {}

    def of(scope: str) -> list[Decimal]:
        return sums.setdefault(scope, [ZERO, ZERO, ZERO, ZERO])

    for scope in (*capitals, *scopes):
        of(scope)
    for flow in cash:
        for scope in flow.scopes:
            entry = of(scope)
            entry[0] += flow.capital
            entry[1] += flow.amount
    for holding in holdings:
        mark = marks.get(holding.path.asset)
        value = holding.cost if mark is None else holding.quantity * mark.price
        for scope in holding.path.scopes:
            of(scope)[2] += value
    for each in open_:
        for scope in each.path.scopes:
            of(scope)[3] += each.reserved
    found: dict[str, Account] = {}
    for scope, (paid, flows, value, reserved) in sums.items():
        share = capitals.get(scope, ZERO)
        capital, money = paid + share, flows + share
        equity = money + value
        level = (levels.get(scope) or Level(max(capital, equity), capital, capital)).with_capital(capital)
        found[scope] = Account(
            scope=scope,
            capital=capital,
            cash=money,
            equity=equity,
            reserved=reserved,
            day_start_equity=level.day_start_equity,
            high_water=level.high_water,
        )
    return found
