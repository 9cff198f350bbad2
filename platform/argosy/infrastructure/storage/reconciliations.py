"""Comparisons of our record with the venues', and what they mean for a bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core.action import ActionKind, Fill
from argosy.core.booking import booking_of
from argosy.core.bot import Mode
from argosy.core.intent import Caller
from argosy.core.ledger import entries_of
from argosy.core.money import ZERO
from argosy.core.rates import USD_PEGS
from argosy.core.venue import Payout
from argosy.infrastructure.storage import ledger, positions
from argosy.infrastructure.storage.models import (
    CapitalAccount,
    CashRow,
    LedgerEntry,
    MarkRow,
    PositionRow,
    Reconciliation,
    VenueBaseline,
)
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.rows import columns_of, record_of, records_of


@dataclass(frozen=True, slots=True)
class ReconciliationRecord:
    """`status`: clean, unsettled, drift or failed; `differences` say venue, asset, ours and theirs, exact text."""

    at: datetime
    bot_id: str
    mode: str
    trigger: str
    status: str
    looked_up: int
    settled: int
    unsettled: int
    differences: Sequence[Mapping[str, Any]]

    @property
    def clean(self) -> bool:
        return self.status == "clean"


@dataclass(frozen=True, slots=True)
class Held:
    """What our ledger says is at a venue: amounts by currency or symbol. `entry` is the last row it counts."""

    amounts: Mapping[str, Decimal]
    entry: int


_COLUMNS = columns_of(Reconciliation, ReconciliationRecord)


def money(currency: str) -> str:
    """The name a currency is compared under: everything that counts as a dollar is "USD"."""
    return "USD" if currency.upper() in USD_PEGS else currency


def owner_of(bot_id: str, mode: str) -> str:
    """Whose account it is: the bot's own, or in live mode the one that all bots share."""
    return "" if mode == Mode.LIVE.value else bot_id


@operation
def held(bot_id: str, mode: str, venue: str) -> Steps[Held]:
    """Cash flows and positions at the venue by the ledger. In live mode those of all bots: they share the account."""
    cash = select(CashRow.currency, func.sum(CashRow.amount).label("amount")).where(
        CashRow.mode == mode, CashRow.venue == venue
    )
    positions = select(PositionRow.symbol, func.sum(PositionRow.quantity).label("quantity")).where(
        PositionRow.mode == mode, PositionRow.venue == venue
    )
    newest = select(func.coalesce(func.max(LedgerEntry.id), 0)).where(
        LedgerEntry.mode == mode, LedgerEntry.venue == venue
    )
    if owner_of(bot_id, mode):
        cash = cash.where(CashRow.bot_id == bot_id)
        positions = positions.where(PositionRow.bot_id == bot_id)
        newest = newest.where(LedgerEntry.bot_id == bot_id)
    amounts: dict[str, Decimal] = {}
    for row in (yield cash.group_by(CashRow.currency)):
        amounts[money(row.currency)] = amounts.get(money(row.currency), ZERO) + row.amount
    for row in (yield positions.group_by(PositionRow.symbol)):
        amounts[row.symbol] = amounts.get(row.symbol, ZERO) + row.quantity
    return Held(amounts, (yield newest).scalar_one())


@operation
def baseline(
    bot_id: str, mode: str, venue: str, beyond: Mapping[str, Decimal], at: datetime
) -> Steps[dict[str, Decimal]]:
    """What the venue held beyond the ledger when first compared; `beyond` is kept when this is the first time."""
    key = {"mode": mode, "bot_id": owner_of(bot_id, mode), "venue": venue}
    query = select(VenueBaseline.asset, VenueBaseline.amount).filter_by(**key)
    rows = (yield query).all()
    if not rows:
        marked = {"": ZERO, **beyond}
        yield (
            insert(VenueBaseline)
            .values([{**key, "asset": asset, "amount": amount, "at": at} for asset, amount in marked.items()])
            .on_conflict_do_nothing()
        )
        rows = (yield query).all()
    return {row.asset: row.amount for row in rows if row.asset}


