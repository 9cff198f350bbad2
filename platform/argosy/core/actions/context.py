"""Context of a decision, read in one transaction, and sums over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from argosy.core.actions.impact import NetPosition
from argosy.core.money import exact
from argosy.core.money.capital import Lending, Share, Use
from argosy.core.money.equity import EquityLevels, observe_equity
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import Summary
from argosy.core.risk.constraint import Constraint
from argosy.core.risk.snapshot import AccountFacts, Open, Snapshot
from argosy.core.safety.emergency import EmergencyFlag, worst
from argosy.core.scope import bot_scope


@dataclass(frozen=True, slots=True)
class LivePermission:
    """Permission of a bot to act.

    `reconciled_at` None means not reconciled since start-up. `blocked` is the reason for no new risk. `retired`
    is code and reason when the bot takes no risk in this mode any more.
    """

    live_enabled: bool = False
    reconciled_at: datetime | None = None
    reconciled_clean: bool = False
    blocked: str | None = None
    retired: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """Context of a decision.

    `flag` is the effective emergency state by Postgres. `prices` are last prices by asset, in the asset's own
    currency. They cover positions, open actions, actions to decide, and currency pairs (freshest first).
    `venue_domains` maps venues to domains. `domain_flags` are the emergency states of those domains.
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
    permit: LivePermission = LivePermission()
    epochs: Mapping[str, int] = field(default_factory=dict)
    prices: Mapping[tuple[str, str], Decimal] = field(default_factory=dict)
    venue_domains: Mapping[str, str] = field(default_factory=dict)
    domain_flags: Mapping[str, EmergencyFlag] = field(default_factory=dict)

    def flag_at(self, venue: str) -> EmergencyFlag:
        """Return the state for actions at `venue`: the stricter of the bot's and the venue domain's."""
        own = self.domain_flags.get(self.venue_domains.get(venue, ""))
        return self.flag if own is None else worst([self.flag, own]) or self.flag

    def standing(self, venue: str, symbol: str) -> NetPosition:
        """Return this bot's net position in the asset, over all its strategies."""
        mine = [
            o for o in self.snapshot.open if o.path.bot == self.bot_id and o.path.asset == (venue, symbol)
        ]
        return NetPosition(
            position=exact.total(
                h.quantity
                for h in self.snapshot.holdings
                if h.path.bot == self.bot_id and h.path.asset == (venue, symbol)
            ),
            pending_buys=exact.total(o.delta for o in mine if o.delta > 0),
            pending_sells=exact.total(o.delta for o in mine if o.delta < 0),
        )

    def uses(self) -> list[Use]:
        """Return the capital in use by each strategy of this bot: reserved and invested."""
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
        """Return the cash of this bot that no open action has reserved."""
        account = self.snapshot.accounts.get(bot_scope(self.bot_id))
        reserved = exact.total(o.reserved for o in self.snapshot.open if o.path.bot == self.bot_id)
        return exact.subtract(ZERO if account is None else account.cash, reserved)


def accounts_of(
    sums: Mapping[str, Summary],
    open_: Iterable[Open],
    levels: Mapping[str, EquityLevels],
    day: str,
    scopes: Iterable[str] = (),
) -> dict[str, AccountFacts]:
    """Return the accounts for the limits, by scope.

    `day` is the local date, `levels` are the known reference levels. Scopes with open actions, and `scopes`, get
    an account before anything is booked. Otherwise a first action could never pass a limit there.
    """
    reserved = dict.fromkeys(scopes, ZERO)
    for each in open_:
        for scope in each.path.account_scopes:
            reserved[scope] = exact.add(reserved.get(scope, ZERO), each.reserved)
    found: dict[str, AccountFacts] = {}
    for scope in [*sums, *(scope for scope in reserved if scope not in sums)]:
        summary = sums.get(scope) or Summary(scope=scope)
        level = observe_equity(levels.get(scope), summary, day)
        found[scope] = AccountFacts(
            scope=scope,
            capital=summary.capital,
            cash=summary.cash,
            equity=summary.equity,
            reserved=reserved.get(scope, ZERO),
            day_start_equity=level.day_start_equity,
            high_water=level.high_water,
        )
    return found
