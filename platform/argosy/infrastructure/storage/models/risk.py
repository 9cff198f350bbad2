"""Risk limits, and the split of a bot's capital."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


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
    """Capital account: one row per bot, locked by the gateway.

    `reconciled_at` NULL: not reconciled since start-up. `blocked` is the reason why the bot takes no more risk
    until a clean reconciliation. Live mode is refused unless `live_enabled` is set. `lending` is the policy for
    lending unused capital between strategies.
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
    """A strategy's share of its bot's capital, 0..1. A trigger keeps the sum per bot at most 1.

    `workflow_weight` is the workflow's weight when it was last applied. A weight set by a person since then stays
    until the workflow's weight changes.
    """

    __tablename__ = "capital_shares"
    __table_args__ = (CheckConstraint("weight >= 0 AND weight <= 1", name="weight"),)

    bot_id: Mapped[str] = mapped_column(ForeignKey("bots.id", ondelete="CASCADE"), primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    weight: Mapped[Decimal]
    lends: Mapped[bool] = mapped_column(server_default=text("true"))
    workflow_weight: Mapped[Decimal | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
