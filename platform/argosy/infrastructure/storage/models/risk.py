"""Limits, and how a bot's capital is shared."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject


class RiskLimit(Base):
    """One constraint; see `argosy.core.risk.Constraint`. `version` rises with every change."""

    __tablename__ = "risk_limits"
    __table_args__ = (
        Index("ix_risk_limits_scope", "scope"),
        CheckConstraint("mode IN ('enforce', 'warn')", name="mode"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str]
    kind: Mapped[str]
    limit: Mapped[Decimal] = mapped_column("max")
    warning: Mapped[Decimal]
    mode: Mapped[str]
    window_s: Mapped[int | None]
    parameters: Mapped[JsonObject] = mapped_column(server_default=text("'{}'::jsonb"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[BigCount]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_by: Mapped[str]


class CapitalAccount(Base):
    """The row the gateway locks: one a bot. `reconciled_at` NULL: not reconciled since start-up.

    `blocked` says why no more risk may be taken until a reconciliation is clean; `live_enabled` is the deliberate
    switch without which live mode is refused. `lending` is how unused capital is lent on between strategies.
    """

    __tablename__ = "capital_accounts"
    __table_args__ = (CheckConstraint("lending IN ('none', 'idle')", name="lending"),)

    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    lending: Mapped[str] = mapped_column(server_default="none")
    live_enabled: Mapped[bool] = mapped_column(server_default=text("false"))
    reconciled_at: Mapped[datetime | None]
    reconciled_clean: Mapped[bool] = mapped_column(server_default=text("false"))
    blocked: Mapped[str | None]
    version: Mapped[BigCount]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CapitalShare(Base):
    """A strategy's share of its bot's capital, 0..1; those of a bot sum to at most 1, which a trigger insists on.

    `workflow_weight` is what the bot's workflow said when it was last followed: a weight that a person has set
    since stays until the workflow says something else.
    """

    __tablename__ = "capital_shares"
    __table_args__ = (CheckConstraint("weight >= 0 AND weight <= 1", name="weight"),)

    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[Decimal]
    lends: Mapped[bool] = mapped_column(server_default=text("true"))
    workflow_weight: Mapped[Decimal | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
