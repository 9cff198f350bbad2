"""Messages to people that wait to be delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Identity, Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from argosy.infrastructure.storage.models.base import Base


class Notice(Base):
    """One message. `key` deduplicates: a second one with the key of one that is younger than its window is counted
    in `repeats`. Delivered at least once: `delivered_at` is set after the receiver has taken it."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_due", "next_at", postgresql_where=text("delivered_at IS NULL AND NOT given_up")),
        Index("ix_notices_key", "key", text("created_at DESC")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str]
    level: Mapped[str]
    title: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    repeats: Mapped[int] = mapped_column(server_default="0")
    delivered_at: Mapped[datetime | None]
    given_up: Mapped[bool] = mapped_column(server_default=text("false"))
    last_error: Mapped[str | None]
