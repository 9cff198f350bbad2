"""Emergency states in Postgres, which are binding.

Each change is one transaction under an exclusive lock, with its own epoch and audit entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeGuard

from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from argosy.core.safety.audit import Actor, AuditEntry
from argosy.core.safety.emergency import EmergencyFlag, EmergencyState
from argosy.core.safety.transition import (
    Armed,
    StateChangeDecision,
    StateChangeRequest,
    clears,
    is_confirmed,
    judge,
)
from argosy.core.scope import PLATFORM, PLATFORM_SCOPE, Scope
from argosy.errors import Conflict
from argosy.infrastructure.storage.engine import scopes
from argosy.infrastructure.storage.engine.locks import EMERGENCY_LOCK
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of, records_of
from argosy.infrastructure.storage.models import EmergencyChange, EmergencyRow, IntentRow
from argosy.infrastructure.storage.records import EmergencyChangeRecord, EmergencyRecord
from argosy.infrastructure.storage.safety import audit, reopen_enforcement
from argosy.infrastructure.storage.safety.reconciliation_state import unreconciled_bots

_COLUMNS = columns_of(EmergencyRow, EmergencyRecord)
_CHANGE_COLUMNS = columns_of(EmergencyChange, EmergencyChangeRecord)
_EPOCHS = "emergency_epochs"
LOCK_TIMEOUT_S = 5.0
"""Longest wait for decisions in progress, in seconds.

