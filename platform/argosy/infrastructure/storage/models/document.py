"""Small documents that must outlive Redis."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from argosy.infrastructure.storage.models.base import Base


class VenueDocument(Base):
    """What a venue adapter wrote down: orders before they are sent, paper accounts. `version` counts the writes.

    `json` and not `jsonb`: nobody searches in it, and it comes back as it went in.
    """

    __tablename__ = "venue_documents"

    namespace: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    value: Mapped[Any] = mapped_column(JSON)
