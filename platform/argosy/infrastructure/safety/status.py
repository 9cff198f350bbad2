"""Answer a change of an emergency state: the present state, and the copies that have it."""

from __future__ import annotations

from datetime import datetime

from argosy.core.safety.emergency import StateName
from argosy.core.wire import Wire
from argosy.infrastructure.storage.records import EmergencyRecord


class EmergencyStatus(Wire):
    """Present state of one scope.

    While `recorded` or `flagged` is False no risky action can begin, and the missing copy is repaired
    automatically.

    `before`: the state before this change; equal to the present state if nothing changed.
    `recorded`: PostgreSQL has the state.
    `flagged`: Redis has the state.
    `in_flight`: begun actions without an answer after the wait, plus actions with an unknown outcome.
    `armed_for`: the state that follows a confirmation before `armed_until`.
    `requested`: the requested state, if a stricter one is present and stays.
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
    """Status after the first of two steps: `code` confirms it before `armed_until`."""

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
