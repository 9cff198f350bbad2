"""Keep the journal in the memory of one process: for backtests and notebooks.

Decisions and ledger are the same as on a running platform.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from argosy.core.actions.action import Action, ActionResult, ActionStatus, Fill
from argosy.core.actions.action_spec import spec_of
from argosy.core.actions.context import DecisionContext, LivePermission, accounts_of
from argosy.core.actions.decision import GatewayPolicy, decide, is_forbidden
from argosy.core.actions.impact import change_of
from argosy.core.actions.intent import Caller, Change, Intent
from argosy.core.actions.settlement import settle_intent
from argosy.core.clock import Clock
from argosy.core.money import exact
from argosy.core.money.booking import booking_of
from argosy.core.money.capital import Share
from argosy.core.money.equity import EquityLevels, local_day, observe_equity
from argosy.core.money.ledger import (
    CashState,
    Entry,
    EntryKind,
    PositionState,
    apply_to_cash,
    apply_to_position,
    entries_of,
    split_over,
)
from argosy.core.money.money import ZERO
from argosy.core.money.portfolio import CashTotals, PositionRecord, Summary, summaries
from argosy.core.money.trades import TradeRecord, TradeTally
from argosy.core.ports import EmergencyFlags
from argosy.core.risk import Constraint, Holding, Open, Snapshot
from argosy.core.risk.snapshot import ValueEdited
from argosy.core.risk.volatility import HALF_LIFE_S
from argosy.core.safety.emergency import EmergencyFlag
from argosy.core.scope import ScopePath, domain_scope, strategy_scope
from argosy.core.venues.market_facts import MarketFacts
from argosy.core.venues.venue import Quote
from argosy.infrastructure.risk.memory_marks import Asset, MemoryMarks

_Key = tuple[str, str, str]
"""Strategy, venue, and symbol or currency."""

_ASKED_FOR = timedelta(seconds=HALF_LIFE_S)
_FRESH = timedelta(seconds=60)
"""Default of the setting `money.mark_max_age_s`."""


class MemoryJournal:
    """Journal of one bot in memory.

    `capital` is deposited at the start. `keep` is the largest number of intents; only final ones are dropped.
    `marks` and `quotes` serve limits: without them positions count at cost and volatilities are unknown.
    `quotes` returns the available quotes of the given assets (venue, symbol).
    """

    def __init__(
        self,
        clock: Clock,
        flags: EmergencyFlags,
        *,
        bot_id: str,
        capital: Decimal,
        base_currency: str = "USD",
        policy: GatewayPolicy | None = None,
        constraints: Sequence[Constraint] = (),
        shares: Sequence[Share] = (),
        keep: int = 10_000,
        marks: MemoryMarks | None = None,
        quotes: Callable[[Collection[Asset]], Sequence[Quote]] = lambda assets: (),
    ) -> None:
        self._clock = clock
        self._flags = flags
        self._bot_id = bot_id
        self._capital = capital
        self._base = base_currency
        self._policy = policy or GatewayPolicy()
        self._constraints = list(constraints)
        self._shares = list(shares)
        self._keep = keep
        self._lock = threading.RLock()
        self._intents: dict[str, Intent] = {}
        self._open: dict[str, Intent] = {}
        self._number = 0
        self._marks = marks or MemoryMarks(clock)
        self._quotes = quotes
        self._levels: dict[str, EquityLevels] = {}
        self._last: dict[str, Summary] = {}
        self._asked: dict[Asset, datetime] = {}
        self._domains: dict[str, str] = {}
        self._markets: dict[Asset, MarketFacts] = {}
        self.entries: list[Entry] = []
        self._tally = TradeTally()
        self.positions: dict[_Key, PositionState] = {}
        self.cash: dict[_Key, CashState] = {}

    # --- Journal ------------------------------------------------------------------------------------------

    def decide(
        self,
        caller: Caller,
        actions: Sequence[Action],
        domains: Mapping[str, str] | None = None,
        markets: Mapping[Asset, MarketFacts] | None = None,
    ) -> tuple[list[Intent], list[Change]]:
        with self._lock:
            self._domains.update(domains or {})
            self._markets = dict(markets or {})
            fresh: dict[str, Action] = {}
            for action in actions:
                if action.client_id not in self._intents:
                    fresh.setdefault(action.client_id, action)
            changes = []
            if fresh:
                now = self._clock.now()
                situation = self._situation(caller, fresh.values())
                for decision in decide(caller, list(fresh.values()), situation, self._policy):
                    intent = Intent.decided(caller, decision, now)
                    changes.append(self._keep_intent(intent, None))
            return [self._intents[action.client_id] for action in actions], changes

    def _beside(self, venue: str) -> tuple[str, ...]:
        """Return the scope of the venue's domain, where it is known."""
        domain = self._domains.get(venue)
        return () if domain is None else (domain_scope(domain),)

    def begin(
        self,
        client_id: str,
        *,
        seen: Sequence[EmergencyFlag],
        quantity: Decimal | None,
        liquidator: bool,
        owner: str,
    ) -> tuple[Intent, Change | None]:
        with self._lock:
            intent, now = self._intents[client_id], self._clock.now()
            if intent.status is not ActionStatus.PLANNED:
                return intent, None
            flag = self._flags.effective((*intent.caller.scopes, *self._beside(intent.action.venue)))
            if is_forbidden(flag.state, reducing=intent.reducing, liquidator=liquidator):
                after = replace(
                    intent,
                    status=ActionStatus.DENIED,
                    code=f"emergency.{flag.state.name.lower()}",
                    reason=f"{flag.scope} is {flag.state.name}: {flag.reason}",
                    reserved=ZERO,
                    settled_at=now,
                )
                return after, self._keep_intent(after, ActionStatus.PLANNED)
            intent = intent.shrunk(quantity)
            after = replace(intent, status=ActionStatus.SUBMITTED, owner=owner, submitted_at=now)
            return after, self._keep_intent(after, ActionStatus.PLANNED)

    def drop(
        self, client_id: str, *, code: str, reason: str, actor: str, denied: bool = False
    ) -> tuple[Intent, Change | None]:
        with self._lock:
            intent = self._intents[client_id]
            if intent.status is not ActionStatus.PLANNED:
                return intent, None
            after = replace(
                intent,
                status=ActionStatus.DENIED if denied else ActionStatus.CANCELLED,
                code=code,
                reason=reason,
                reserved=ZERO,
                settled_at=self._clock.now(),
            )
            return after, self._keep_intent(after, ActionStatus.PLANNED)

    def settle(
        self, result: ActionResult, *, actor: str, looked_up: bool = False, call_ended: bool = False
    ) -> tuple[Intent, Change | None]:
        with self._lock:
            before = self._intents[result.client_id]
            outcome = settle_intent(before, result, self._clock.now())
            self._book(before, outcome.fills)
            after = replace(outcome.intent, owner=None) if call_ended else outcome.intent
            if after.status is before.status and after.filled == before.filled:
                self._intents[after.client_id] = after
                return after, None
            return after, self._keep_intent(after, before.status)

    def get(self, client_id: str) -> Intent | None:
        return self._intents.get(client_id)

    def unsettled(self, bot_id: str | None = None) -> list[Intent]:
        return list(self._open.values())

    def intents(self) -> list[Intent]:
        """Return the intents still in memory, in the order of their decision."""
        return list(self._intents.values())

    def announced(self, ids: Sequence[int]) -> None:
        """Do nothing: events of this process are delivered at once."""

    # --- holdings and sums --------------------------------------------------------------------------------

    def look(self, domain: str) -> None:
        """Follow prices and update equity levels, as beat does on a platform.

        Only limits need it: without limits the call does nothing.
        """
        if self._constraints:
            with self._lock:
                self._look(domain, self._clock.now())

    def _look(self, domain: str, now: datetime) -> dict[str, Summary]:
        self._asked = {asset: at for asset, at in self._asked.items() if now - at < _ASKED_FOR}
        held = {(venue, symbol) for (_, venue, symbol), state in self.positions.items() if state.quantity}
        followed = sorted({*held, *self._asked})
        self._marks.feed(self._quotes(followed))
        self._marks.keep(followed)
        sums, day = self._sums(domain, now), local_day(now, self._policy.zone)
        for scope, summary in sums.items():
            known, last = self._levels.get(scope), self._last.get(scope)
            if known is not None and last is not None and known.day < day:
                known = known.begun(day, last.equity, last.capital)
            self._levels[scope] = observe_equity(known, summary, day)
        self._last = sums
        return sums

    def holdings(self, caller: Caller) -> list[Holding]:
        return [
            Holding(ScopePath(caller.domain, self._bot_id, *key), state.quantity, state.cost)
            for key, state in self.positions.items()
            if state.quantity
        ]

    def _situation(self, caller: Caller, actions: Collection[Action]) -> DecisionContext:
        holdings = self.holdings(caller)
        open_ = [
            Open(
                client_id=each.client_id,
                path=each.caller.path(each.action),
                delta=each.remaining,
                reserved=each.reserved,
                reducing=each.reducing,
                decided_at=each.decided_at,
                field="" if each.action.change is None else each.action.change.field,
            )
            for each in self._open.values()
        ]
        now = self._clock.now()
        if self._constraints:
            self._asked |= {(action.venue, action.symbol): now for action in actions}
            sums = self._look(caller.domain, now)
        else:
            sums = self._sums(caller.domain, now)
        scopes = {
            scope
            for action in actions
            for scope in replace(caller.path(action), bot=self._bot_id).account_scopes
        }
        snapshot = Snapshot(
            now=now,
            holdings=holdings,
            open=open_,
            accounts=accounts_of(sums, open_, self._levels, local_day(now, self._policy.zone), scopes),
            marks=self._marks.marks(self._base),
            decided=[
                (e.decided_at, e.caller.path(e.action))
                for e in self._intents.values()
                if self._constraints and e.status is not ActionStatus.DENIED
            ],
            edits=[
                ValueEdited(e.decided_at, (e.action.venue, e.action.symbol), change)
                for e in self._intents.values()
                if self._constraints and (change := change_of(e.action)) and e.may_have_edited
            ],
            markets=self._markets,
        )
        return DecisionContext(
            now=now,
            flag=self._flags.effective(caller.scopes),
            bot_id=self._bot_id,
            capital=self._capital,
            base_currency=self._base,
            snapshot=snapshot,
            constraints=self._constraints,
            shares=self._shares,
            prices=self._marks.prices(),
            venue_domains=self._domains,
            domain_flags={
                domain: flag
                for domain in set(self._domains.values())
                for flag in self._flags.read([domain_scope(domain)])
            },
            permit=LivePermission(
                reconciled_at=now,
                reconciled_clean=True,
                blocked="the outcome of an action is unknown"
                if any(each.status is ActionStatus.UNKNOWN for each in self._open.values())
                else None,
            ),
        )

    def _sums(self, domain: str, now: datetime) -> dict[str, Summary]:
        held = [
            PositionRecord(domain, self._bot_id, *key, state.quantity, state.cost)
            for key, state in self.positions.items()
            if state.quantity
        ]
        flows = [
            CashTotals(domain, self._bot_id, "", "", self._base, self._capital, self._capital, self._capital)
        ]
        flows += [
            CashTotals(
                domain,
                self._bot_id,
                *key,
                state.amount,
                state.base_amount,
                state.capital,
                state.fees,
                attributed=state.attributed,
            )
            for key, state in self.cash.items()
        ]
        shares = {
            strategy_scope(self._bot_id, each.strategy_id): exact.multiply(each.weight, self._capital)
            for each in self._shares
        }
        return summaries(held, flows, self._marks.marks(self._base), shares, fresh_since=now - _FRESH)

    def _book(self, intent: Intent, fills: Sequence[Fill]) -> None:
        caller, spec = intent.caller, spec_of(intent.action.kind)
        for fill in fills:
            booking = booking_of(caller, spec.entry_kind, fill, self._base, {})
            split: Sequence[tuple[str, Decimal]] = ()
            if spec.shared:
                held = {
                    strategy: state.quantity
                    for (strategy, venue, symbol), state in self.positions.items()
                    if (venue, symbol) == (fill.venue, fill.symbol)
                }
                split = split_over(held, caller.strategy_id, fill.quantity)
            for entry in entries_of(fill, booking, split):
                self._enter(entry)

    def trades(self, strategy_id: str | None = None) -> TradeRecord | None:
        """Implement the port TradeRecords."""
        with self._lock:
            return self._tally.record(strategy_id) if self.entries else None

    def held(self, strategy_id: str) -> Mapping[tuple[str, str], Decimal]:
        """Return the open positions of one strategy by venue and symbol."""
        with self._lock:
            return {
                (venue, symbol): state.quantity
                for (strategy, venue, symbol), state in self.positions.items()
                if strategy == strategy_id and state.quantity
            }

    def booked_strategies(self) -> list[str]:
        """Return the strategies that have ledger entries."""
        with self._lock:
            return self._tally.strategies()

    def _enter(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._tally.add(entry)
        if entry.symbol:
            key = (entry.strategy_id, entry.venue, entry.symbol)
            self.positions[key] = apply_to_position(self.positions.get(key, PositionState()), entry)
        if entry.kind is not EntryKind.CAPITAL:
            key = (entry.strategy_id, entry.venue, entry.currency)
            self.cash[key] = apply_to_cash(self.cash.get(key, CashState()), entry)

    def _keep_intent(self, intent: Intent, before: ActionStatus | None) -> Change:
        self._intents[intent.client_id] = intent
        if intent.status.final:
            self._open.pop(intent.client_id, None)
            if len(self._intents) > self._keep:
                oldest = next(iter(self._intents))
                if oldest not in self._open:
                    del self._intents[oldest]
        else:
            self._open[intent.client_id] = intent
        self._number += 1
        return Change(self._number, intent, before, intent.status, self._clock.now(), intent.reason)
