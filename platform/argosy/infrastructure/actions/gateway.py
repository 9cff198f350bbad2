"""Decide, begin, call and settle an action, even when processes die in between."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor

from loguru import logger

from argosy.core.actions.action import Action, ActionKind, ActionResult, ActionStatus, client_id
from argosy.core.actions.intent import NEVER_ARRIVED, NEVER_SENT, Caller, Change, Intent
from argosy.core.actions.send_deadline import SendDeadline
from argosy.core.clock import MOST_AHEAD_S, Clock
from argosy.core.ports import EmergencyFlags, EventBus, VenueDomains, Venues
from argosy.core.safety.emergency import LATEST_CALL_S
from argosy.core.scope import domain_scope
from argosy.core.venues.venue import Venue, Withdrawals
from argosy.errors import (
    ArgosyError,
    BooksBehind,
    InconsistentReply,
    OrderDenied,
    OrderRejected,
    Unavailable,
    VenueError,
)
from argosy.infrastructure.actions.absence import Absence, Ended
from argosy.infrastructure.actions.announce import events_of
from argosy.infrastructure.actions.calls import OwnCalls
from argosy.infrastructure.actions.journal import Journal
from argosy.infrastructure.actions.market_reads import read_markets
from argosy.infrastructure.actions.value_calls import never_applied
from argosy.infrastructure.actions.venue_calls import carry_out, query_action

_LOOK_UP_AFTER_S = (0.2, 0.5, 1.0)
_IN_FLIGHT = timedelta(seconds=60)
"""Longest duration of a call.

