"""Rules for changes of an emergency state, as pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from argosy.core.safety.audit import Actor
from argosy.core.safety.emergency import EmergencyState
from argosy.core.scope import Scope
from argosy.text import clean_line


@dataclass(frozen=True, slots=True)
class Armed:
    """Armed first step of a change in two steps.

    Confirming with `code` before `until` changes the state to `target`.
    """

    target: EmergencyState
    code: str
    until: datetime
    flatten: bool = False


@dataclass(frozen=True, slots=True)
class StateChangeRequest:
    """Requested change of an emergency state.

    `automatic` changes come from the platform itself, for `cause` (a stable code). Only a change with `resume`
    may lower a state. `acted` are bots that acted although a restored database has no entry of them.
    """

    scope: Scope
    state: EmergencyState
    actor: Actor
    reason: str
    automatic: bool = False
    cause: str = ""
    flatten: bool = False
    resume: bool = False
    acted: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Clean the reason instead of rejecting it: a stop must never fail because of a character."""
        object.__setattr__(self, "reason", clean_line(self.reason))


@dataclass(frozen=True, slots=True)
class StateChangeDecision:
    """Decision on a requested change.

    `refusal` is the reason of a refusal. `changes` False means that nothing has to be written. `clean` requires a
    clean reconciliation of every bot that would act again. `stricter` means that the present state stays, because
    it forbids more.
    """

    changes: bool = True
    clean: bool = False
    refusal: str | None = None
    stricter: bool = False


def judge(
    before: EmergencyState,
    after: EmergencyState,
    *,
    automatic: bool = False,
    confirmed: bool = False,
    resume: bool = False,
) -> StateChangeDecision:
    """Decide whether `after` may follow `before`.

    Automatic changes only escalate, to HALT at most. An operator may always raise a state; only `resume` lowers
    one. SHUTDOWN takes two steps both to enter and to leave.
    """
    if automatic:
        if after is EmergencyState.NORMAL:
            return StateChangeDecision(changes=False, refusal="what is automatic only escalates")
        if after is EmergencyState.SHUTDOWN:
            return StateChangeDecision(
                changes=False, refusal="SHUTDOWN is for an operator to enter, in two steps"
            )
        return StateChangeDecision(changes=after > before)
    if not confirmed and after is EmergencyState.SHUTDOWN:
        return StateChangeDecision(
            changes=False, refusal="SHUTDOWN is entered in two steps: arm, then confirm"
        )
    if not resume and after < before:
        if after is EmergencyState.NORMAL:
            return StateChangeDecision(changes=False, refusal="only a resume lowers a state")
        return StateChangeDecision(changes=False, stricter=True)
    if not confirmed and before is EmergencyState.SHUTDOWN:
        return StateChangeDecision(changes=False, refusal="SHUTDOWN is left in two steps: arm, then confirm")
    return StateChangeDecision(
        changes=max(before, after) > EmergencyState.NORMAL, clean=before >= EmergencyState.HALT > after
    )


def clears(state: EmergencyState, *, automatic: bool, clears_at: datetime | None, now: datetime) -> bool:
    """Return True if the state ends by itself now: an automatic ALERT after its cool-down."""
    return state is EmergencyState.ALERT and automatic and clears_at is not None and now >= clears_at


def is_confirmed(armed: Armed | None, code: str, now: datetime) -> bool:
    """Return True if `code` confirms the armed step before `until`."""
    return armed is not None and armed.code == code.strip().upper() and now < armed.until
