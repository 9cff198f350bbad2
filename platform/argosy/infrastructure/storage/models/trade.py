"""History of opportunities, actions and metrics."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, text

from argosy.infrastructure.storage.models.base import Base, JsonObject, Position
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class OpportunityRow(Base):
    """Opportunity. Money is in the bot's base currency; `risk` is the amount that can be lost."""

    __tablename__ = "opportunities"
    __table_args__ = (
        Index("ix_opportunities_strategy", "bot_id", "strategy_id", text("position DESC")),
        Index("ix_opportunities_bot", "bot_id", text("position DESC")),
        Index("ix_opportunities_run", "run_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[Position]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    run_id: Mapped[str | None]
    node_id: Mapped[str | None]
    at: Mapped[datetime]
    type: Mapped[str]
    confidence: Mapped[float | None]
    expected_profit: Mapped[Decimal | None]
    cost: Mapped[Decimal | None]
    risk: Mapped[Decimal | None]
    expires_at: Mapped[datetime | None]
    taken: Mapped[bool]
    reason: Mapped[str | None]
    details: Mapped[JsonObject] = mapped_column(server_default=text("'{}'::jsonb"))


class ActionRow(Base):
    """Newest known state of one action, identified by `client_id`.

    `at` is the time of its first event; `updated_at` and `position` belong to the newest event. `change_id` is the
    number in the gateway's journal and orders the events. Without one (0), a final status never changes.
    """

    __tablename__ = "actions"
    __table_args__ = (
        Index("ix_actions_strategy", "bot_id", "strategy_id", text("position DESC")),
        Index("ix_actions_bot", "bot_id", text("position DESC")),
        Index("ix_actions_newest", text("position DESC")),
        Index("ix_actions_run", "run_id"),
    )

    client_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[Position]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    run_id: Mapped[str | None]
    node_id: Mapped[str | None]
    at: Mapped[datetime]
    updated_at: Mapped[datetime]
    venue: Mapped[str]
    kind: Mapped[str]
    symbol: Mapped[str]
    label: Mapped[str] = mapped_column(server_default="")
    side: Mapped[str | None]
    quantity: Mapped[Decimal | None]
    price: Mapped[Decimal | None]
    status: Mapped[str]
    filled: Mapped[Decimal | None]
    average_price: Mapped[Decimal | None]
    fee: Mapped[Decimal | None]
    reason: Mapped[str | None]
    paper: Mapped[bool]
    change_id: Mapped[int] = mapped_column(BigInteger, server_default="0")


class Metric(Base):
    """Point of the figures of a bot ("" strategy) or strategy.

    `equity` and `pnl` have their own columns for charts.
    """

    __tablename__ = "metrics"
    __table_args__ = (Index("ix_metrics_time", "bot_id", "strategy_id", "at"),)

    bot_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[Position] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    run_id: Mapped[str | None]
    equity: Mapped[Decimal | None]
    pnl: Mapped[Decimal | None]
    metrics: Mapped[JsonObject]
