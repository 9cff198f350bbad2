"""Progress of the recorder."""

from __future__ import annotations

from sqlalchemy import func, select

from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import columns_of, record_of
from argosy.infrastructure.storage.models import RecorderProgress, RecorderReject
from argosy.infrastructure.storage.records import ProgressRecord

_COLUMNS = columns_of(RecorderProgress, ProgressRecord)


@operation
def of_stream(stream: str = "argosy:events") -> Steps[ProgressRecord | None]:
    """Return the progress of a stream; None before the first batch."""
    row = (yield select(*_COLUMNS).where(RecorderProgress.stream == stream)).one_or_none()
    return None if row is None else record_of(ProgressRecord, row)


@operation
def rejects() -> Steps[int]:
    """Count the events that fitted no table and were stored as rejects."""
    count: int = (yield select(func.count()).select_from(RecorderReject)).scalar_one()
    return count
