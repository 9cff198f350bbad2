"""Incidents without a message yet, read from the tables themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, String, cast, exists, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.models import EmergencyChange, LoggedEvent, Notice, Reconciliation
from argosy.infrastructure.storage.safety.notices import ALWAYS_S, Draft, Level

_LEVELS: dict[str, Level] = {"NORMAL": "success", "ALERT": "warning"}
_DRIFT_WINDOW_S = 3600.0


@operation
def emergencies(since: datetime) -> Steps[list[Draft]]:
    """Draft a message for each change of an emergency state since a time that has none yet."""
    known = exists().where(Notice.key == literal("emergency:") + cast(EmergencyChange.epoch, String))
    query = select(EmergencyChange).where(
        EmergencyChange.at > since, EmergencyChange.before != EmergencyChange.after, ~known
    )
    drafts = []
    for row in (yield query.with_only_columns(*EmergencyChange.__table__.columns).order_by("epoch")):
        who = f"{row.actor} ({row.origin})" if not row.automatic else f"automatically ({row.cause})"
        drafts.append(
            Draft(
                key=f"emergency:{row.epoch}",
                level=_LEVELS.get(row.after, "error"),
                title=f"{row.scope} is {row.after}",
                body=f"{row.before} → {row.after}, {who}: {row.reason}",
                at=row.at,
                window_s=ALWAYS_S,
                position=row.epoch,
            )
        )
    return drafts


@dataclass(frozen=True, slots=True)
class WorkerSaid:
    """Worker whose newest event is "online". `owner` names its heartbeat."""

    owner: str
    name: str
    at: datetime


@operation
def online(since: datetime) -> Steps[list[WorkerSaid]]:
    """Return workers that came online since a time and published no event of stopping."""
    owner = LoggedEvent.data["owner"].astext
    query = (
        select(
            owner.label("owner"),
            LoggedEvent.data["name"].astext.label("name"),
            LoggedEvent.data["status"].astext.label("status"),
            LoggedEvent.at,
        )
        .ext(distinct_on(owner))
        .where(LoggedEvent.type == "worker", LoggedEvent.at > since, owner.is_not(None))
        .order_by(owner, LoggedEvent.position.desc())
    )
    return [WorkerSaid(row.owner, row.name, row.at) for row in (yield query) if row.status == "online"]


@operation
def drifts(since: datetime) -> Steps[list[Draft]]:
    """Draft messages for reconciliations since a time that failed or found a difference.

    One message per bot and status each hour.
    """
    key = literal("reconciliation:") + Reconciliation.bot_id + literal(":") + Reconciliation.status
    known = exists().where(Notice.key == key, Notice.position >= cast(Reconciliation.id, BigInteger))
    query = select(
        Reconciliation.id,
        Reconciliation.at,
        Reconciliation.bot_id,
        Reconciliation.mode,
        Reconciliation.status,
        Reconciliation.unsettled,
        Reconciliation.differences,
    ).where(Reconciliation.at > since, Reconciliation.status.in_(("drift", "failed")), ~known)
    drafts = []
    for row in (yield query.order_by(Reconciliation.id)):
        found = "; ".join(str(each) for each in row.differences[:5]) or f"{row.unsettled} not settled"
        what = "differs from its venue" if row.status == "drift" else "could not be compared with its venue"
        drafts.append(
            Draft(
                key=f"reconciliation:{row.bot_id}:{row.status}",
                level="error",
                title=f"{row.bot_id} {what}",
                body=f"{row.mode}: {found}",
                at=row.at,
                window_s=_DRIFT_WINDOW_S,
                position=row.id,
            )
        )
    return drafts
