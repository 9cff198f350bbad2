"""Versions of workflow documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, insert, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from argosy.errors import NotFound
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.document import digest as digest_of
from argosy.infrastructure.storage.models import Workflow
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.records import WorkflowRecord
from argosy.infrastructure.storage.rows import columns_of, record_of, records_of

_COLUMNS = columns_of(Workflow, WorkflowRecord)


@operation
def save(document: WorkflowDocument | Mapping[str, Any], created_by: str) -> Steps[WorkflowRecord]:
    """Stores a version; the same document again changes nothing and returns the version it already is.

    Raises InvalidInput for what is no workflow document.
    """
    if not isinstance(document, WorkflowDocument):
        document = parse(document)
    digest = digest_of(document)
    workflow_id = document.id
    # Serialises savers of one workflow, so that version numbers have neither gaps nor doubles.
    yield select(func.pg_advisory_xact_lock(func.hashtextextended(f"workflow:{workflow_id}", 0)))
    known = (yield select(*_COLUMNS).where(Workflow.digest == digest)).one_or_none()
    if known is not None:
        return record_of(WorkflowRecord, known)
    newest = select(func.coalesce(func.max(Workflow.version), 0) + 1).where(
        Workflow.workflow_id == workflow_id
    )
    version: int = (yield newest).scalar_one()
    statement = insert(Workflow).values(
        digest=digest,
        workflow_id=workflow_id,
        kind=document.kind,
        name=document.name,
        version=version,
        document=document.to_json(),
        created_by=created_by,
    )
    return record_of(WorkflowRecord, (yield statement.returning(*_COLUMNS)).one())


@operation
def get(digest: str) -> Steps[WorkflowRecord]:
    """Raises NotFound."""
    row = (yield select(*_COLUMNS).where(Workflow.digest == digest)).one_or_none()
    if row is None:
        raise NotFound("no workflow version has this digest", found=digest)
    return record_of(WorkflowRecord, row)


@operation
def newest(workflow_id: str) -> Steps[WorkflowRecord | None]:
    """The highest version, or None when the id is not known."""
    query = (
        select(*_COLUMNS)
        .where(Workflow.workflow_id == workflow_id)
        .order_by(Workflow.version.desc())
        .limit(1)
    )
    row = (yield query).one_or_none()
    return None if row is None else record_of(WorkflowRecord, row)


@operation
def view(workflow_id: str) -> Steps[dict[str, Any] | None]:
    """What the audit shows of a workflow: its newest version; None before the first."""
    found = yield from newest(workflow_id).steps()
    if found is None:
        return None
    return {"version": found.version, "digest": found.digest, "created_by": found.created_by}


@operation
def versions(workflow_id: str, limit: int = 100) -> Steps[list[WorkflowRecord]]:
    """Newest first."""
    query = select(*_COLUMNS).where(Workflow.workflow_id == workflow_id)
    rows = yield query.order_by(Workflow.version.desc()).limit(limit)
    return records_of(WorkflowRecord, rows)


@operation
def every(kind: str | None = None) -> Steps[list[WorkflowRecord]]:
    """The newest version of every workflow, by id."""
    query = select(*_COLUMNS).ext(distinct_on(Workflow.workflow_id))
    if kind is not None:
        query = query.where(Workflow.kind == kind)
    rows = yield query.order_by(Workflow.workflow_id, text("version DESC"))
    return records_of(WorkflowRecord, rows)
