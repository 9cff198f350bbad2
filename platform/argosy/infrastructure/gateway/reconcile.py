"""Brings our record and the venues' together: settles what is open, compares what is held, says who may act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from loguru import logger

from argosy.core.action import ActionStatus
from argosy.core.clock import Clock, to_ms
from argosy.core.event import Event
from argosy.core.intent import Caller, Intent
from argosy.core.money import ZERO
from argosy.core.ports import EventBus, Venues
from argosy.core.venue import Capability, Payouts, Venue
from argosy.errors import ArgosyError
from argosy.infrastructure.gateway.announce import event_of
from argosy.infrastructure.gateway.gateway import Gateway
from argosy.infrastructure.storage import intents, reconciliations
from argosy.infrastructure.storage.database import Database
from argosy.infrastructure.storage.reconciliations import ReconciliationRecord

_TRIES = 3
_PAUSE_S = 0.25
_KEPT_AFTER = timedelta(hours=1)
_SILENT_AFTER = timedelta(seconds=5)
_FORGOTTEN_AFTER = timedelta(seconds=20)
_FORGOTTEN_WITHIN = timedelta(hours=6)
_REMINDED_AFTER = timedelta(minutes=1)


@dataclass(slots=True)
class _Findings:
    looked_up: int = 0
    settled: int = 0
    unknown: list[Intent] = field(default_factory=list)
    differences: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None


class Reconciler:
    """Runs at start-up before a bot may act, after crashes, and on beat; any number of them at once is harmless."""

    def __init__(self, database: Database, gateway: Gateway, events: EventBus, clock: Clock) -> None:
        self._database = database
        self._gateway = gateway
        self._events = events
        self._clock = clock
        self._ready: set[tuple[str, str]] = set()
        self._reminded: dict[int, datetime] = {}

    def before_acting(self, caller: Caller, venues: Venues) -> None:
        """The first action of a bot since start-up waits for its reconciliation; later ones pass straight on."""
        key = (caller.bot_id, caller.mode)
        if key in self._ready:
            return
        if not self._database.run(reconciliations.reconciled(caller.bot_id)):
            self.bot(caller, venues, trigger="start")
        if self._database.run(reconciliations.reconciled(caller.bot_id)):
            self._ready.add(key)

    def bot(
        self, caller: Caller, venues: Venues, *, trigger: str, compare: bool = True
    ) -> ReconciliationRecord:
        """Settles what is not settled by what the venues say, and compares cash and positions with theirs.

        `compare` False only settles, and says nothing new about differences.
        """
        found = _Findings()
        for intent in self._database.run(intents.unsettled(caller.bot_id)):
            if intent.caller.mode != caller.mode:
                continue
            found.looked_up += 1
            after = self._gateway.resolve(intent, venues)
            found.settled += after.status.final
            if after.status is ActionStatus.UNKNOWN:
                found.unknown.append(after)
            elif after.status.final and after.action.leg is not None:
                self._check_legs(after)
        before = self._database.run(reconciliations.newest(caller.bot_id))
        if compare:
            self._compare(caller, venues, found)
        elif before is not None:
            found.differences = [dict(each) for each in before.differences]
        record = self._record(caller, trigger, found)
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
        self._database.run(reconciliations.save(record, blocked=_blocked(record, found), keep=keep))
        if not same and not record.clean:
            self._alarm(record, found)
        return record

    def announce(self) -> int:
        """Publishes the events of changes whose maker died before it could; returns how many.

        An event that was published and then lost with Redis, before the recorder had it, is published again, at
        most once a minute by each process: the recorder may only be late.
        """
        now = self._clock.now()
        silent = self._database.run(intents.silent(now - _SILENT_AFTER))
        for change in silent:
            self._events.publish(event_of(change))
        if silent:
            self._database.run(intents.announced([change.id for change in silent]))
        return len(silent) + self._remind(now)

    def _remind(self, now: datetime) -> int:
        self._reminded = {id_: at for id_, at in self._reminded.items() if now - at < _REMINDED_AFTER}
        lost = self._database.run(intents.forgotten(now - _FORGOTTEN_WITHIN, now - _FORGOTTEN_AFTER))
        due = [change for change in lost if change.id not in self._reminded]
        for change in due:
            self._events.publish(event_of(change))
            self._reminded[change.id] = now
        return len(due)

    # --- comparing ----------------------------------------------------------------------------------------

    def _compare(self, caller: Caller, venues: Venues, found: _Findings) -> None:
        for name in venues.names():
            try:
                venue = venues.get(name)
                if Capability.BALANCES not in venue.capabilities:
                    continue
                self._take_payouts(caller, venue)
                found.differences += self._differences(caller, venue)
            except ArgosyError as error:
                logger.warning("bot {} cannot be compared with {}: {}", caller.bot_id, name, error)
                found.failure = f"{name}: {error}"

    def _take_payouts(self, caller: Caller, venue: Venue) -> None:
        """What the venue ended and paid for by itself is booked before anything is called a difference."""
        if not isinstance(venue, Payouts):
            return
        held = self._database.run(reconciliations.holdings(caller.bot_id, caller.mode, venue.name))
        gone = sorted(set(held) - {p.symbol for p in venue.positions() if p.quantity}) if held else []
        for payout in venue.payouts(gone) if gone else ():
            self._database.run(reconciliations.pay_out(caller, venue.name, payout))

    def _differences(self, caller: Caller, venue: Venue) -> list[dict[str, Any]]:
        """A difference counts when it is seen twice with nothing booked in between: fills may be on their way."""
        seen: list[dict[str, Any]] | None = None
        for _ in range(_TRIES):
            ours = self._database.run(reconciliations.held(caller.bot_id, caller.mode, venue.name))
            theirs = _theirs(venue)
            amounts = _as_there(ours.amounts, theirs, venue)
            beyond = {
                asset: theirs.get(asset, ZERO) - amounts.get(asset, ZERO) for asset in {*theirs, *amounts}
            }
            usual = self._database.run(
                reconciliations.baseline(caller.bot_id, caller.mode, venue.name, beyond, self._clock.now())
            )
            found = [
                {
                    "venue": venue.name,
                    "asset": asset,
                    "ours": str(amounts.get(asset, ZERO) + usual.get(asset, ZERO)),
                    "theirs": str(theirs.get(asset, ZERO)),
                }
                for asset in sorted({*beyond, *usual})
                if beyond.get(asset, ZERO) != usual.get(asset, ZERO)
            ]
            if not found or found == seen:
                return found
            seen = found
            self._clock.sleep(_PAUSE_S)
        return [] if self._busy(caller) else found

    def _busy(self, caller: Caller) -> bool:
        """Actions are under way, so that a difference that keeps changing is no drift."""
        return bool(self._database.run(intents.unsettled(caller.bot_id)))

    def _check_legs(self, intent: Intent) -> None:
        """Nobody waits for a leg that is settled here: an opportunity left with one leg must be told."""
        leg = intent.action.leg
        assert leg is not None  # the caller has looked
        legs = self._database.run(intents.of_group(leg.group))
        parts = [each.filled / each.action.quantity for each in legs if each.action.quantity]
        if all(each.status.final for each in legs) and len(set(parts)) > 1:
            held = ", ".join(f"{e.filled} of {e.action.quantity} {e.action.symbol}" for e in legs)
            text = f"legs of one opportunity ended unequal ({held}); policy: {leg.on_failure}"
            self._publish(intent.caller.bot_id, text, "one_legged", strategy_id=intent.caller.strategy_id)

    # --- the outcome --------------------------------------------------------------------------------------

    def _record(self, caller: Caller, trigger: str, found: _Findings) -> ReconciliationRecord:
        status = "clean"
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
            looked_up=found.looked_up,
            settled=found.settled,
            unsettled=len(found.unknown),
            differences=found.differences,
        )

    def _alarm(self, record: ReconciliationRecord, found: _Findings) -> None:
        text = _blocked(record, found) or f"it cannot be compared: {found.failure}"
        self._publish(record.bot_id, f"reconciliation: {text}", f"reconciliation.{record.status}")

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
    "one_legged": "An opportunity was left with unequal legs",
    "reconciliation.unsettled": "The fate of an action is not known",
    "reconciliation.drift": "Our record differs from a venue's",
    "reconciliation.failed": "A bot cannot be compared with its venue",
}


def _as_there(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal], venue: Venue) -> dict[str, Decimal]:
    """Ours by the venue's names: one without positions holds BTC/USDT as a balance of its unit, BTC."""
    if Capability.POSITIONS in venue.capabilities:
        return dict(ours)
    strange = any(amount and name not in theirs for name, amount in ours.items())
    units = {asset.symbol: asset.unit for asset in venue.assets()} if strange else {}
    amounts: dict[str, Decimal] = {}
    for symbol, amount in ours.items():
        name = reconciliations.money(units.get(symbol) or symbol.partition("/")[0])
        amounts[name] = amounts.get(name, ZERO) + amount
    return amounts


def _theirs(venue: Venue) -> dict[str, Decimal]:
    amounts: dict[str, Decimal] = {}
    for balance in venue.balances():
        name = reconciliations.money(balance.currency)
        amounts[name] = amounts.get(name, ZERO) + balance.free + balance.locked
    if Capability.POSITIONS in venue.capabilities:
        for position in venue.positions():
            amounts[position.symbol] = amounts.get(position.symbol, ZERO) + position.quantity
    return amounts


def _blocked(record: ReconciliationRecord, found: _Findings) -> str | None:
    parts: Sequence[str] = [
        *([f"the fate of {len(found.unknown)} action(s) is not known"] if found.unknown else []),
        *(
            [
                "our record differs from the venue's: "
                + ", ".join(
                    f"{d['venue']} {d['asset']}: {d['ours']} ≠ {d['theirs']}" for d in record.differences[:3]
                )
            ]
            if record.differences
            else []
        ),
    ]
    return "; ".join(parts) or None
