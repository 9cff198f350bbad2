"""Emergency states, which are binding, and every change of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, text

from argosy.infrastructure.storage.models.base import Base, BigCount
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class EmergencyRow(Base):
    """Newest emergency state of a scope. `epoch` rises with every change on the whole platform.

    `automatic` states were set by the platform itself for `cause` (a stable code). An automatic ALERT ends at
    `clears_at` if its cause is gone. `armed_until` and `armed_code` belong to an armed change that waits for its
    confirmation.
    """

    __tablename__ = "emergency_states"

    scope: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    epoch: Mapped[BigCount]
    actor: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]
    automatic: Mapped[bool] = mapped_column(server_default=text("false"))
    cause: Mapped[str] = mapped_column(server_default="")
    clears_at: Mapped[datetime | None]
    armed_for: Mapped[str | None]
    armed_code: Mapped[str | None]
    armed_until: Mapped[datetime | None]
    flatten: Mapped[bool] = mapped_column(server_default=text("false"))


class EmergencyChange(Base):
    """One change of one scope.

    `announced` False: its event is not published yet. `enforced_at`: time when working orders were handled and runs
    stopped.
    """

    __tablename__ = "emergency_changes"
    __table_args__ = (
        Index("ix_emergency_changes_scope", "scope", text("epoch DESC")),
        Index(
            "ix_emergency_changes_due",
            "epoch",
            postgresql_where=text("enforced_at IS NULL OR NOT announced"),
        ),
    )

    epoch: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    scope: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    actor: Mapped[str]
    origin: Mapped[str]
    reason: Mapped[str]
    automatic: Mapped[bool]
    cause: Mapped[str]
    at: Mapped[datetime]
    flatten: Mapped[bool] = mapped_column(server_default=text("false"))
    announced: Mapped[bool] = mapped_column(server_default=text("false"))
    enforced_at: Mapped[datetime | None]
    report: Mapped[str | None]