An older call has ended, whatever its process reports. An action decided longer ago is not sent.
"""
_WHOLE = Fraction(1)

_AHEAD = timedelta(seconds=MOST_AHEAD_S)

Alive = Callable[[str], bool]
"""Callback: True if the named process gives a sign of life."""


class Gateway:
    """Entry point for all actions of a process.

    `owner` is the name of this process.
    `alive` returns True for a process that gives a sign of life.
    `has_ended` returns True for a process that can no longer send; by default, one without a sign of life.
    `reconcile` brings a bot into order before its first action since start-up.
    `ended` receives the order of each cancellation after a query at the venue: no other code may wait for it.
    """

    def __init__(
        self,
        journal: Journal,
        flags: EmergencyFlags,
        events: EventBus,
        clock: Clock,
        *,
        owner: str,
        alive: Alive = lambda owner: True,
        has_ended: Ended | None = None,
        reconcile: Callable[[Caller, Venues], None] | None = None,
        ended: Callable[[Intent], None] | None = None,
    ) -> None:
        self._journal = journal
        self._flags = flags
        self._events = events
        self._clock = clock
        self._owner = owner
        self._alive = alive
        self._has_ended = has_ended or (lambda owner: not alive(owner))
        self._calls = OwnCalls()
        self._absence = Absence(clock, self._call_has_ended)
        self._unwritten: dict[str, ActionResult] = {}
        self._reconcile = reconcile
        self._ended = ended
        self._told: list[int] = []

    # --- for strategies -----------------------------------------------------------------------------------

    def submit(self, caller: Caller, venues: Venues, actions: Sequence[Action]) -> list[ActionResult]:
        """Carry out the actions and return one result for each, in order.

        A refusal is a result, never an exception. The legs of one group are decided together. A leg is sent
        only if all earlier legs have fills, and is reduced to the smallest filled part. The first leg without
        a fill, or with an unknown outcome, stops the remaining legs. A position with one leg is worse than
        none.
        """
        if not actions:
            return []
        self.write_late()
        try:
            if self._reconcile is not None:
                self._reconcile(caller, venues)
            markets = {} if caller.role == "liquidator" else read_markets(venues, actions)
            intents, changes = self._journal.decide(caller, actions, _domains(venues, actions), markets)
            self._announce(changes)
        except ArgosyError as error:
            return [_refused(action, f"unavailable.{error.code}", str(error)) for action in actions]
        results: list[ActionResult] = []
        stopped: dict[str, str] = {}
        part: dict[str, Fraction] = {}
        for intent in intents:
            leg = intent.action.leg
            if leg is None:
                results.append(self._tried(caller, venues, intent).as_result())
                continue
            left = part.get(leg.group, _WHOLE)
            done = self._tried(caller, venues, intent, left, stopped.get(leg.group))
            results.append(done.as_result())
            part[leg.group] = min(left, done.part)
            if leg.group in stopped:
                continue
            if not done.status.final:
                stopped[leg.group] = f"the outcome of leg {leg.index} is not known yet"
            elif not done.part:
                stopped[leg.group] = f"leg {leg.index} was not filled"
        self.flush()
        return results

    def cancel(self, intent: Intent, venues: Venues, caller: Caller, *, why: str) -> ActionResult:
        """Cancel a working order and settle it by the venue's answer.

        The client id of the cancellation is derived from `why`: the same reason finds the same cancellation
        again.
        """
        action = Action(
            client_id=client_id(f"cancel:{why}", intent.client_id, 0),
            venue=intent.action.venue,
            kind=ActionKind.CANCEL_ORDER,
            symbol=intent.action.symbol,
            label=intent.action.label,
            quantity=Decimal(0),
            parameters={"clientId": intent.client_id},
        )
        (result,) = self.submit(caller, venues, [action])
        return result

    # --- for reconciliation -------------------------------------------------------------------------------

    def resolve(self, intent: Intent, venues: Venues, *, actor: str = "reconciler") -> Intent:
        """Query the outcome of an intent at its venue and settle it; never send anything.

        A call that another living process is making at the moment is left alone.
        """
        self.write_late()
        if intent.status.final or self._in_flight(intent):
            return intent
        if intent.status is ActionStatus.PLANNED:
            if self._is_recent(intent.decided_at) and actor == "reconciler":
                return intent
            return self._drop(
                intent, NEVER_SENT, "the process that decided it ended before sending it", actor
            )
        try:
            venue = venues.get(intent.action.venue)
            found = query_action(venue, intent.action)
        except ArgosyError as error:
            return self._settle(_unknown(intent, str(error), error), actor, looked_up=True)
        if found is None:
            return self._absent(intent, venue, actor)
        return self._after(intent, self._settle(found, actor, looked_up=True), venues)

    def write_late(self) -> None:
        """Save outcomes of calls that PostgreSQL could not take when the calls ended.

        Until then no other process can know that this one will not send these actions again.
        """
        for client_id_, result in list(self._unwritten.items()):
            try:
                _, change = self._journal.settle(result, actor="gateway", call_ended=True)
            except Unavailable as error:
                logger.warning("the outcome of {} still waits for Postgres: {}", client_id_, error)
                return
            self._unwritten.pop(client_id_, None)
            self._announce([change] if change else [])

    def flush(self) -> None:
        """Note which events were published; the reconciler publishes all others again."""
        told, self._told = self._told, []
        try:
            if told:
                self._journal.announced(told)
        except Unavailable as error:
            logger.warning("published events are not noted: {}", error)

    # --- one action ---------------------------------------------------------------------------------------

    def _tried(
        self,
        caller: Caller,
        venues: Venues,
        intent: Intent,
        part: Fraction = _WHOLE,
        stopped: str | None = None,
    ) -> Intent:
        """Return the intent after carrying it out, or as unknown when PostgreSQL cannot be used.

        An unknown intent does not keep the later actions from being carried out.
        """
        try:
            if stopped is not None and intent.status is ActionStatus.PLANNED:
                return self._drop(intent, "leg.stopped", stopped)
            return self._carry_out(caller, venues, intent, part)
        except (Unavailable, BooksBehind) as error:
            reason = f"what became of it is not known until it can be written: {error}"
            logger.error("action {}: {}", intent.client_id, reason)
            return replace(
                intent,
                status=ActionStatus.UNKNOWN,
                code=f"unavailable.{error.code}",
                reason=reason,
                result=None,
            )

    def _carry_out(self, caller: Caller, venues: Venues, intent: Intent, part: Fraction) -> Intent:
        if intent.status.final:
            return intent
        if intent.status is not ActionStatus.PLANNED:
            return self._await(intent, venues)
        if not self._is_recent(intent.decided_at):
            return self._drop(intent, NEVER_SENT, "it was decided too long ago to be sent now")
        try:
            venue = venues.get(intent.action.venue)
        except ArgosyError as error:
            return self._drop(intent, error.code, str(error))
        quantity = None if part == _WHOLE else _shrunk(intent.action.quantity, part)
        if quantity is not None and not quantity:
            return self._drop(intent, "leg.stopped", "what was filled before is less than a unit of this leg")
        deadline = SendDeadline.from_now(self._clock, LATEST_CALL_S)
        domain = _domains(venues, [intent.action]).get(intent.action.venue)
        with self._calls.making(intent.client_id):
            begun, change = self._begin(caller, intent, quantity, domain)
            if change is not None and begun.status is ActionStatus.SUBMITTED:
                return self._after(begun, self._call(venue, begun, deadline), venues)
        if change is None and not begun.status.final:
            return self._await(begun, venues)
        return begun

    def _begin(
        self, caller: Caller, intent: Intent, quantity: Decimal | None, domain: str | None = None
    ) -> tuple[Intent, Change | None]:
        """Read the flags in Redis again, then let PostgreSQL decide whether the action begins.

        The action may have waited since its decision.
        """
        try:
            beside = () if domain in (None, caller.domain) else (domain_scope(str(domain)),)
            seen = self._flags.read((*caller.scopes, *beside))
        except Unavailable as error:
            return self._drop(intent, "emergency.unknown", str(error), denied=True), None
        try:
            begun, change = self._journal.begin(
                intent.client_id,
                seen=seen,
                quantity=quantity,
                liquidator=caller.role == "liquidator",
                owner=self._owner,
            )
        except BooksBehind as error:  # restored since the decision: no row to deny, so the action is not sent
            return replace(intent, status=ActionStatus.DENIED, code=error.code, reason=str(error)), None
        self._announce([change] if change else [])
        return begun, change

    def _call(self, venue: Venue, intent: Intent, deadline: SendDeadline) -> Intent:
        action = intent.action
        try:
            deadline.check()
            result = carry_out(venue, action, deadline)
        except OrderDenied as error:
            result = _refused(action, error.code, str(error))
        except OrderRejected as error:
            result = ActionResult(
                client_id=action.client_id,
                status=ActionStatus.REJECTED,
                code=error.code,
                reason=str(error),
            )
        except VenueError as error:
            return self._settle_unknown(intent, venue, str(error))
        except BaseException as error:
            # A fault in an adapter, or the node's time limit: the request may have been sent.
            logger.error("the call to {} ended in an unforeseen way: {}", venue.name, type(error).__name__)
            self._settle(_unknown(intent, f"{type(error).__name__}: {error}"), "gateway", call_ended=True)
            raise
        return self._settle(result, "gateway", call_ended=True)

    def _settle_unknown(self, intent: Intent, venue: Venue, reason: str) -> Intent:
        """Save the outcome as unknown, then query the venue a few times; never send again."""
        noted = self._settle(_unknown(intent, reason), "gateway", call_ended=True)
        for wait_s in _LOOK_UP_AFTER_S:
            self._clock.sleep(wait_s)
            try:
                found = query_action(venue, intent.action)
            except ArgosyError:
                continue
            noted = self._absent(noted, venue, "gateway") if found is None else self._settle(found, "gateway")
            if noted.status is not ActionStatus.UNKNOWN:
                break
        return noted

    def _await(self, intent: Intent, venues: Venues) -> Intent:
        """Wait for another delivery of the same action to settle it, then query the venue."""
        for wait_s in (0.0, *_LOOK_UP_AFTER_S):
            self._clock.sleep(wait_s)
            intent = self._journal.get(intent.client_id) or intent
            if intent.status.final or not self._in_flight(intent):
                break
        return self.resolve(intent, venues, actor="gateway")

    def _in_flight(self, intent: Intent) -> bool:
        if intent.status is not ActionStatus.SUBMITTED or intent.submitted_at is None:
            return False
        if intent.owner is None or self._has_ended(intent.owner) or not self._alive(intent.owner):
            return False
        return self._is_recent(intent.submitted_at)

    def _call_has_ended(self, intent: Intent) -> bool:
        """True if no process can send the action any more.

        This process knows of its own calls. The database may have lost their ends in a restore.
        """
        if intent.owner == self._owner:
            return intent.client_id not in self._calls
        return intent.owner is None or self._has_ended(intent.owner)

    def _is_recent(self, moment: datetime) -> bool:
        """Return True if `moment` is less than a minute ago.

        A moment in the future came from a wrong clock, so its age is unknown: False.
        """
        return -_AHEAD <= self._clock.now() - moment < _IN_FLIGHT

    def _absent(self, intent: Intent, venue: Venue, actor: str) -> Intent:
        """Settle an action that the venue does not know once no process can send it any more.

        Until then the action stays unknown. An action that the venue had accepted is never ended by a missing
        record.
        """
        if intent.submitted_at is None:
            return intent
        change = intent.action.change
        taken = intent.filled > 0 or (intent.result is not None and intent.result.venue_id is not None)
        listed = taken or intent.status not in (ActionStatus.SUBMITTED, ActionStatus.UNKNOWN)
        if listed and change is None:
            logger.error("{} accepted {} earlier and does not list it any more", venue.name, intent.client_id)
            return intent
        try:
            if isinstance(venue, Withdrawals) and venue.withdraw(intent.action):
                return self._settle(_withdrawn(intent), actor, looked_up=True)
            doubt = self._absence.doubt(intent, venue)
            # The action may have been carried out between the first query and the end of its sender.
            found = None if doubt else query_action(venue, intent.action)
        except ArgosyError as error:
            return self._settle(_unknown(intent, str(error), error), actor, looked_up=True)
        if doubt is not None:
            return self._settle(_unknown(intent, doubt), actor, looked_up=True)
        if found is not None:
            return self._settle(found, actor, looked_up=True)
        never = ActionResult(
            client_id=intent.client_id,
            status=ActionStatus.CANCELLED,
            code=NEVER_ARRIVED,
            reason=f"{venue.name} never received the action, and no process can send it any more"
            if change is None
            else never_applied(venue, intent.action, change),
        )
        return self._settle(never, actor, looked_up=True)

    def _after(self, intent: Intent, done: Intent, venues: Venues) -> Intent:
        """Query the order of a cancellation once the cancellation itself has ended.

        A cancellation does not tell how its order ended.
        """
        target = intent.action.parameters.get("clientId")
        if intent.action.kind is ActionKind.CANCEL_ORDER and target and done.status.final:
            order = self._journal.get(target)
            if order is not None and not order.status.final:
                order = self.resolve(order, venues, actor="gateway")
                if self._ended is not None:
                    self._ended(order)
        return done

    # --- journal and events -------------------------------------------------------------------------------

    def _drop(
        self, intent: Intent, code: str, reason: str, actor: str = "gateway", *, denied: bool = False
    ) -> Intent:
        dropped, change = self._journal.drop(
            intent.client_id, code=code, reason=reason, actor=actor, denied=denied
        )
        self._announce([change] if change else [])
        return dropped

    def _settle(
        self, result: ActionResult, actor: str, *, looked_up: bool = False, call_ended: bool = False
    ) -> Intent:
        """Save an answer of the venue, waiting up to 30 s for PostgreSQL."""
        wait_s = 0.1
        deadline = self._clock.monotonic() + 30
        while True:
            try:
                intent, change = self._journal.settle(
                    result, actor=actor, looked_up=looked_up, call_ended=call_ended
                )
                break
            except Unavailable as error:
                if self._clock.monotonic() >= deadline:
                    if call_ended:
                        self._unwritten[result.client_id] = result
                    raise
                logger.warning("the outcome of {} waits for Postgres: {}", result.client_id, error)
                self._clock.sleep(wait_s)
                wait_s = min(wait_s * 2, 2.0)
        if intent.status.final:
            self._absence.forget(intent.client_id)
        self._announce([change] if change else [])
        return intent

    def _announce(self, changes: Sequence[Change]) -> None:
        for change in changes:
            try:
                for event in events_of(change):
                    self._events.publish(event)
            except Exception as error:  # noqa: BLE001 - the change is saved; its event is published later
                logger.warning("the event of {} waits: {}", change.intent.client_id, error)
                continue
            self._told.append(change.id)


def _domains(venues: Venues, actions: Sequence[Action]) -> dict[str, str]:
    """Return the domain of each action's venue, where it is known."""
    if not isinstance(venues, VenueDomains):
        return {}
    found = {action.venue: venues.domain_of(action.venue) for action in actions}
    return {venue: domain for venue, domain in found.items() if domain}


