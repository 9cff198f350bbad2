"""Settle open intents, compare ledger and venues, and decide which bots may act."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from loguru import logger

from argosy.core.actions.action import ActionStatus
from argosy.core.actions.intent import Caller, Intent
from argosy.core.clock import Clock, to_ms
from argosy.core.event import Event
from argosy.core.ports import EventBus, VenueDomains, Venues
from argosy.core.venues.venue import Capability, Venue
from argosy.errors import ArgosyError, Unavailable
from argosy.infrastructure.actions.announce import event_of, events_of
from argosy.infrastructure.actions.comparison import UnknownBaseline, take_payouts
from argosy.infrastructure.actions.comparison import differences as compared
from argosy.infrastructure.actions.flows import report_differences, take_flows
from argosy.infrastructure.actions.gateway import Gateway
from argosy.infrastructure.actions.unknown_orders import is_of_an_order, unknown_orders
from argosy.infrastructure.safety.restores import Restores
from argosy.infrastructure.storage.actions import intents
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.money import reconciliations
from argosy.infrastructure.storage.money.reconciliations import Extent, ReconciliationRecord, blocked_by

_TRIES = 3
_PAUSE_S = 0.25
_KEPT_AFTER = timedelta(hours=1)
_SILENT_AFTER = timedelta(seconds=5)
_FORGOTTEN_AFTER = timedelta(seconds=20)
_FORGOTTEN_WITHIN = timedelta(hours=6)
_REMINDED_AFTER = timedelta(minutes=1)
_UNDER_WAY = frozenset({ActionStatus.SUBMITTED, ActionStatus.UNKNOWN})


@dataclass(slots=True)
class _Findings:
    """Findings of one reconciliation.

    `compared`: True if every comparable venue was compared. `asked` and `unknown` hold intents by client id,
    as they are after their query. `blocks` are reasons why the bot may not act that only an operator removes.
    `doubted`: a restored database may have forgotten trades of the bot.
    """

    compared: bool
    asked: dict[str, Intent] = field(default_factory=dict)
    unknown: dict[str, Intent] = field(default_factory=dict)
    differences: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None
    blocks: list[str] = field(default_factory=list)
    doubted: bool = False

    @property
    def settled(self) -> int:
        return sum(each.status.final for each in self.asked.values())


class Reconciler:
    """Reconcile bots at start-up before they may act, after crashes, and on beat.

    Any number of reconcilers may run at once. `restores` recognises a restored database. Then every working
    order at a venue must be known too. A bot that acted gets no baseline by itself.
    """

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        events: EventBus,
        clock: Clock,
        *,
        restores: Restores | None = None,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._events = events
        self._clock = clock
        self._restores = restores
        self._ready: set[tuple[str, str]] = set()
        self._reminded: dict[int, datetime] = {}
        self._heard: int | None = None

    def before_acting(self, caller: Caller, venues: Venues) -> None:
        """Reconcile a bot before its first action since start-up; later calls return at once."""
        key = (caller.bot_id, caller.mode)
        if key in self._ready:
            return
        if not self._database.run(reconciliations.is_reconciled(*key)):
            self.bot(caller, venues, trigger="start")
        if self._database.run(reconciliations.is_reconciled(*key)):
            self._ready.add(key)

    def bot(
        self, caller: Caller, venues: Venues, *, trigger: str, compare: bool = True
    ) -> ReconciliationRecord:
        """Settle open intents by the venues' answers, then compare cash and positions.

        With `compare` False it only settles: no new differences are found, and no permission to act follows.
        """
        found = _Findings(compared=compare)
        for intent in self._database.run(intents.unsettled(caller.bot_id)):
            if intent.caller.mode == caller.mode:
                self._resolve(intent, venues, found)
        before = self._database.run(reconciliations.newest(caller.bot_id))
        if before is not None and before.mode != caller.mode:
            before = None
        if compare:
            self._compare(caller, venues, found, before)
        else:
            found.differences = _known(before)
        record = self._record(caller, trigger, found, before if not compare else None)
        same = before is not None and (before.status, list(before.differences)) == (
            record.status,
            list(record.differences),
        )
        keep = (
            trigger != "beat"
            or not same
            or found.settled > 0
            or before is None
            or record.at - before.at > _KEPT_AFTER
        )
        extent: Extent = "none" if not compare else "whole" if found.compared else "part"
        self._database.run(reconciliations.save(record, extent=extent, keep=keep, blocks=found.blocks))
        if self._restores is not None and found.doubted and extent == "whole" and record.clean:
            self._restores.trust(caller.bot_id)
        text = blocked_by(record.unsettled, record.differences, found.blocks)
        if text is None and found.failure is not None:
            text = f"it cannot be compared: {found.failure}"
        if not same and text is not None:
            self._publish(record.bot_id, f"reconciliation: {text}", f"reconciliation.{record.status}")
        self._gateway.flush()
        return record

    def settle_decided(self, caller: Caller, venues: Venues) -> None:
        """Book payouts of decided assets, and flows, in a mode that the bot has left."""
        for name in self._names(caller, venues):
            try:
                venue = venues.get(name)
                if Capability.BALANCES in venue.capabilities:
                    take_payouts(self._database, caller, venue, self._clock.now())
                take_flows(self._database, caller, venue, self._clock.now())
            except ArgosyError as error:
                logger.warning(
                    "payouts and flows of {} to bot {} cannot be read: {}", name, caller.bot_id, error
                )

    def check_legs(self, intent: Intent) -> None:
        """Publish an alarm if the legs of an opportunity ended with unequal fills.

        Call it for a leg that ends while no code waits for it.
        """
        leg = intent.action.leg
        if leg is None or not intent.status.final:
            return
        legs = self._database.run(intents.of_group(leg.group))
        if all(each.status.final for each in legs) and len({each.part for each in legs}) > 1:
            held = ", ".join(f"{e.filled} of {e.action.quantity} {e.action.symbol}" for e in legs)
            text = f"legs of one opportunity ended unequal ({held}); policy: {leg.on_failure}"
            self._publish(intent.caller.bot_id, text, "one_legged", strategy_id=intent.caller.strategy_id)

    def announce(self) -> int:
        """Publish events of changes whose process died before publishing; return their number.

        An event that Redis lost before the recorder read it is published again. Each process does so at most
        once a minute for one event: the recorder may only be late.
        """
        now = self._clock.now()
        silent = self._database.run(intents.unpublished_changes(now - _SILENT_AFTER))
        for change in silent:
            for event in events_of(change):
                self._events.publish(event)
        if silent:
            self._database.run(intents.mark_announced([change.id for change in silent]))
        return len(silent) + self._remind(now)

    def _remind(self, now: datetime) -> int:
        self._reminded = {id_: at for id_, at in self._reminded.items() if now - at < _REMINDED_AFTER}
        lost = self._database.run(
            intents.unrecorded_changes(self._heard, now - _FORGOTTEN_WITHIN, now - _FORGOTTEN_AFTER)
        )
        self._heard = lost.heard
        due = [change for change in lost.changes if change.id not in self._reminded]
        for change in due:
            self._events.publish(event_of(change))
            self._reminded[change.id] = now
        return len(due)

    # --- settling -----------------------------------------------------------------------------------------

    def _resolve(self, intent: Intent, venues: Venues, found: _Findings) -> Intent:
        """Query and settle one intent; an unexpected error leaves it unknown.

        The remaining intents are still queried.
        """
        try:
            after = self._gateway.resolve(intent, venues)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - any error blocks the bot and is shown
            logger.exception("action {} cannot be settled", intent.client_id)
            found.asked[intent.client_id] = found.unknown[intent.client_id] = intent
            return intent
        found.asked[intent.client_id] = after
        found.unknown.pop(intent.client_id, None)
        if after.status is ActionStatus.UNKNOWN:
            found.unknown[intent.client_id] = after
        self.check_legs(after)
        return after

    def _names(self, caller: Caller, venues: Venues) -> list[str]:
        """Return the venues of the bot's domain, and used venues of other domains."""
        used = self._database.run(reconciliations.venues_used(caller.bot_id, caller.mode))
        foreign = venues.domain_of if isinstance(venues, VenueDomains) else lambda name: ""
        return sorted({*venues.names(), *(name for name in used if foreign(name))})

    # --- comparing ----------------------------------------------------------------------------------------

    def _compare(
        self, caller: Caller, venues: Venues, found: _Findings, before: ReconciliationRecord | None
    ) -> None:
        restores = self._restores
        restored = restores is not None and restores.is_restored()
        found.doubted = restores is not None and restores.is_doubted(
            caller.bot_id, caller.mode, restored=restored
        )
        for name in self._names(caller, venues):
            orders: list[dict[str, Any]] | None = None
            try:
                venue = venues.get(name)
                if restored or found.doubted:
                    orders = unknown_orders(self._database, caller, venue)
                    found.differences += orders
                if Capability.BALANCES not in venue.capabilities:
                    take_flows(self._database, caller, venue, self._clock.now())
                    continue
                take_payouts(self._database, caller, venue, self._clock.now())
                take_flows(self._database, caller, venue, self._clock.now())
                differences = self._differences(caller, venue, venues, found)
            except ArgosyError as error:
                logger.warning("bot {} cannot be compared with {}: {}", caller.bot_id, name, error)
                found.failure = f"{name}: {error}"
                if isinstance(error, UnknownBaseline):
                    found.blocks.append(str(error))
                differences = None
            if differences is None:  # the differences known before stay, but for orders that were read again
                found.compared = False
                differences = [
                    each for each in _known(before, name) if orders is None or not is_of_an_order(each)
                ]
            found.differences += differences

    def _differences(
        self, caller: Caller, venue: Venue, venues: Venues, found: _Findings
    ) -> list[dict[str, Any]] | None:
        """Return confirmed differences at a venue, or None if no conclusion is possible yet.

        A difference is confirmed when it is seen twice without an action under way that could explain it.
        Unsettled actions are queried between two comparisons.
        """
        seen: list[dict[str, Any]] | None = None
        for look in range(_TRIES):
            if look:
                self._clock.sleep(_PAUSE_S)
                take_flows(self._database, caller, venue, self._clock.now())
            differences = compared(self._database, caller, venue, self._clock.now(), forgotten=found.doubted)
            differences += report_differences(self._database, caller, venue, self._clock.now())
            if not differences:
                return []
            waiting = self._waiting(caller, venue, venues, found)
            under_way = any(each.status in _UNDER_WAY for each in waiting)
            if differences == seen and not under_way:
                return differences
            seen = None if under_way else differences
        return None if waiting else differences

    def _waiting(self, caller: Caller, venue: Venue, venues: Venues, found: _Findings) -> list[Intent]:
        """Query the unsettled intents of the account at the venue; return those still open."""
        owner = reconciliations.owner_of(caller.bot_id, caller.mode) or None
        return [
            after
            for intent in self._database.run(intents.unsettled(owner))
            if (intent.caller.mode, intent.action.venue) == (caller.mode, venue.name)
            and not (after := self._resolve(intent, venues, found)).status.final
        ]

    # --- the outcome --------------------------------------------------------------------------------------

    def _record(
        self, caller: Caller, trigger: str, found: _Findings, before: ReconciliationRecord | None
    ) -> ReconciliationRecord:
        """Return the record of this reconciliation.

        `before` is the previous record when nothing was compared this time.
        """
        status = "clean" if found.compared else "unsettled" if before is None else before.status
        if found.failure is not None:
            status = "failed"
        if found.differences:
            status = "drift"
        if found.unknown:
            status = "unsettled"
        return ReconciliationRecord(
            at=self._clock.now(),
            bot_id=caller.bot_id,
            mode=caller.mode,
            trigger=trigger,
            status=status,
            looked_up=len(found.asked),
            settled=found.settled,
            unsettled=len(found.unknown),
            differences=found.differences,
        )

    def _publish(self, bot_id: str, text: str, code: str, strategy_id: str = "") -> None:
        self._events.publish(
            Event(
                type="alarm",
                timestamp=to_ms(self._clock.now()),
                bot_id=bot_id,
                strategy_id=strategy_id or None,
                data={"level": "error", "code": code, "title": _TITLES[code], "text": text},
            )
        )


_TITLES = {
    "one_legged": "The legs of an opportunity have unequal quantities",
    "reconciliation.unsettled": "The outcome of an action is unknown",
    "reconciliation.drift": "Argosy's record differs from the venue's",
    "reconciliation.failed": "A bot's record could not be compared with its venue",
}


def _known(before: ReconciliationRecord | None, venue: str | None = None) -> list[dict[str, Any]]:
    """Return the differences of an earlier record, all of them or those at one venue."""
    found = () if before is None else before.differences
    return [dict(each) for each in found if venue in (None, each["venue"])]
