"""The answer to a change of state: what is so now, and whether every copy knows."""

from __future__ import annotations

from datetime import datetime

from argosy.core.emergency import StateName
from argosy.core.wire import Wire
from argosy.infrastructure.storage.records import EmergencyRecord


class EmergencyStatus(Wire):
    """One scope as it stands. `before` is the state before this answer's change, the same when nothing changed.

    `recorded`: Postgres has it; `flagged`: Redis has it. Where one of them is False nothing that takes risk can begin
    either, and it is made good by itself. `in_flight`: actions begun before that had no answer yet after the wait, or whose outcome is unknown.
    `armed_for`: the state a confirmation before `armed_until` leads to. `requested`: what was asked for where the
    present state is stricter and stays.
    """

    scope: str
    state: StateName
    before: StateName
    epoch: int
    actor: str
    reason: str
    at: datetime
    automatic: bool = False
    cause: str = ""
    clears_at: datetime | None = None
    flatten: bool = False
    armed_for: StateName | None = None
    armed_until: datetime | None = None
    changed: bool = False
    requested: StateName | None = None
    recorded: bool = True
    flagged: bool = True
    in_flight: int = 0


class ArmedStatus(EmergencyStatus):
    """The first of two steps is done: `code` confirms it before `armed_until`."""

    code: str


def status_of(record: EmergencyRecord, before: str | None = None) -> EmergencyStatus:
    return EmergencyStatus.model_validate(
        {
            "scope": record.scope,
            "state": record.state,
            "before": before or record.state,
            "epoch": record.epoch,
            "actor": record.actor,
            "reason": record.reason,
            "at": record.at,
            "automatic": record.automatic,
            "cause": record.cause,
            "clears_at": record.clears_at,
            "flatten": record.flatten and record.state == "SHUTDOWN",
            "armed_for": record.armed_for,
            "armed_until": record.armed_until,
            "changed": before is not None,
        }
    )
