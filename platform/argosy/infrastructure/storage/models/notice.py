"""Messages to people that wait for delivery."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Identity, Index, SmallInteger, Text, func, text

from argosy.infrastructure.storage.models.base import Base
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class Notice(Base):
    """One message to people.

    `key` deduplicates. A repeat within the window of an earlier message with the same key only adds to its
    `repeats`. `told` counts the repeats that a later message has mentioned.

    Delivery is at least once. `delivered_to` names the receivers that have accepted the message. `delivered_at` is
    set when all have. `folded` messages were combined into one. `position` is the newest event counted in the
    message.
    """

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
    told: Mapped[int] = mapped_column(server_default="0")
    position: Mapped[int | None] = mapped_column(BigInteger)
    delivered_to: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    folded: Mapped[bool] = mapped_column(server_default=text("false"))
    delivered_at: Mapped[datetime | None]
    given_up: Mapped[bool] = mapped_column(server_default=text("false"))
    last_error: Mapped[str | None]
