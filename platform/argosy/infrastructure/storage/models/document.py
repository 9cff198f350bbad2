"""Small documents that must outlive Redis."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger

from argosy.infrastructure.storage.models.base import Base
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class VenueDocument(Base):
    """Document of a venue adapter: orders recorded before sending, paper accounts.

    `version` counts the writes. The type is `json` and not `jsonb`: documents are never searched, and they come
    back exactly as written.
    """

    __tablename__ = "venue_documents"

    namespace: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[Any] = mapped_column(JSON)
