"""Append-only ledger, and the tables derived from it, which can be rebuilt at any time."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Identity, Index, func, text

from argosy.infrastructure.storage.models.base import Base
from argosy.infrastructure.storage.models.declaration import Mapped, mapped_column


class LedgerEntry(Base):
    """One cash flow; see `core.money.ledger.Entry`. A trigger refuses every UPDATE and DELETE."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index(
            "uq_ledger_entries_fill",
            "client_id",
            "fill_id",
            "kind",
            "strategy_id",
            "symbol",
            unique=True,
            postgresql_where=text("client_id <> ''"),
        ),
        Index("ix_ledger_entries_bot", "bot_id", "id"),
        Index("ix_ledger_entries_at", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    booked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    mode: Mapped[str]
    domain: Mapped[str]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    venue: Mapped[str]
    kind: Mapped[str]
    symbol: Mapped[str]
    quantity: Mapped[Decimal]
    price: Mapped[Decimal | None]
    currency: Mapped[str]
    amount: Mapped[Decimal]
    rate: Mapped[Decimal]
    rate_source: Mapped[str]
    base_currency: Mapped[str]
    base_amount: Mapped[Decimal]
    client_id: Mapped[str]
    fill_id: Mapped[str]
    memo: Mapped[str]


class FlowRow(Base):
    """One revision of money that a venue booked by itself; see `core.money.flow`.

    `account` is the bot, or "" in live mode, where bots share it. `booked` False: the account's baseline contains it.
    A trigger refuses every UPDATE and DELETE.
    """

    __tablename__ = "flows"
    __table_args__ = (
        Index("uq_flows_revision", "mode", "account", "venue", "flow_id", "revision", unique=True),
        Index("ix_flows_at", "mode", "account", "venue", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    mode: Mapped[str]
    account: Mapped[str]
    venue: Mapped[str]
    flow_id: Mapped[str]
    revision: Mapped[int]
    at: Mapped[datetime]
    kind: Mapped[str]
    symbol: Mapped[str]
    amount: Mapped[Decimal]
    quantity: Mapped[Decimal]
    currency: Mapped[str]
    domain: Mapped[str]
    bot_id: Mapped[str]
    strategy_id: Mapped[str]
    rate: Mapped[Decimal]
    rate_source: Mapped[str]
    booked: Mapped[bool]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PositionRow(Base):
    """Position of a strategy, derived from the ledger.

    `cost` and `realised` are in base currency and include fees.
    """

    __tablename__ = "positions"
    __table_args__ = (Index("ix_positions_held", "bot_id", postgresql_where=text("quantity <> 0")),)

    mode: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str]
    quantity: Mapped[Decimal]
    cost: Mapped[Decimal]
    realised: Mapped[Decimal]
    fees: Mapped[Decimal]
    entry_id: Mapped[int] = mapped_column(BigInteger)


class CashRow(Base):
    """Sum of a strategy's cash flows at a venue in one currency, derived from the ledger.

    `amount` is in `currency`, `base_amount` in base currency at the booked rates. `capital` is the part from
    deposits. `attributed` is value that is no cash, in base currency.
    """

    __tablename__ = "cash"

    mode: Mapped[str] = mapped_column(primary_key=True)
    bot_id: Mapped[str] = mapped_column(primary_key=True)
    strategy_id: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    domain: Mapped[str]
    amount: Mapped[Decimal]
    base_amount: Mapped[Decimal]
    capital: Mapped[Decimal]
    fees: Mapped[Decimal]
    attributed: Mapped[Decimal] = mapped_column(server_default="0")
    entry_id: Mapped[int] = mapped_column(BigInteger)


class MarkRow(Base):
    """Last valid price of an asset, in `currency` per unit.

    `rate` is base currency per unit of `currency`. Marks are kept by mode: prices of paper and sandbox may be
    simulated.
    """

    __tablename__ = "marks"

    mode: Mapped[str] = mapped_column(primary_key=True)
    venue: Mapped[str] = mapped_column(primary_key=True)
    symbol: Mapped[str] = mapped_column(primary_key=True)
    price: Mapped[Decimal]
    currency: Mapped[str]
    rate: Mapped[Decimal]
    volatility: Mapped[Decimal | None]
    at: Mapped[datetime]


class EquityPoint(Base):
    """Point of an equity curve, in base currency.

    `scope` as in risk ("platform", "bot:…", "venue:…").
    """

    __tablename__ = "equity_points"

    scope: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    capital: Mapped[Decimal]
    cash: Mapped[Decimal]
    equity: Mapped[Decimal]
    realised: Mapped[Decimal]
    unrealised: Mapped[Decimal]
    fees: Mapped[Decimal]
    high_water: Mapped[Decimal]
    drawdown: Mapped[Decimal]


class EquityLevel(Base):
    """Levels of drawdown and daily loss; see `core.money.equity.EquityLevels`."""

    __tablename__ = "equity_levels"

    scope: Mapped[str] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    high_water: Mapped[Decimal]
    day: Mapped[str]
    day_start_equity: Mapped[Decimal]
    capital: Mapped[Decimal]
    updated_at: Mapped[datetime]
