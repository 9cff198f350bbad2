"""Emergency states as last recorded; the flags that bind are in Redis."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from argosy.infrastructure.storage.models import EmergencyRow
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.records import EmergencyRecord
from argosy.infrastructure.storage.rows import columns_of, records_of

_COLUMNS = columns_of(EmergencyRow, EmergencyRecord)


@operation
def save(scope: str, *, state: str, epoch: int, actor: str, reason: str, at: datetime) -> Steps[bool]:
    """Keeps the state if its epoch is newer than what is known; False when it is not."""
    statement = insert(EmergencyRow).values(
        scope=scope, state=state, epoch=epoch, actor=actor, reason=reason, at=at
    )
    newer = statement.on_conflict_do_update(
        index_elements=[EmergencyRow.scope],
        set_={name: statement.excluded[name] for name in ("state", "epoch", "actor", "reason", "at")},
        where=EmergencyRow.epoch < statement.excluded.epoch,
    )
    return (yield newer.returning(EmergencyRow.scope)).one_or_none() is not None


@operation
def every() -> Steps[list[EmergencyRecord]]:
    """Every scope that ever had a state, by scope."""
    return records_of(EmergencyRecord, (yield select(*_COLUMNS).order_by(EmergencyRow.scope)))
