"""Everything a decision looks at, read in one transaction, and sums over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core import exact
from argosy.core.capital import Lending, Share, Use
from argosy.core.effect import Standing
from argosy.core.emergency import EmergencyFlag, bot_scope, worst
from argosy.core.equity import Levels, moved
from argosy.core.money import ZERO
from argosy.core.portfolio import Summary, scopes_of
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.snapshot import Account, Open, Snapshot


@dataclass(frozen=True, slots=True)
class Permit:
    """Whether a bot may act at all. `reconciled_at` None: not since start-up; `blocked` says why no new risk.

    `retired`: the bot takes no risk in this mode any more, as a stable code and the reason.
    """

    live_enabled: bool = False
    reconciled_at: datetime | None = None
    reconciled_clean: bool = False
    blocked: str | None = None
    retired: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """`flag` is the effective state by Postgres, `prices` last prices by asset in their own currency: of
    what is held, open and to be decided, and of pairs of currencies, the freshest of these first.

    `venue_domains` is the domain of each venue; `domain_flags` are the states of those domains, by domain.
    """

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
    venue_domains: Mapping[str, str] = field(default_factory=dict)
    domain_flags: Mapping[str, EmergencyFlag] = field(default_factory=dict)

    def flag_at(self, venue: str) -> EmergencyFlag:
        """The state that binds an action there: the bot's, or that of the venue's domain where it is worse."""
        own = self.domain_flags.get(self.venue_domains.get(venue, ""))
        return self.flag if own is None else worst([self.flag, own]) or self.flag

    def standing(self, venue: str, symbol: str) -> Standing:
        """Of this bot, over all its strategies."""
        mine = [
            o for o in self.snapshot.open if o.path.bot == self.bot_id and o.path.asset == (venue, symbol)
        ]
        return Standing(
            position=exact.total(
                h.quantity
                for h in self.snapshot.holdings
                if h.path.bot == self.bot_id and h.path.asset == (venue, symbol)
            ),
            pending_buys=exact.total(o.delta for o in mine if o.delta > 0),
            pending_sells=exact.total(o.delta for o in mine if o.delta < 0),
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
                reserved=exact.total(o.reserved for o in open_ if o.path.strategy == name),
                invested=exact.total(max(h.cost, ZERO) for h in mine if h.path.strategy == name),
            )
            for name in sorted(names)
        ]

    def free_cash(self) -> Decimal:
        """Cash of this bot that no open action has reserved."""
        account = self.snapshot.accounts.get(bot_scope(self.bot_id))
        reserved = exact.total(o.reserved for o in self.snapshot.open if o.path.bot == self.bot_id)
        return exact.subtract(ZERO if account is None else account.cash, reserved)


def accounts_of(
    sums: Mapping[str, Summary],
    open_: Iterable[Open],
    levels: Mapping[str, Levels],
    day: str,
    scopes: Iterable[str] = (),
) -> dict[str, Account]:
    """By scope, what limits are judged by; `day` is the local date, `levels` are known.

    What something is open in, and `scopes`, have an account before anything is booked: without one a first action
    could never pass a limit of theirs.
    """
    reserved = dict.fromkeys(scopes, ZERO)
    for each in open_:
        path = each.path
        for scope in scopes_of(path.domain, path.bot, path.strategy, path.venue, path.venue_domain):
            reserved[scope] = exact.add(reserved.get(scope, ZERO), each.reserved)
    found: dict[str, Account] = {}
    for scope in [*sums, *(scope for scope in reserved if scope not in sums)]:
        summary = sums.get(scope) or Summary(scope=scope)
        level = moved(levels.get(scope), summary, day)
        found[scope] = Account(
            scope=scope,
            capital=summary.capital,
            cash=summary.cash,
            equity=summary.equity,
            reserved=reserved.get(scope, ZERO),
            day_start_equity=level.day_start_equity,
            high_water=level.high_water,
        )
    return found
