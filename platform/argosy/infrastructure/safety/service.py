"""Change emergency states: first in PostgreSQL, then in Redis, then by an event.

A change returns once its effect holds.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol, TypeVar

from loguru import logger

from argosy.core.clock import Clock
from argosy.core.ports import EmergencyFlags, EventBus
from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState, emergency_scope
from argosy.core.safety.restored_database import BEHIND, stop
from argosy.core.safety.transition import Armed, StateChangeRequest
from argosy.core.scope import PLATFORM, PLATFORM_SCOPE, Scope
from argosy.errors import ArgosyError, NotFound, Unavailable
from argosy.infrastructure.safety.chain import follow
from argosy.infrastructure.safety.change_event import event_of
from argosy.infrastructure.safety.prompt_answer import answer_within
from argosy.infrastructure.safety.restores import Restores
from argosy.infrastructure.safety.status import ArmedStatus, EmergencyStatus, status_of
from argosy.infrastructure.storage.engine.database import Database
from argosy.infrastructure.storage.engine.operation import Operation
from argosy.infrastructure.storage.records import EmergencyChangeRecord, EmergencyRecord
from argosy.infrastructure.storage.safety import emergency, reconciliation_state
from argosy.infrastructure.storage.safety.emergency import SavedChange

T = TypeVar("T")

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 6
_POLL_S = 0.02
_TRIES = 3
_REDIS_PAUSE_S = 0.05


class Flags(EmergencyFlags, Protocol):
    """Copy of the emergency flags in Redis, which can also stop a scope without PostgreSQL."""

    def stop(self, scope: str, reason: str) -> EmergencyFlag:
        """Set HALT above the present epoch; a stricter state stays. Raises Unavailable."""
        ...

    def every(self) -> list[EmergencyFlag]:
        """Return all flags. Raises Unavailable."""
        ...


class EmergencyService:
    """Change, confirm, resume and list emergency states. Thread-safe.

    `reconcile` compares a bot with its venues and returns True if the comparison was clean. `enforce`
    receives the epoch of each change that has consequences for orders and runs. `restores` recognises
    a restored PostgreSQL.
    """

    def __init__(
        self,
        database: Database,
        flags: Flags,
        events: EventBus,
        clock: Clock,
        *,
        reconcile: Callable[[str], bool] | None = None,
        enforce: Callable[[int], None] | None = None,
        restores: Restores | None = None,
        drain_s: float = 5.0,
        arm_s: float = 60.0,
        cooldown_s: float = 300.0,
        answer_s: float = 10.0,
    ) -> None:
        """Create the service; all times are in seconds.

        `answer_s`: a HALT or SHUTDOWN stops in Redis alone once PostgreSQL has not answered for this long.
        """
        self._database = database
        self._flags = flags
        self._events = events
        self._clock = clock
        self._reconcile = reconcile
        self._enforce = enforce
        self._restores = restores
        self._drain_s = drain_s
        self._arm_s = arm_s
        self._cooldown_s = cooldown_s
        self._answer_s = answer_s

    def change(
        self,
        scope: str,
        state: EmergencyState,
        *,
        actor: Actor,
        reason: str,
        automatic: bool = False,
        cause: str = "",
    ) -> EmergencyStatus:
        """Raise a scope to `state`; a stricter state stays, and `requested` names the refused one.

        After a HALT returns, no risky action can begin in the scope. The call waits a bounded time for
        actions that had begun. A HALT without PostgreSQL is set in Redis alone (`recorded` is False).

        Raises Conflict if the rules refuse the change, and NotFound for an unknown scope. Raises Unavailable
        without PostgreSQL; a HALT raises it only if Redis cannot be written either.
        """
        order = StateChangeRequest(emergency_scope(scope), state, actor, reason, automatic, cause)
        run = self._promptly if state is EmergencyState.HALT else self._database.run
        try:
            self._known(order.scope, run)
            return self._carried_out(
                order.scope,
                lambda flag: run(
                    emergency.change(order, at=self._clock.now(), flag=flag, cooldown_s=self._cooldown_s)
                ),
                requested=state,
            )
        except Unavailable as error:
            if state is not EmergencyState.HALT:
                raise
            return self._stopped_in_redis(order, error)

    def resume(
        self, scope: str, state: EmergencyState = EmergencyState.NORMAL, *, actor: Actor, reason: str
    ) -> EmergencyStatus:
        """Lower a scope to `state`; leaving HALT first compares every bot that would act again.

        Raises Conflict if the rules refuse or another change stopped the scope meanwhile, NotFound,
        Unavailable.
        """
        order = StateChangeRequest(emergency_scope(scope), state, actor, reason, resume=True)
        self._known(order.scope, self._database.run)
        if scope == PLATFORM_SCOPE:
            self.stop_if_behind()
        record = self._record(order.scope)
        seen_epoch = 0 if record is None else record.epoch
        if state < EmergencyState.HALT:
            order = replace(order, acted=self._doubted())
            self._reconciled(order)

        def change(flag: EmergencyFlag | None) -> SavedChange:
            nonlocal seen_epoch
            written = self._database.run(
                emergency.change(order, at=self._clock.now(), flag=flag, seen_epoch=seen_epoch)
            )
            seen_epoch = written.record.epoch
            return self._remembered_anew(written, order)

        return self._carried_out(order.scope, change)

    def arm(
        self, scope: str, state: EmergencyState, *, actor: Actor, reason: str, flatten: bool = False
    ) -> ArmedStatus | EmergencyStatus:
        """Take the first of two steps: into SHUTDOWN, or out of it to `state`.

        Arming a SHUTDOWN halts the scope at once. Without PostgreSQL nothing can be armed: a SHUTDOWN then
        halts in Redis, and the answer has no code.
        """
        order = StateChangeRequest(emergency_scope(scope), state, actor, reason)
        code = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
        run = self._promptly if state is EmergencyState.SHUTDOWN else self._database.run
        try:
            self._known(order.scope, run)
            status = self._carried_out(
                order.scope,
                lambda flag: run(
                    emergency.arm(
                        order,
                        Armed(state, code, self._clock.now() + timedelta(seconds=self._arm_s), flatten),
                        at=self._clock.now(),
                        flag=flag,
                    )
                ),
            )
        except Unavailable as error:
            if state is not EmergencyState.SHUTDOWN:
                raise
            return self._stopped_in_redis(order, error)
        return ArmedStatus(**dict(status), code=code)

    def confirm(self, scope: str, code: str, *, actor: Actor, reason: str = "") -> EmergencyStatus:
        """Take the second step, with the code of `arm`.

        Raises Conflict for a wrong or late code. Raises Conflict for NORMAL or ALERT without a clean
        reconciliation.
        """
        asked = emergency_scope(scope)
        self._known(asked, self._database.run)
        record = self._record(asked)
        acted: frozenset[str] = frozenset()
        if record is not None and record.armed_for in ("NORMAL", "ALERT"):
            acted = self._doubted()
            self._reconciled(
                StateChangeRequest(asked, EmergencyState[record.armed_for], actor, reason, acted=acted)
            )
        if scope == PLATFORM_SCOPE:
            self.stop_if_behind()
        state = EmergencyState.SHUTDOWN if record is None else EmergencyState[record.armed_for or "SHUTDOWN"]
        order = StateChangeRequest(asked, state, actor, reason, acted=acted)

        def change(flag: EmergencyFlag | None) -> SavedChange:
            written = self._database.run(
                emergency.confirm(
                    asked,
                    code,
                    actor=actor,
                    reason=reason,
                    at=self._clock.now(),
                    flag=flag,
                    acted=order.acted,
                )
            )
            return self._remembered_anew(written, order)

        return self._carried_out(asked, change)

    def clear(self, scope: str) -> EmergencyStatus | None:
        """End an automatic ALERT after its cool-down; return None if there is none to end."""
        asked = emergency_scope(scope)
        written = self._database.run(emergency.clear(asked, actor=Actor(id="guard"), at=self._clock.now()))
        return None if written is None else self._told(written)

    def status(self) -> list[EmergencyStatus]:
        """Return every scope that ever had a state, as PostgreSQL has it."""
        return [status_of(record) for record in self._database.run(emergency.every())]

    def history(
        self, scope: str | None = None, *, before_epoch: int | None = None, limit: int = 100
    ) -> list[EmergencyChangeRecord]:
        """Return changes, newest first."""
        if scope is not None:
            scope = str(emergency_scope(scope))
        return self._database.run(emergency.history(scope, before_epoch=before_epoch, limit=limit))

    def restore(self) -> int:
        """Copy all flags from PostgreSQL to Redis; return how many were older or missing.

        A platform without a state becomes NORMAL. The platform's own flag is written last. Without that flag
        every scope reads as stopped, so no process acts on half of the flags.
        """
        records = self._database.run(emergency.every())
        if not any(record.scope == PLATFORM_SCOPE for record in records):
            self._database.run(emergency.begin(Actor(id="start"), self._clock.now()))
            records = self._database.run(emergency.every())
        records.sort(key=lambda record: record.scope == PLATFORM_SCOPE)
        return sum(self._flags.write(_flag(record)) for record in records)

    def agree(self, flags: Sequence[EmergencyFlag]) -> int:
        """Repair differences between Redis (`flags`: all of its flags) and PostgreSQL.

        Returns the number of repaired scopes. Missing and older flags in Redis are copied from PostgreSQL.
        Newer flags in Redis were never recorded: a stop is adopted, a laxer state is overruled.
        """
        records = {record.scope: record for record in self._database.run(emergency.every())}
        changed = 0
        for flag in flags:
            record = records.get(flag.scope)
            if (
                record is not None
                and record.epoch >= flag.epoch
                and (record.epoch > flag.epoch or _flag(record).state is flag.state)
            ):
                continue
            try:
                scope = emergency_scope(flag.scope)
            except ArgosyError as error:
                logger.error("a flag of an unknown scope is ignored: {}", error)
                continue
            self._told(
                self._database.run(
                    emergency.reassert(scope, flag, actor=Actor(id="guard"), at=self._clock.now())
                )
            )
            changed += 1
        return changed + self.restore()

    def stop_if_behind(self) -> bool:
        """Halt the platform if PostgreSQL went back in time; return True if it did.

        Every decision checks this too. The HALT makes the fact visible, and only a resume ends it. Raises
        Unavailable.
        """
        why = None if self._restores is None else self._restores.behind()
        if why is None:
            return False
        record = self._record(PLATFORM)
        if record is None or record.state not in reconciliation_state.STOPPED:
            self.change(
                PLATFORM_SCOPE,
                EmergencyState.HALT,
                actor=Actor(id="guard"),
                reason=stop(why).reason,
                automatic=True,
                cause=BEHIND,
            )
        return True

    def announce(self, changes: Sequence[EmergencyChangeRecord]) -> None:
        """Publish the events of `changes` and note that they were published. Raises Unavailable."""
        for change in changes:
            self._events.publish(event_of(change))
        self._database.run(emergency.mark_announced([change.epoch for change in changes]))

    def _remembered_anew(self, written: SavedChange, order: StateChangeRequest) -> SavedChange:
        """Let the witness remember the present rows once the platform leaves HALT.

        The HALT ended after a clean comparison. If this fails, no action takes risk and the resume can be repeated.
        """
        state = EmergencyState[written.record.state]
        platform = written.record.scope == PLATFORM_SCOPE
        if self._restores is None or not platform or state >= EmergencyState.HALT or written.again:
            return written
        if self._restores.accept(order):
            self.agree(self._flags.every())
        return written

    def _promptly(self, operation: Operation[T]) -> T:
        return answer_within(self._answer_s, lambda: self._database.run(operation))

    def _carried_out(
        self,
        scope: Scope,
        change: Callable[[EmergencyFlag | None], SavedChange],
        requested: EmergencyState | None = None,
    ) -> EmergencyStatus:
        while True:
            written = change(self._in_redis(scope))
            status = self._told(written)
            if not written.again:
                kept = requested.name if written.stricter and requested is not None else None
                return status.model_copy(update={"requested": kept})

    def _told(self, written: SavedChange) -> EmergencyStatus:
        """Write Redis, publish the events, wait for calls in flight, and start enforcement.

        PostgreSQL alone decides the change, so no failure here undoes it.
        """
        before = written.changes[0].before if written.changes else None
        flagged = self._copied(written.record)
        if flagged and written.changes:
            try:
                self.announce(written.changes)
            except ArgosyError as error:
                logger.warning(
                    "the event of the change of {} is published later: {}", written.record.scope, error
                )
            self._follow_audit()
        in_flight = self._drained(written.in_flight)
        for change in written.changes:
            logger.warning(
                "{} is {} (was {}) by {}: {}",
                change.scope,
                change.after,
                change.before,
                change.actor,
                change.reason,
            )
            if change.after in reconciliation_state.STOPPED:
                self._ask_to_enforce(change.epoch)
        return status_of(written.record, before).model_copy(
            update={"flagged": flagged, "in_flight": in_flight}
        )

    def _follow_audit(self) -> None:
        """Let the witness read the audit row of a change at once.

        Waiting a few seconds for the next regular check is too long.
        """
        if self._restores is None:
            return
        try:
            broken = follow(self._database, self._restores.witness.anchor)
        except Unavailable as error:
            logger.warning("the audit's newest row is remembered later: {}", error)
        else:
            if broken is not None:
                logger.error("the audit is not whole: {}", broken.text)

    def _ask_to_enforce(self, epoch: int) -> None:
        """Start enforcement; the guard starts it again until it is complete."""
        if self._enforce is None:
            return
        try:
            self._enforce(epoch)
        except Unavailable as error:
            logger.warning("epoch {} is enforced when the guard asks for it: {}", epoch, error)

    def _copied(self, record: EmergencyRecord) -> bool:
        """Return True if Redis has this state or a newer one."""
        flag = _flag(record)
        for _ in range(_TRIES):
            try:
                if self._flags.write(flag):
                    return True
                present = self._in_redis(emergency_scope(record.scope))
                if present is None or (present.epoch, present.state) == (flag.epoch, flag.state):
                    return present is not None
                newest = self._record(emergency_scope(record.scope))
                if newest is not None and newest.epoch > flag.epoch:
                    return True  # changed again since, and Redis has the newer state
                reasserted = self._database.run(
                    emergency.reassert(
                        emergency_scope(record.scope), present, actor=Actor(id="desk"), at=self._clock.now()
                    )
                )
                flag = _flag(reasserted.record)
            except Unavailable as error:
                logger.warning(
                    "{} is {} in Postgres, but Redis could not be updated: {}",
                    record.scope,
                    record.state,
                    error,
                )
                self._clock.sleep(_REDIS_PAUSE_S)
        return False

    def _drained(self, client_ids: Sequence[str]) -> int:
        """Wait for running calls; return the number of actions that are still without an outcome.

        Actions with an unknown outcome count but are not waited for: they may stay unknown for long.
        """
        ends = self._clock.monotonic() + self._drain_s
        left = len(client_ids)
        while left:
            calls = left
            try:
                calls, unknown = self._database.run(emergency.still_in_flight(client_ids))
                left = calls + unknown
            except Unavailable as error:
                logger.warning("the actions in flight cannot be counted: {}", error)
            if not calls or self._clock.monotonic() >= ends:
                break
            self._clock.sleep(_POLL_S)
        return left

    def _stopped_in_redis(self, order: StateChangeRequest, error: Unavailable) -> EmergencyStatus:
        flag = self._flags.stop(str(order.scope), order.reason)
        logger.error("{} is stopped in Redis only; Postgres could not be updated: {}", order.scope, error)
        return EmergencyStatus(
            scope=flag.scope,
            state=flag.state.name,
            before=flag.state.name,
            epoch=flag.epoch,
            actor=order.actor.id,
            reason=flag.reason,
            at=self._clock.now(),
            changed=True,
            recorded=False,
        )

    def _in_redis(self, scope: Scope) -> EmergencyFlag | None:
        try:
            found = self._flags.read([str(scope)])
        except Unavailable:
            return None
        return found[0] if found else None

    def _doubted(self) -> frozenset[str]:
        """Return bots that a resume compares even if the ledger has no entry of them."""
        restores = self._restores
        return frozenset() if restores is None else restores.doubted_bots(restored=restores.is_restored())

    def _record(self, scope: Scope) -> EmergencyRecord | None:
        return self._database.run(emergency.state_of(str(scope)))

    def _known(self, scope: Scope, run: Callable[[Operation[str | None]], str | None]) -> None:
        """Raise NotFound for an unknown scope: a typing error must not look like a halt."""
        missing = run(reconciliation_state.missing(scope))
        if missing is not None:
            raise NotFound(f"there is no such {scope.kind}", found=str(scope), expected=missing)

    def _reconciled(self, order: StateChangeRequest) -> None:
        """Compare every bot that would act again with its venues.

        PostgreSQL keeps the result of each comparison.
        """
        record = self._record(order.scope)
        if self._reconcile is None or record is None or record.state not in reconciliation_state.STOPPED:
            return
        for bot in self._database.run(reconciliation_state.to_compare(order.scope, order.acted)):
            try:
                self._reconcile(bot)
            except ArgosyError as error:
                logger.warning("bot {} could not be reconciled: {}", bot, error)


def _flag(record: EmergencyRecord) -> EmergencyFlag:
    return EmergencyFlag(record.scope, EmergencyState[record.state], record.epoch, record.reason)
