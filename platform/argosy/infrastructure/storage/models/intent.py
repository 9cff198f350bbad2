"""Decisions of the action gateway, and every change of them since."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB

from argosy.infrastructure.storage.models.base import Base, BigCount, JsonObject
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column

UNSETTLED = "status IN ('planned', 'submitted', 'open', 'partially_filled', 'unknown')"


class IntentRow(Base):
    """One action, from decision to final status. `reserved` is in base currency.

    `delta` is the signed quantity that the action may add. `epochs` are the emergency epochs of the decision.
    `result` is the newest `ActionResult` in wire form. A final status never changes again, except for actions
    settled as never arrived. `lookups` counts lookups with news, the newest at `looked_up_at`.
    """

    __tablename__ = "intents"
    __table_args__ = (
        Index("ix_intents_unsettled", "bot_id", "decided_at", postgresql_where=text(UNSETTLED)),
        Index("ix_intents_decided", "decided_at"),
        Index("ix_intents_group", "group_id", postgresql_where=text("group_id IS NOT NULL")),
        CheckConstraint("reserved >= 0", name="reserved"),
    )

    client_id: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str]
    domain: Mapped[str]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    run_id: Mapped[str | None]
    node_id: Mapped[str | None]
    correlation_id: Mapped[str | None]
    group_id: Mapped[str | None]
    group_policy: Mapped[str | None]
    venue: Mapped[str]
    kind: Mapped[str]
    symbol: Mapped[str]
    action: Mapped[JsonObject]
    delta: Mapped[Decimal]
    reducing: Mapped[bool]
    reserved: Mapped[Decimal]
    status: Mapped[str]
    venue_id: Mapped[str | None]
    filled: Mapped[Decimal] = mapped_column(server_default="0")
    code: Mapped[str | None]
    reason: Mapped[str | None]
    result: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    assessment: Mapped[JsonObject | None] = mapped_column(JSONB(none_as_null=True))
    epochs: Mapped[JsonObject] = mapped_column(server_default=text("'{}'::jsonb"))
    owner: Mapped[str | None]
    lookups: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    decided_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    looked_up_at: Mapped[datetime | None]


class IntentChange(Base):
    """Every change of an intent, in order. `announced` False: its event is not published yet."""

    __tablename__ = "intent_changes"
    __table_args__ = (
        Index("ix_intent_changes_client", "client_id", "id"),
        Index("ix_intent_changes_silent", "id", postgresql_where=text("NOT announced")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    client_id: Mapped[str]
    at: Mapped[datetime]
    before: Mapped[str | None]
    after: Mapped[str]
    filled: Mapped[Decimal]
    reason: Mapped[str | None]
    actor: Mapped[str]
    announced: Mapped[bool] = mapped_column(server_default=text("false"))


class VenueBaseline(Base):
    """Amount that a venue held beyond our ledger at the first comparison.

    Every other difference from then on is drift. `asset` is a currency or a symbol. `bot_id` is "" in live mode,
    where bots share the account.
    """

    __tablename__ = "venue_baselines"

    mode: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    asset: Mapped[str] = mapped_column(primary_key=True)
    amount: Mapped[Decimal]
    at: Mapped[datetime]


class Reconciliation(Base):
    """One comparison of our record with a venue's.

    `status`: clean, unsettled (outcomes still unknown), drift, failed.
    """

    __tablename__ = "reconciliations"
    __table_args__ = (
        Index("ix_reconciliations_newest", "bot_id", text("at DESC")),
        CheckConstraint("status IN ('clean', 'unsettled', 'drift', 'failed')", name="status"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    bot_id: Mapped[str]
    mode: Mapped[str]
    trigger: Mapped[str]
    status: Mapped[str]
    looked_up: Mapped[BigCount]
    settled: Mapped[BigCount]
    unsettled: Mapped[BigCount]
    differences: Mapped[list[JsonObject]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