@operation
def holdings(bot_id: str, mode: str, venue: str) -> Steps[dict[str, Decimal]]:
    """Units the bot holds at the venue by symbol, over its strategies."""
    query = select(PositionRow.symbol, func.sum(PositionRow.quantity).label("quantity")).where(
        PositionRow.mode == mode, PositionRow.bot_id == bot_id, PositionRow.venue == venue
    )
    rows = yield query.where(PositionRow.quantity != 0).group_by(PositionRow.symbol)
    return {row.symbol: row.quantity for row in rows}


@operation
def pay_out(caller: Caller, venue: str, payout: Payout) -> Steps[int]:
    """Books what the venue paid for what the bot held, each strategy its own; once, however often it is told."""
    base = yield from positions.base_currency(caller.bot_id)
    marks = {(r.venue, r.symbol): r.price for r in (yield select(MarkRow.__table__))}
    rows = yield (
        select(PositionRow.strategy_id, PositionRow.quantity)
        .where(
            PositionRow.mode == caller.mode,
            PositionRow.bot_id == caller.bot_id,
            PositionRow.venue == venue,
            PositionRow.symbol == payout.symbol,
            PositionRow.quantity > 0,
        )
        .order_by(PositionRow.strategy_id)
        .with_for_update()
    )
    split = [(row.strategy_id, row.quantity) for row in rows]
    quantity = sum((units for _, units in split), ZERO)
    if not quantity:
        return 0
    fill = Fill(
        id=payout.symbol,
        client_id=f"payout:{caller.mode}:{caller.bot_id}",
        venue=venue,
        symbol=payout.symbol,
        side="sell",
        quantity=quantity,
        price=payout.price,
        fee=ZERO,
        currency=payout.currency,
        at=payout.at,
    )
    booking = booking_of(replace(caller, strategy_id=""), ActionKind.REDEEM, fill, base, marks)
    return (yield from ledger.book(entries_of(fill, booking, split)).steps())


@operation
def newest(bot_id: str) -> Steps[ReconciliationRecord | None]:
    query = select(*_COLUMNS).where(Reconciliation.bot_id == bot_id)
    row = (yield query.order_by(Reconciliation.at.desc(), Reconciliation.id.desc()).limit(1)).one_or_none()
    return None if row is None else record_of(ReconciliationRecord, row)


@operation
def recent(bot_id: str | None = None, *, limit: int = 50) -> Steps[list[ReconciliationRecord]]:
    """Newest first."""
    query = select(*_COLUMNS).order_by(Reconciliation.at.desc(), Reconciliation.id.desc()).limit(limit)
    if bot_id is not None:
        query = query.where(Reconciliation.bot_id == bot_id)
    return records_of(ReconciliationRecord, (yield query))


@operation
def save(record: ReconciliationRecord, *, blocked: str | None, keep: bool) -> Steps[None]:
    """Notes the outcome in the bot's account, and as a row where `keep`. One that failed proves nothing: what was
    known before stays."""
    yield insert(CapitalAccount).values(bot_id=record.bot_id).on_conflict_do_nothing()
    account = update(CapitalAccount).where(CapitalAccount.bot_id == record.bot_id)
    if record.status == "failed":
        yield account.values(reconciled_clean=False)
    else:
        yield account.values(reconciled_at=record.at, reconciled_clean=record.clean, blocked=blocked)
    if keep:
        yield insert(Reconciliation).values(
            at=record.at,
            bot_id=record.bot_id,
            mode=record.mode,
            trigger=record.trigger,
            status=record.status,
            looked_up=record.looked_up,
            settled=record.settled,
            unsettled=record.unsettled,
            differences=list(record.differences),
        )


@operation
def reconciled(bot_id: str) -> Steps[bool]:
    """Whether the bot has been reconciled since start-up."""
    query = select(CapitalAccount.reconciled_at).where(CapitalAccount.bot_id == bot_id)
    return (yield query).scalar_one_or_none() is not None


@operation
def forget() -> Steps[None]:
    """At start-up: no bot may take risk before it has been reconciled again."""
    yield update(CapitalAccount).values(reconciled_at=None, reconciled_clean=False)