A process that holds the lock for longer is assumed to be frozen.
"""


_IN_FLIGHT = ("submitted", "unknown")
"""Statuses of actions that had begun and may still reach their venue."""


@dataclass(frozen=True, slots=True)
class SavedChange:
    """Outcome of one transaction on an emergency state.

    `changes` is empty if nothing changed. `in_flight` are risk-taking actions of the scope that began before and
    may be at their venue now. `again`: Redis had a stop that Postgres lacked; the stop is recorded now, and the
    caller must repeat the request. `stricter`: the present state forbids more than the requested one and stays.
    """

    record: EmergencyRecord
    changes: Sequence[EmergencyChangeRecord] = ()
    in_flight: Sequence[str] = ()
    again: bool = False
    stricter: bool = False


@operation
def every() -> Steps[list[EmergencyRecord]]:
    """Return every scope that ever had a state, ordered by scope."""
    return records_of(EmergencyRecord, (yield select(*_COLUMNS).order_by(EmergencyRow.scope)))


@operation
def history(
    scope: str | None = None, *, before_epoch: int | None = None, limit: int = 100
) -> Steps[list[EmergencyChangeRecord]]:
    """Return changes of emergency states, newest first."""
    query = select(*_CHANGE_COLUMNS)
    if scope is not None:
        query = query.where(EmergencyChange.scope == scope)
    if before_epoch is not None:
        query = query.where(EmergencyChange.epoch < before_epoch)
    rows = yield query.order_by(EmergencyChange.epoch.desc()).limit(limit)
    return records_of(EmergencyChangeRecord, rows)


@operation
def begin(actor: Actor, at: datetime) -> Steps[bool]:
    """Give the platform its first state, NORMAL. Return False if it already had a state."""
    yield from _alone()
    if (yield from _row(PLATFORM_SCOPE)) is not None:
        return False
    order = StateChangeRequest(PLATFORM, EmergencyState.NORMAL, actor, "first start")
    made = yield from _write(None, order, at=at)
    yield from mark_announced([made.epoch]).steps()  # the first state changes nothing for anyone
    return True


@operation
def change(
    order: StateChangeRequest,
    *,
    at: datetime,
    flag: EmergencyFlag | None = None,
    cooldown_s: float = 300,
    seen_epoch: int | None = None,
) -> Steps[SavedChange]:
    """Change the emergency state by the rules of `core.transition`.

    `flag` is the state in Redis. If the flag is stricter and newer than the row, that stop is recorded first: it
    was set while Postgres was unreachable. An automatic ALERT may end by itself after `cooldown_s`. With
    `seen_epoch`, a resume lifts only the stop of that epoch.

    Raises Conflict with the reason if the change is not allowed.
    """
    yield from _alone()
    row = yield from _row(str(order.scope))
    if _ahead(flag, row):
        return (yield from _adopted(order.scope, flag, row, at))
    if order.resume and row is not None and seen_epoch is not None:
        _unchanged(row, seen_epoch)
    judgement = yield from _judged(row, order, at, confirmed=False)
    if judgement.stricter and not order.automatic:
        yield from _requested(order, _state(row), at)
    if not judgement.changes:
        return replace((yield from _written(order.scope, [], at)), stricter=judgement.stricter)
    ends = order.automatic and order.state is EmergencyState.ALERT
    clears_at = at + timedelta(seconds=cooldown_s) if ends else None
    made = yield from _write(row, order, at=at, clears_at=clears_at, floor=_epoch(flag))
    return (yield from _written(order.scope, [made], at))


@operation
def arm(
    order: StateChangeRequest, armed: Armed, *, at: datetime, flag: EmergencyFlag | None = None
) -> Steps[SavedChange]:
    """Arm a two-step change of state.

    Arming a SHUTDOWN halts the scope at once. Arming the exit from a SHUTDOWN changes nothing yet. Raises Conflict
    if the scope is not in SHUTDOWN when the exit is armed.
    """
    yield from _alone()
    row = yield from _row(str(order.scope))
    if _ahead(flag, row):
        return (yield from _adopted(order.scope, flag, row, at))
    changes: list[EmergencyChangeRecord] = []
    entering = armed.target is EmergencyState.SHUTDOWN
    if not entering and _state(row) is not EmergencyState.SHUTDOWN:
        raise Conflict(
            "no step can be armed here",
            expected="a scope in SHUTDOWN",
            found=f"{order.scope} is {_state(row).name}",
        )
    if entering and _state(row) < EmergencyState.HALT:
        halt = StateChangeRequest(order.scope, EmergencyState.HALT, order.actor, order.reason)
        changes.append((yield from _write(row, halt, at=at, floor=_epoch(flag))))
    step: dict[str, Any] = {
        "armed_for": armed.target.name,
        "armed_code": armed.code,
        "armed_until": armed.until,
    }
    if entering:
        step["flatten"] = armed.flatten  # on leaving, it still describes the present SHUTDOWN
    yield update(EmergencyRow).where(EmergencyRow.scope == str(order.scope)).values(**step)
    yield from audit.append(
        AuditEntry(
            actor=order.actor,
            action="emergency.arm",
            subject=str(order.scope),
            reason=order.reason,
            after={"for": armed.target.name, "until": armed.until.isoformat(), "flatten": armed.flatten},
        ),
        at,
    ).steps()
    return (yield from _written(order.scope, changes, at))


@operation
def confirm(
    scope: Scope,
    code: str,
    *,
    actor: Actor,
    reason: str,
    at: datetime,
    flag: EmergencyFlag | None = None,
    acted: frozenset[str] = frozenset(),
) -> Steps[SavedChange]:
    """Confirm an armed change: the second step.

    Raises Conflict if nothing is armed, the code differs or its time has passed.
    """
    yield from _alone()
    row = yield from _row(str(scope))
    if _ahead(flag, row):
        return (yield from _adopted(scope, flag, row, at))
    armed = _armed(row)
    if row is None or armed is None or not is_confirmed(armed, code, at):
        raise Conflict(
            "the confirmation code is wrong or has expired",
            expected=f"the valid code of a step armed for {scope}",
            found="no step is armed"
            if armed is None
            else "another code"
            if at < armed.until
            else "an expired code",
            remedy="arm the step again to get a new code",
        )
    order = StateChangeRequest(
        scope,
        armed.target,
        actor,
        reason or row.reason,
        flatten=armed.flatten,
        resume=armed.target is not EmergencyState.SHUTDOWN,
        acted=acted,
    )
    yield from _judged(row, order, at, confirmed=True)
    made = yield from _write(row, order, at=at, floor=_epoch(flag))
    return (yield from _written(scope, [made], at))


@operation
def clear(scope: Scope, *, actor: Actor, at: datetime) -> Steps[SavedChange | None]:
    """End an automatic ALERT after its cool-down. Return None if the scope has no such ALERT."""
    yield from _alone()
    row = yield from _row(str(scope))
    if row is None or not clears(_state(row), automatic=row.automatic, clears_at=row.clears_at, now=at):
        return None
    order = StateChangeRequest(
        scope, EmergencyState.NORMAL, actor, f"quiet again: {row.reason}", True, row.cause
    )
    return (yield from _written(scope, [(yield from _write(row, order, at=at))], at))


@operation
def postpone(scopes: Sequence[str], clears_at: datetime) -> Steps[None]:
    """Keep automatic ALERTs of these scopes until at least `clears_at`."""
    if scopes:
        yield (
            update(EmergencyRow)
            .where(EmergencyRow.scope.in_(scopes), EmergencyRow.state == "ALERT", EmergencyRow.automatic)
            .values(clears_at=func.greatest(EmergencyRow.clears_at, clears_at))
        )


@operation
def shorten(latest: datetime) -> Steps[None]:
    """Limit the end of automatic ALERTs to `latest`.

    A later end was set by a wrong clock.
    """
    yield (
        update(EmergencyRow)
        .where(EmergencyRow.state == "ALERT", EmergencyRow.automatic, EmergencyRow.clears_at > latest)
        .values(clears_at=latest)
    )


@operation
def reassert(scope: Scope, flag: EmergencyFlag, *, actor: Actor, at: datetime) -> Steps[SavedChange]:
    """Give the state an epoch above the one of `flag`.

    Redis has this flag, but Postgres has no such epoch. A stricter flag is adopted; a laxer one is overruled.
    """
    yield from _alone()
    row = yield from _row(str(scope))
    if _ahead(flag, row):
        return (yield from _adopted(scope, flag, row, at))
    if row is not None and row.epoch > flag.epoch:
        return (yield from _written(scope, [], at))
    order = StateChangeRequest(scope, _state(row), actor, "" if row is None else row.reason)
    clears_at = None
    if row is not None:
        order = replace(order, automatic=row.automatic, cause=row.cause, flatten=row.flatten)
        clears_at = row.clears_at
    made = yield from _write(row, order, at=at, floor=flag.epoch, clears_at=clears_at)
    return (yield from _written(scope, [made], at))


@operation
def due(limit: int = 100) -> Steps[list[EmergencyChangeRecord]]:
    """Return changes that still need to be announced or enforced, oldest first.

    Changes whose enforcement no longer holds are reopened first.
    """
    yield from reopen_enforcement.reopen()
    query = select(*_CHANGE_COLUMNS).where(EmergencyChange.enforced_at.is_(None) | ~EmergencyChange.announced)
    return records_of(EmergencyChangeRecord, (yield query.order_by(EmergencyChange.epoch).limit(limit)))


@operation
def change_of(epoch: int) -> Steps[EmergencyChangeRecord | None]:
    row = (yield select(*_CHANGE_COLUMNS).where(EmergencyChange.epoch == epoch)).one_or_none()
    return None if row is None else record_of(EmergencyChangeRecord, row)


@operation
def state_of(scope: str) -> Steps[EmergencyRecord | None]:
    return (yield from _row(scope))


@operation
def mark_announced(epochs: Sequence[int]) -> Steps[None]:
    """Mark the events of these changes as published."""
    if epochs:
        yield update(EmergencyChange).where(EmergencyChange.epoch.in_(epochs)).values(announced=True)


@operation
def mark_enforced(epoch: int, at: datetime | None, report: str | None) -> Steps[None]:
    """Record the progress of enforcing a change. `at` None means enforcement has not finished."""
    yield update(EmergencyChange).where(EmergencyChange.epoch == epoch).values(enforced_at=at, report=report)


@operation
def still_in_flight(client_ids: Sequence[str]) -> Steps[tuple[int, int]]:
    """Count these actions by status: still in a call, and outcome unknown."""
    query = select(IntentRow.status).where(
        IntentRow.client_id.in_(client_ids), IntentRow.status.in_(_IN_FLIGHT)
    )
    found = (yield query).scalars().all()
    return found.count("submitted"), found.count("unknown")


def _alone() -> Steps[None]:
    yield text(f"SET LOCAL lock_timeout = '{int(LOCK_TIMEOUT_S * 1000)}ms'")
    yield select(func.pg_advisory_xact_lock(EMERGENCY_LOCK))


def _row(scope: str) -> Steps[EmergencyRecord | None]:
    row = (yield select(*_COLUMNS).where(EmergencyRow.scope == scope)).one_or_none()
    return None if row is None else record_of(EmergencyRecord, row)


def _state(row: EmergencyRecord | None) -> EmergencyState:
    return EmergencyState.NORMAL if row is None else EmergencyState[row.state]


def _epoch(flag: EmergencyFlag | None) -> int:
    return 0 if flag is None else flag.epoch


def _armed(row: EmergencyRecord | None) -> Armed | None:
    if row is None or row.armed_for is None or row.armed_code is None or row.armed_until is None:
        return None
    target = EmergencyState[row.armed_for]
    return Armed(target, row.armed_code, row.armed_until, row.flatten and target is EmergencyState.SHUTDOWN)


def _ahead(flag: EmergencyFlag | None, row: EmergencyRecord | None) -> TypeGuard[EmergencyFlag]:
    """Return True if Redis holds a stop that was set while Postgres was unreachable."""
    return flag is not None and flag.state > _state(row) and (row is None or flag.epoch >= row.epoch)


def _adopted(
    scope: Scope, flag: EmergencyFlag, row: EmergencyRecord | None, at: datetime
) -> Steps[SavedChange]:
    order = StateChangeRequest(scope, flag.state, Actor(id="redis"), flag.reason, cause="redis")
    made = yield from _write(row, order, at=at, floor=flag.epoch)
    return replace((yield from _written(scope, [made], at)), again=True)


def _unchanged(row: EmergencyRecord, seen_epoch: int) -> None:
    """Raise Conflict if a stop is newer than the one to be lifted."""
    if row.epoch != seen_epoch and _state(row) >= EmergencyState.HALT:
        raise Conflict(
            f"{row.scope} was stopped again before it could be resumed",
            found=f"{row.state} by {row.actor}: {row.reason}",
            remedy="look at the new reason, then resume again",
        )


def _requested(order: StateChangeRequest, present: EmergencyState, at: datetime) -> Steps[None]:
    """Audit a request for a less strict state than the present one."""
    entry = AuditEntry(
        actor=order.actor,
        action="emergency.request",
        subject=str(order.scope),
        reason=order.reason,
        after={"requested": order.state.name, "state": present.name},
    )
    yield from audit.append(entry, at).steps()


def _judged(
    row: EmergencyRecord | None, order: StateChangeRequest, at: datetime, *, confirmed: bool
) -> Steps[StateChangeDecision]:
    """Apply the transition rules to the change. Raises Conflict if they forbid the change."""
    before = _state(row)
    judgement = judge(
        before, order.state, automatic=order.automatic, confirmed=confirmed, resume=order.resume
    )
    if judgement.refusal is not None:
        raise Conflict(
            judgement.refusal,
            found=f"{order.scope} is {before.name}",
            remedy=None if order.automatic or order.resume else "`argosy resume` lowers a state",
        )
    if judgement.clean and row is not None:
        missing = yield from unreconciled_bots(order.scope, row.at, at, order.acted)
        if missing:
            raise Conflict(
                f"{order.scope} may not leave {before.name} before a clean reconciliation",
                expected="a clean reconciliation since then of every bot that would act again",
                found="; ".join(f"{bot}: {why}" for bot, why in missing.items()),
                remedy="settle unknown actions (`argosy actions settle`), book explained differences (`argosy ledger adjust`), or halt "
                "these bots by themselves and resume the rest",
            )
    return judgement


def _write(
    row: EmergencyRecord | None,
    order: StateChangeRequest,
    *,
    at: datetime,
    floor: int = 0,
    clears_at: datetime | None = None,
) -> Steps[EmergencyChangeRecord]:
    """Write state row, change and audit entry with the next epoch.

    The epoch is above `floor` and above the row's own.
    """
    epoch = int((yield select(func.nextval(_EPOCHS))).scalar_one())
    floor = max(floor, 0 if row is None else row.epoch)
    if epoch <= floor:
        epoch = floor + 1
        yield select(func.setval(_EPOCHS, epoch))
    said: dict[str, Any] = {"actor": order.actor.id, "reason": order.reason, "automatic": order.automatic}
    said |= {"cause": order.cause, "at": at, "epoch": epoch}
    now = said | {"state": order.state.name, "clears_at": clears_at, "flatten": order.flatten}
    now |= {"armed_for": None, "armed_code": None, "armed_until": None}
    yield (
        upsert(EmergencyRow)
        .values(scope=str(order.scope), **now)
        .on_conflict_do_update(index_elements=[EmergencyRow.scope], set_=now)
    )
    before = _state(row).name
    added = (
        insert(EmergencyChange)
        .values(
            **said,
            scope=str(order.scope),
            before=before,
            after=order.state.name,
            origin=order.actor.origin,
            flatten=order.flatten,
            enforced_at=None if order.state >= EmergencyState.HALT else at,
        )
        .returning(*_CHANGE_COLUMNS)
    )
    made = record_of(EmergencyChangeRecord, (yield added).one())
    yield from audit.append(
        AuditEntry(
            actor=order.actor,
            action="emergency.change",
            subject=str(order.scope),
            reason=order.reason,
            before={"state": before, "epoch": 0 if row is None else row.epoch},
            after={
                "state": order.state.name,
                "epoch": epoch,
                "automatic": order.automatic,
                "cause": order.cause,
                "flatten": order.flatten,
            },
        ),
        at,
    ).steps()
    return made


def _written(scope: Scope, changes: Sequence[EmergencyChangeRecord], at: datetime) -> Steps[SavedChange]:
    row = yield from _row(str(scope))
    if row is None:  # the scope never had a state, and nothing changes now
        row = EmergencyRecord(str(scope), "NORMAL", 0, "", "", at, False, "", None, None, None, None, False)
    waiting: Sequence[str] = ()
    if changes and _state(row) >= EmergencyState.HALT:
        query = select(IntentRow.client_id).where(
            scopes.inside(scope), IntentRow.status.in_(_IN_FLIGHT), ~IntentRow.reducing
        )
        waiting = (yield query).scalars().all()
    return SavedChange(row, changes, waiting)
