"""Audit: changes and their authors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from dashboard.wire import Instant, Json, View


class AuditItem(View):
    """One row of the audit.

    `before` and `after` hold the changed values. `hash` covers the row and the hash of the previous row.
    """

    id: int
    at: Instant
    actor: str
    origin: Literal["cli", "api", "system", "python"]
    address: str
    action: str
    subject: str
    reason: str
    before: Json | None
    after: Json | None
    hash: str


class AuditPage(View):
    """One page of the audit.

    `next_before` is the `before` of the next page; null at the end.
    """

    items: list[AuditItem]
    next_before: int | None


class AuditQuery(View):
    """Filter of the audit; rows come newest first."""

    subject: str | None = Field(default=None, max_length=300, description="begins with this, as `bot:btc`")
    action: str | None = Field(default=None, max_length=80, description="begins with this, as `emergency`")
    actor: str | None = Field(default=None, max_length=120)
    since: datetime | None = None
    before: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="`nextBefore` of the page before"
    )
    limit: int = Field(default=50, ge=1, le=500)