def _refused(action: Action, code: str, reason: str) -> ActionResult:
    return ActionResult(client_id=action.client_id, status=ActionStatus.DENIED, code=code, reason=reason)


def _withdrawn(intent: Intent) -> ActionResult:
    return ActionResult(
        client_id=intent.client_id,
        status=ActionStatus.DENIED,
        code=NEVER_SENT,
        reason="the sending process stood still before the call began; the action is cancelled and was not sent",
    )


def _unknown(intent: Intent, reason: str, error: ArgosyError | None = None) -> ActionResult:
    """Return an unknown result; an inconsistent reply gets its code.

    That code ends the certainty that an order is working.
    """
    code = error.code if isinstance(error, InconsistentReply) else None
    return ActionResult(client_id=intent.client_id, status=ActionStatus.UNKNOWN, code=code, reason=reason)


def _shrunk(quantity: Decimal, part: Fraction) -> Decimal:
    """Return `part` of `quantity`, rounded down on the quantity's own decimal grid.

    Fractions keep the result exact: with decimals a third of 9 would be 2.
    """
    exponent = quantity.as_tuple().exponent
    step = Decimal(1).scaleb(min(exponent, 0) if isinstance(exponent, int) else 0)
    return floor(Fraction(quantity) * part / Fraction(step)) * step
