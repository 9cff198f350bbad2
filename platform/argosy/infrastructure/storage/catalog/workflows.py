"""Workflow documents and their versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from argosy.errors import NotFound
from argosy.graph.document import WorkflowDocument, parse
from argosy.graph.document import digest as digest_of
from argosy.infrastructure.storage.engine.operation import Steps, operation
from argosy.infrastructure.storage.engine.rows import record_of, records_of
from argosy.infrastructure.storage.models import Workflow, WorkflowVersion
from argosy.infrastructure.storage.records import WorkflowRecord

_VERSION = ("version", "note", "created_at", "created_by")
_DOCUMENT = ("digest", "workflow_id", "kind", "name", "document")


def _select() -> Select[Any]:
    """Select versions with their documents, one row each."""
    columns = [getattr(WorkflowVersion, name) for name in _VERSION]
    columns += [getattr(Workflow, name) for name in _DOCUMENT]
    return select(*columns).join(Workflow, Workflow.digest == WorkflowVersion.digest)


@operation
def save(
    document: WorkflowDocument | Mapping[str, Any], created_by: str, note: str = ""
) -> Steps[WorkflowRecord]:
    """Store a version; saving the newest document again changes nothing.

    Saving an older document again makes a new version. Raises InvalidInput for an invalid workflow document.
    """
    if not isinstance(document, WorkflowDocument):
        document = parse(document)
    yield from lock(document.id).steps()
    found = yield from newest(document.id).steps()
    digest = digest_of(document)
    if found is not None and found.digest == digest:
        return found
    version = 1 if found is None else found.version + 1
    content = upsert(Workflow).values(
        digest=digest,
        workflow_id=document.id,
        kind=document.kind,
        name=document.name,
        version=version,
        document=document.to_json(),
        created_by=created_by,
    )
    yield content.on_conflict_do_nothing(index_elements=[Workflow.digest])
    yield insert(WorkflowVersion).values(
        workflow_id=document.id, version=version, digest=digest, note=note, created_by=created_by
    )
    saved = yield from newest(document.id).steps()
    assert saved is not None  # inserted a moment ago
    return saved


@operation
def lock(workflow_id: str) -> Steps[None]:
    """Lock the workflow until the end of the transaction.

    Versions therefore have neither gaps nor duplicates.
    """
    yield select(func.pg_advisory_xact_lock(func.hashtextextended(f"workflow:{workflow_id}", 0)))


@operation
def get(digest: str) -> Steps[WorkflowRecord]:
    """Return the newest version with this document. Raises NotFound."""
    query = (
        select(
            *(getattr(Workflow, name) for name in _DOCUMENT),
            *(
                func.coalesce(getattr(WorkflowVersion, name), getattr(Workflow, name)).label(name)
                for name in ("version", "created_at", "created_by")
            ),
        )
        .outerjoin(WorkflowVersion, WorkflowVersion.digest == Workflow.digest)
        .where(Workflow.digest == digest)
    )
    row = (yield query.order_by(WorkflowVersion.version.desc()).limit(1)).one_or_none()
    if row is None:
        raise NotFound("no workflow version has this digest", found=digest)
    return record_of(WorkflowRecord, row)


@operation
def newest(workflow_id: str) -> Steps[WorkflowRecord | None]:
    """Return the highest version, or None for an unknown id."""
    query = _select().where(WorkflowVersion.workflow_id == workflow_id)
    row = (yield query.order_by(WorkflowVersion.version.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(WorkflowRecord, row)


@operation
def at(workflow_id: str, version: int) -> Steps[WorkflowRecord]:
    """Return one version. Raises NotFound."""
    query = _select().where(WorkflowVersion.workflow_id == workflow_id, WorkflowVersion.version == version)
    row = (yield query).one_or_none()
    if row is None:
        raise NotFound("the workflow has no such version", found=f"version {version} of {workflow_id}")
    return record_of(WorkflowRecord, row)


@operation
def view(workflow_id: str) -> Steps[dict[str, Any] | None]:
    """Return the newest version as the audit shows it; None before the first."""
    found = yield from newest(workflow_id).steps()
    if found is None:
        return None
    return {"version": found.version, "digest": found.digest, "created_by": found.created_by}


@operation
def versions(workflow_id: str, limit: int = 100) -> Steps[list[WorkflowRecord]]:
    """Return the workflow's versions, newest first."""
    query = _select().where(WorkflowVersion.workflow_id == workflow_id)
    rows = yield query.order_by(WorkflowVersion.version.desc()).limit(limit)
    return records_of(WorkflowRecord, rows)


@operation
def every(kind: str | None = None) -> Steps[list[WorkflowRecord]]:
    """Return the newest version of every workflow, ordered by id."""
    query = _select().ext(distinct_on(WorkflowVersion.workflow_id))
    if kind is not None:
        query = query.where(Workflow.kind == kind)
    rows = yield query.order_by(WorkflowVersion.workflow_id, WorkflowVersion.version.desc())
    return records_of(WorkflowRecord, rows)
