"""The rules by which an emergency state may become another: pure, so that they can be read and proved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from argosy.core.audit import Actor
from argosy.core.emergency import EmergencyState, Scope
from argosy.text import clean_line


@dataclass(frozen=True, slots=True)
class Armed:
    """A step that waits for its second half: whoever says `code` before `until` makes the state `target`."""

    target: EmergencyState
    code: str
    until: datetime
    flatten: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """A change that is asked for. `automatic` ones come from the platform itself, for `cause` (a stable code).

    `resume`: the only order that may lower a state.
    """

    scope: Scope
    state: EmergencyState
    actor: Actor
    reason: str
    automatic: bool = False
    cause: str = ""
    flatten: bool = False
    resume: bool = False

    def __post_init__(self) -> None:
        """A reason is never refused: a stop button that complains of a character stops nothing."""
        object.__setattr__(self, "reason", clean_line(self.reason))


@dataclass(frozen=True, slots=True)
class Judgement:
    """`refusal` says why not. `changes` False: it is so already, nothing is to be written. `clean`: only after a
    clean reconciliation of every bot that would act again. `stricter`: the present state stays, it forbids more."""

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
) -> Judgement:
    """Decide whether `after` may follow `before`.

    Automatic moves only escalate and end at HALT. An operator may always raise a state; only `resume` lowers one.
    SHUTDOWN takes two steps either way.
    """
    if automatic:
        if after is EmergencyState.NORMAL:
            return Judgement(changes=False, refusal="what is automatic only escalates")
        if after is EmergencyState.SHUTDOWN:
            return Judgement(changes=False, refusal="SHUTDOWN is for an operator to enter, in two steps")
        return Judgement(changes=after > before)
    if not confirmed and after is EmergencyState.SHUTDOWN:
        return Judgement(changes=False, refusal="SHUTDOWN is entered in two steps: arm, then confirm")
    if not resume and after < before:
        if after is EmergencyState.NORMAL:
            return Judgement(changes=False, refusal="only a resume lowers a state")
        return Judgement(changes=False, stricter=True)
    if not confirmed and before is EmergencyState.SHUTDOWN:
        return Judgement(changes=False, refusal="SHUTDOWN is left in two steps: arm, then confirm")
    return Judgement(
        changes=max(before, after) > EmergencyState.NORMAL, clean=before >= EmergencyState.HALT > after
    )


def clears(state: EmergencyState, *, automatic: bool, clears_at: datetime | None, now: datetime) -> bool:
    """Does the state end by itself now? Only an automatic ALERT does, once its cool-down has passed."""
    return state is EmergencyState.ALERT and automatic and clears_at is not None and now >= clears_at


def confirmed(armed: Armed | None, code: str, now: datetime) -> bool:
    """Is this the second half of the armed step, in time? At `until` it is too late."""
    return armed is not None and armed.code == code.strip().upper() and now < armed.until
