"""Tamper-evident record of all changes by people and by the platform."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlalchemy.dialects.postgresql import JSONB

from argosy.infrastructure.storage.models.base import Base, JsonObject
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class AuditRow(Base):
    """One audited change. `hash` covers the row and the hash of the row before.

    A trigger refuses UPDATE and DELETE.
    """

    __tablename__ = "audit_log"
    __table_args__ = (Index("ix_audit_log_subject", "subject", text("id DESC")),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    origin: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    reason: Mapped[str]
    before: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    previous_hash: Mapped[str]
    hash: Mapped[str]
