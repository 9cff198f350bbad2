"""Audit rows in the form of the API."""

from __future__ import annotations

from datetime import UTC

from argosy.core.safety.audit import AuditRecord
from argosy.infrastructure.storage.safety import audit
from dashboard.ports import Ports
from dashboard.safety.audit_wire import AuditItem, AuditPage, AuditQuery


class AuditViews:
    def __init__(self, ports: Ports) -> None:
        self._ports = ports

    async def page(self, query: AuditQuery) -> AuditPage:
        """Return a page of changes, newest first. A `since` without a zone is UTC."""
        since = query.since
        if since is not None and since.tzinfo is None:
            since = since.replace(tzinfo=UTC)
        rows = await self._ports.database.run(
            audit.newest(
                subject=query.subject,
                action=query.action,
                actor=query.actor,
                since=since,
                before_id=query.before,
                limit=query.limit + 1,
            )
        )
        shown = rows[: query.limit]
        return AuditPage(
            items=[_item(row) for row in shown],
            next_before=shown[-1].id if len(rows) > query.limit else None,
        )


def _item(row: AuditRecord) -> AuditItem:
    return AuditItem.model_validate({name: getattr(row, name) for name in AuditItem.model_fields})
