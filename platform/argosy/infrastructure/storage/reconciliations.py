"""Comparisons of our record with the venues', and what they mean for a bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import func, select, union, update
from sqlalchemy.dialects.postgresql import insert

from argosy.core import exact
from argosy.core.action import ActionKind, Fill, Side
from argosy.core.booking import booking_of
from argosy.core.bot import Mode
from argosy.core.intent import UNSETTLED, Caller
from argosy.core.ledger import Entry, entries_of
from argosy.core.money import ONE, ZERO
from argosy.core.rates import USD_PEGS
from argosy.core.venue import Payout
from argosy.infrastructure.storage import ledger, pairs, positions
from argosy.infrastructure.storage.models import (
    Bot,
    CapitalAccount,
    CashRow,
    Intent,
    LedgerEntry,
    PositionRow,
    Reconciliation,
    VenueBaseline,
)
from argosy.infrastructure.storage.operation import Steps, operation
from argosy.infrastructure.storage.rows import columns_of, record_of, records_of

_SIDES: tuple[tuple[Side, str, Decimal], ...] = (("sell", "", ONE), ("buy", "+", exact.negate(ONE)))
"""Side, ending of the fill's id and sign of the positions that a payout closes."""


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


Extent = Literal["none", "part", "whole"]
"""How much was compared: nothing (only settled), some venues, or all that can be."""

_COLUMNS = columns_of(Reconciliation, ReconciliationRecord)


def money(currency: str) -> str:
    """The name a currency is compared under: in capitals, and everything that counts as a dollar is "USD"."""
    name = currency.upper()
    return "USD" if name in USD_PEGS else name


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
def venues_used(bot_id: str, mode: str) -> Steps[list[str]]:
    """Venues at which the ledger has cash flows of the bot, or an action of it has no end."""
    booked = select(CashRow.venue).where(CashRow.bot_id == bot_id, CashRow.mode == mode, CashRow.venue != "")
    going = select(Intent.venue).where(
        Intent.bot_id == bot_id, Intent.mode == mode, Intent.status.in_([s.value for s in UNSETTLED])
    )
    return sorted((yield union(booked, going)).scalars())


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
    """Books the payout of a bot's net position, each strategy's part as its own; once, however often it comes.

    A strategy that sold units of another one is below zero: it pays the other for them. A bot that is below zero as
    a whole is left as it is, for the venue pays nothing: the comparison shows the difference.
    """
    held = yield (
        select(PositionRow.strategy_id, PositionRow.quantity, PositionRow.entry_id)
        .where(
            PositionRow.mode == caller.mode,
            PositionRow.bot_id == caller.bot_id,
            PositionRow.venue == venue,
            PositionRow.symbol == payout.symbol,
            PositionRow.quantity != 0,
        )
        .order_by(PositionRow.strategy_id)
        .with_for_update()
    )
    rows = held.all()
    if not rows or exact.total(row.quantity for row in rows) < ZERO:
        return 0
    base = yield from positions.base_currency(caller.bot_id)
    rates = yield from pairs.prices(caller.mode).steps()
    # The newest entry is part of the id: units bought later are paid as well.
    name = f"{payout.symbol}@{max(row.entry_id for row in rows)}"
    entries: list[Entry] = []
    for side, fill_id, sign in _SIDES:
        split = [(row.strategy_id, row.quantity * sign) for row in rows if row.quantity * sign > 0]
        if not split:
            continue
        fill = Fill(
            id=name + fill_id,
            client_id=f"payout:{caller.mode}:{caller.bot_id}",
            venue=venue,
            symbol=payout.symbol,
            side=side,
            quantity=exact.total(units for _, units in split),
            price=payout.price,
            fee=ZERO,
            currency=payout.currency,
            at=payout.at,
        )
        booking = booking_of(replace(caller, strategy_id=""), ActionKind.REDEEM, fill, base, rates)
        entries += entries_of(fill, booking, split)
    return (yield from ledger.book(entries).steps())


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


def blocked_by(unsettled: int, differences: Sequence[Mapping[str, Any]]) -> str | None:
    """Why a bot may take no more risk; None when it may."""
    parts = [f"the fate of {unsettled} action(s) is not known"] if unsettled else []
    if differences:
        told = (f"{d['venue']} {d['asset']}: {d['ours']} ≠ {d['theirs']}" for d in differences[:3])
        parts.append(f"our record differs from the venue's: {', '.join(told)}")
    return "; ".join(parts) or None


@operation
def save(record: ReconciliationRecord, *, extent: Extent, keep: bool) -> Steps[None]:
    """Notes the outcome in the bot's account, and as a row where `keep`. Only a comparison of the whole says that the
    bot is reconciled; one that failed takes back that it was clean."""
    bot = select(Bot.id).where(Bot.id == record.bot_id)  # one that is gone has no account to note it in
    yield insert(CapitalAccount).from_select(["bot_id"], bot).on_conflict_do_nothing()
    mine = CapitalAccount.bot_id == record.bot_id
    yield select(CapitalAccount.bot_id).where(mine).with_for_update()
    differences = record.differences
    if extent == "none":  # a comparison beside this one may have found some since
        known = yield from newest(record.bot_id).steps()
        differences = known.differences if known is not None and known.mode == record.mode else ()
    values: dict[str, Any] = {"blocked": blocked_by(record.unsettled, differences)}
    if extent == "whole":
        values |= {"reconciled_at": record.at, "reconciled_clean": record.clean}
    elif record.status == "failed" or record.unsettled:
        values["reconciled_clean"] = False
    yield update(CapitalAccount).where(mine).values(**values)
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
def reconciled(bot_id: str, mode: str) -> Steps[bool]:
    """Whether the bot has been reconciled since start-up, in this mode: an account on paper proves nothing of a real one."""
    query = select(CapitalAccount.reconciled_at, compared_mode(bot_id, mode).label("mode"))
    row = (yield query.where(CapitalAccount.bot_id == bot_id)).one_or_none()
    return row is not None and row.reconciled_at is not None and row.mode == mode


def compared_mode(bot_id: str, mode: str) -> Any:
    """The mode that the bot was last compared in; `mode` where none is kept."""
    newest_mode = (
        select(Reconciliation.mode)
        .where(Reconciliation.bot_id == bot_id)
        .order_by(Reconciliation.at.desc(), Reconciliation.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return func.coalesce(newest_mode, mode)


@operation
def forget() -> Steps[None]:
    """At start-up: no bot may take risk before it has been reconciled again."""
    yield update(CapitalAccount).values(reconciled_at=None, reconciled_clean=False)
